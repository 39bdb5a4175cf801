"""Amazon reviews of 25 kinds of goods, each with three questions about their sentiment: a benchmark of few shots."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_NEW = ("books", "dvd", "electronics", "kitchen_housewares")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "domain", "threshold"),
        *columns(Role.TARGET, Kind.CATEGORY, "sentiment"),
        *columns(Role.FEATURE, Kind.TEXT, "review"),
    ),
    Target.CLASS,
    group=("domain",),  # one review stands under up to three thresholds
)
_SHOTS = (0, 2, 4, 10)


def _review(files: Files) -> Table:
    """Whether a review is above a threshold of stars, from its words; a domain and a threshold are a task.

    The published episodes: twelve tasks of four new domains, of which five reviews of each sentiment are known, so that
    K rows are K / 2 shots of each; asked are their test reviews. All reviews of the other domains are learned from.
    """
    texts = pl.read_csv(files.read("texts.csv.gz"))
    named = pl.when(pl.col("label") > 0).then(pl.lit("positive")).otherwise(pl.lit("negative"))
    examples = pl.read_csv(files.read("examples.csv.gz")).with_columns(sentiment=named)
    frame = examples.join(texts, on="text_id", how="left", maintain_order="left", validate="m:1").rename(
        {"text": "review"}
    )
    episodes = {"train": _places(frame).filter(~pl.col("domain").is_in(_NEW)), "kshot": _asked(frame)}
    return Table(
        SOURCE.name,
        frame.select("domain", "threshold", "sentiment", "review"),
        _SCHEMA,
        episodes={name: rows.select("row", "role", "position") for name, rows in episodes.items()},
        shots=_SHOTS,
    )


def _places(frame: pl.DataFrame) -> pl.DataFrame:
    """Each row's place, its role and its position, in which sentiments take turns."""
    turn = pl.int_range(pl.len()).over("domain", "threshold", "split", "sentiment")
    role = pl.when(pl.col("split") == "test").then(pl.lit("query")).otherwise(pl.lit("support"))
    return frame.with_row_index("row").with_columns(
        role=role, position=2 * turn + (pl.col("sentiment") == "positive").cast(pl.Int64)
    )


def _asked(frame: pl.DataFrame) -> pl.DataFrame:
    """Support and query rows of the new domains; their development rows are not used."""
    return _places(frame).filter(pl.col("domain").is_in(_NEW) & (pl.col("split") != "dev"))


SOURCE = Source(
    name="amazon-arsc-fewshot-sentiment",
    summary="98,328 labels of 87,988 Amazon reviews in 25 domains at three thresholds of stars; 12 of 75 tasks are new",
    licence="none stated; research use",
    origin="M. Yu et al.: Diverse few-shot text classification with multiple metrics, NAACL 2018; of J. Blitzer, "
    "M. Dredze, F. Pereira: Biographies, Bollywood, boom-boxes and blenders, ACL 2007",
    task_keys=("domain", "threshold"),
    rows=98_328,
    tables={"review": _review},
    folder="amazon_arsc_fewshot_sentiment",
)
