"""MovieLens-1M with published cold-start episodes: new users, new films, both."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from warmstart.datasets._inner_world import inner_world
from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["FILMS", "SOURCE"]

_PERSON = ("gender", "age", "occupation", "zip_area")
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "user"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.TARGET, Kind.NUMBER, "rating"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, *_PERSON),
        *columns(Role.FEATURE, Kind.NUMBER, "year"),
        *columns(Role.FEATURE, Kind.CATEGORY, "certificate"),
        *columns(Role.FEATURE, Kind.SET, "genre", "director", "actors", "writers"),
        # Inside the training rows plots made new films worse, and titles did in one of two splits by year.
        *columns(Role.IGNORE, Kind.TEXT, "title", "plot"),
    ),
    Target.NUMBER,
)
_OTHER_SIDE = {
    Role.TASK: Role.ITEM,
    Role.ITEM: Role.TASK,
    Role.DESCRIPTOR: Role.FEATURE,
    Role.FEATURE: Role.DESCRIPTOR,
}
_SLICES = {"user_and_item_cold": "both_cold"}  # the one part that the two protocols name differently


def _recommend(files: Files) -> Table:
    """One row per rating; four pairs that the origin lists twice keep their first rating.

    Ratings carry no time. `episodes` holds "melu" and "kshot" and, as "train", the (task, item) pairs of warm users
    and existing films: the only rows that training may see. "melu-validation" and its training pairs lie inside
    those: there hyper-parameters are chosen. MeLU's fourth state, warm users and existing films, is left
    out because all its rows are training rows. In the K-shot slice `item_cold` an episode is a film and its rows come
    from many users: there `episode` is the film's id.
    """
    ratings = _csv(files, "ratings.csv.gz").select(
        user="user_id", item="item_id", rating=pl.col("rating").cast(pl.Float64)
    )
    ratings = ratings.unique(["user", "item"], keep="first", maintain_order=True)
    frame = ratings.join(_users(files), on="user", how="left", maintain_order="left")
    items = _items(files)
    return Table(SOURCE.name, frame, _SCHEMA, items, _episodes(files, ratings, items))


def _films(files: Files) -> Table:
    """The same ratings with the roles swapped: a film is the task, its raters are the items.

    Of the episodes those are left that are a film's: the K-shot slice "item_cold", new films rated by warm users.
    """
    table = _recommend(files)
    sides = tuple(replace(column, role=_OTHER_SIDE.get(column.role, column.role)) for column in _SCHEMA.columns)
    shown = [column.name for column in sides if column.role is Role.DESCRIPTOR]
    users = table.frame.select("user", *_PERSON).unique("user", keep="first", maintain_order=True)
    frame = table.frame.drop(_PERSON).join(
        _items(files).select("item", *shown), on="item", how="left", maintain_order="left"
    )
    kept = {"kshot": table.episodes["kshot"].filter(pl.col("slice") == "item_cold"), "train": table.episodes["train"]}
    episodes = {name: part.rename({"task": "item", "item": "task"}) for name, part in kept.items()}
    return Table(FILMS.name, frame, Schema(sides, Target.NUMBER), users, episodes)


def _csv(files: Files, name: str) -> pl.DataFrame:
    return pl.read_csv(files.read(name), infer_schema=False)


def _users(files: Files) -> pl.DataFrame:
    area = pl.col("zip").str.head(2)  # 100 areas of some 60 users each; the whole code is nearly one user's own
    return _csv(files, "users.csv.gz").select("gender", "age", "occupation", user="user_id", zip_area=area)


def _items(files: Files) -> pl.DataFrame:
    films = _csv(files, "movies.csv.gz").with_columns(pl.all().replace("N/A", None))
    sets = pl.col("genre", "director", "actors").str.replace_all(", ", ",", literal=True)
    writers = pl.col("writer").str.replace_all(r" \([^)]*\)", "").str.replace_all(", ", ",", literal=True)
    year = pl.col("year").cast(pl.Float64)
    named = films.select("title", "plot", sets, item="item_id", year=year, certificate="rate", writers=writers)
    return named.select("item", "year", "certificate", "genre", "director", "actors", "writers", "title", "plot")


def _episodes(files: Files, ratings: pl.DataFrame, items: pl.DataFrame) -> dict[str, pl.DataFrame]:
    melu = _csv(files, "episodes/melu.csv.gz").filter(pl.col("state") != "warm")
    kshot = _csv(files, "episodes/kshot.csv.gz")
    pairs = _training_pairs(files, ratings)
    inner, inner_train = _inner(pairs, ratings, items)
    return {
        "melu": _rated(melu.rename({"state": "slice"}).with_columns(episode="user_id"), ratings),
        "kshot": _rated(kshot.rename({"protocol": "slice", "task_id": "episode"}), ratings),
        "train": pairs,
        "melu-validation": inner,
        "melu-validation train": inner_train,
    }


def _inner(pairs: pl.DataFrame, ratings: pl.DataFrame, items: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Episodes drawn from training rows alone, as MeLU's are from all: the newest films and a fifth of the users."""
    target = ratings.select(task="user", item="item", target="rating")
    rated = pairs.join(target, on=["task", "item"], how="left", maintain_order="left", validate="1:1")
    films = items.join(pairs.select("item").unique(), on="item", how="semi", maintain_order="left")
    newest = films.sort("year", pl.col("item").cast(pl.Int64), descending=True, nulls_last=True)["item"]
    return inner_world(rated, newest)


def _rated(episodes: pl.DataFrame, ratings: pl.DataFrame) -> pl.DataFrame:
    target = ratings.select(task="user", item="item", target="rating")
    named = episodes.rename({"user_id": "task", "item_id": "item"})
    rated = named.join(target, on=["task", "item"], how="inner", maintain_order="left", validate="m:1")
    return rated.select(
        pl.col("slice").replace(_SLICES), "episode", "task", "item", "target", "role", pl.col("position").cast(pl.Int64)
    )


def _training_pairs(files: Files, ratings: pl.DataFrame) -> pl.DataFrame:
    split = _csv(files, "episodes/split.csv.gz")
    warm = split.filter(pl.col("kind") == "user", pl.col("part") == "warm").select(task="id")
    existing = split.filter(pl.col("kind") == "item", pl.col("part") == "existing").select(item="id")
    pairs = ratings.select(task="user", item="item")
    kept = pairs.join(warm, on="task", how="semi", maintain_order="left")
    return kept.join(existing, on="item", how="semi", maintain_order="left")


SOURCE = Source(
    name="movielens-1m",
    summary="1,000,209 ratings of 6,040 users for 3,704 films, with MeLU's cold-start episodes and K-shot episodes",
    licence="MovieLens-1M terms: research only, no commercial use, no redistribution without permission",
    origin="F. M. Harper, J. A. Konstan: The MovieLens datasets, ACM TiiS 5(4), 2015; films as collected for MetaHIN "
    "(Y. Lu, Y. Fang, C. Shi, KDD 2020); split as in MeLU (H. Lee et al., KDD 2019)",
    task_keys=("user",),
    rows=1_000_209,
    tables={"recommend": _recommend},
    folder="movielens1m_coldstart",
)
FILMS = replace(
    SOURCE,
    name="movielens-1m-films",
    summary="the same ratings the other way: a new film, known by the first users who rated it",
    task_keys=("item",),
    tables={"recommend": _films},
)
