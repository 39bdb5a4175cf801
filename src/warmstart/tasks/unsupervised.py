"""Tasks from a table that has neither tasks nor targets: clusters to tell apart, columns to foretell."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl

from warmstart.errors import DataError, NotReady, UsageError
from warmstart.tables.encode import fit_encoder
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.taskset import TaskSet

__all__ = ["cluster_tasks", "mask_tasks"]

_TASK, _TARGET, _HIDDEN = "task", "target", "hidden"  # columns of the made tables


def cluster_tasks(
    frame: pl.DataFrame,
    columns: Sequence[Column],
    *,
    tasks: int = 1000,
    classes: int = 3,
    rows: int = 8,
    clusters: int = 10,
    partitions: int = 8,
    seed: int = 0,
) -> TaskSet:
    """Tasks of telling `classes` clusters apart, `rows` rows of each: CACTUs (Hsu, Levine, Finn 2019, section 3).

    The rows are parted into `clusters` by k-means, anew in each of `partitions` spaces whose axes are stretched at
    random; a task takes some clusters of one partition as its classes 0, 1, …, in any order. Encoded numbers and
    categories count; texts, sets and sequences do not. Tasks share rows, so they are for training only.

    Errors: `UsageError` for a number out of range, `DataError` where too few clusters are large enough, `NotReady`
    without scikit-learn.
    """
    _at_least(2, classes=classes, rows=rows)
    _at_least(classes, clusters=clusters)
    _at_least(1, tasks=tasks, partitions=partitions)
    rng, space = np.random.default_rng(seed), _space(frame, columns)
    found = []
    for some in np.bincount(np.arange(tasks) % partitions):
        stretched = space * rng.uniform(0, 1, space.shape[1])
        found.append(_from_partition(rng, _k_means(stretched, clusters, rng), int(some), classes, rows))
    index = np.concatenate(found)
    label = np.broadcast_to(np.arange(classes)[:, None], index.shape)
    table = _rows_of(frame, columns, index.reshape(tasks, -1), 0)
    table = table.with_columns(pl.Series(_TARGET, label.ravel()).cast(pl.String))
    return TaskSet.from_table(table, _schema(columns, Target.CLASS), name="clusters")


def mask_tasks(
    frame: pl.DataFrame, columns: Sequence[Column], *, tasks: int = 1000, rows: int = 24, seed: int = 0
) -> TaskSet:
    """Tasks of foretelling one number column from all others, on `rows` rows in which it is known.

    The column is missing in the task's rows, its standardised values are the target, its name the descriptor "hidden".
    Tasks share rows, so they are for training only.

    Errors: `UsageError` for a number out of range, `DataError` where no number column varies over enough rows.
    """
    _at_least(2, rows=rows)
    _at_least(1, tasks=tasks)
    rng = np.random.default_rng(seed)
    values = {c.name: _standardised(frame[c.name]) for c in columns if c.kind is Kind.NUMBER}
    known = {name: np.flatnonzero(np.isfinite(value)) for name, value in values.items()}
    usable = [name for name, at in known.items() if len(at) >= rows]
    if not usable:
        raise DataError("nothing to hide", expected=f"a number column that varies over {rows} rows or more", got="none")
    parts, made = [], 0
    for name, some in zip(usable, np.bincount(rng.integers(0, len(usable), tasks), minlength=len(usable)), strict=True):
        index = _runs(
            rng, rng.permutation(known[name]), np.zeros(some, np.int64), np.full(some, len(known[name])), rows
        )
        told = [pl.lit(None, frame.schema[name]).alias(name), pl.lit(name).alias(_HIDDEN)]
        target = pl.Series(_TARGET, values[name][index].ravel())
        parts.append(_rows_of(frame, columns, index, made).with_columns(*told, target))
        made += int(some)
    hidden = Column(_HIDDEN, Role.DESCRIPTOR, Kind.CATEGORY)
    return TaskSet.from_table(pl.concat(parts), _schema([*columns, hidden], Target.NUMBER), name="masks")


def _from_partition(rng: np.random.Generator, label: np.ndarray, tasks: int, classes: int, rows: int) -> np.ndarray:
    """int64[tasks, classes, rows]: rows of the table, `rows` different ones from each of `classes` clusters."""
    sizes = np.bincount(label)
    large = np.flatnonzero(sizes >= rows)
    if len(large) < classes:
        raise DataError("too few rows", expected=f"{classes} clusters of {rows} rows or more", got=len(large))
    shuffled = rng.permutation(len(label))
    by_cluster = shuffled[np.argsort(label[shuffled], kind="stable")]
    chosen = large[np.argsort(rng.random((tasks, len(large))), axis=1)[:, :classes]]
    return _runs(rng, by_cluster, (np.cumsum(sizes) - sizes)[chosen], sizes[chosen], rows)


def _runs(rng: np.random.Generator, shuffled: np.ndarray, start: np.ndarray, size: np.ndarray, rows: int) -> np.ndarray:
    """int64[..., rows]: so many from a random place on of the part `shuffled[start:start + size]`, which is a ring."""
    first = np.floor(rng.random(start.shape) * size).astype(np.int64)
    place = (first[..., None] + np.arange(rows)) % size[..., None]
    return np.asarray(shuffled[start[..., None] + place])


def _rows_of(frame: pl.DataFrame, columns: Sequence[Column], index: np.ndarray, first: int) -> pl.DataFrame:
    """Rows at `index` [tasks, rows], with a number for each task from `first` on."""
    names = [c.name for c in columns]
    taken = sorted({_TASK, _TARGET, _HIDDEN} & set(names))
    if taken:
        raise DataError("this name is needed for the tasks", column=taken[0], expected="another name", got=taken[0])
    task = np.repeat(first + np.arange(len(index)), index.shape[1])
    return frame.select(names)[index.ravel()].with_columns(pl.Series(_TASK, task))


def _schema(columns: Sequence[Column], target: Target) -> Schema:
    return Schema((Column(_TASK, Role.TASK, Kind.CATEGORY), *columns, Column(_TARGET, Role.TARGET)), target)


def _space(frame: pl.DataFrame, columns: Sequence[Column]) -> np.ndarray:
    """float32[rows, width]: encoded numbers, and a column for each category."""
    encoder = fit_encoder(frame, columns)
    rows = encoder.transform(frame)
    hot = [np.eye(size, dtype=np.float32)[rows.codes[:, j]] for j, size in enumerate(encoder.widths.codes)]
    return np.concatenate([rows.numbers, *hot], axis=1)


def _standardised(series: pl.Series) -> np.ndarray:
    """float64[rows]: mean 0, deviation 1; NaN where nothing is known, everywhere where all are the same."""
    values = series.cast(pl.Float64).to_numpy()
    known = values[np.isfinite(values)]
    spread = known.std() if len(known) else 0.0
    return (values - known.mean()) / spread if spread > 0 else np.full(len(values), np.nan)


def _k_means(x: np.ndarray, clusters: int, rng: np.random.Generator) -> np.ndarray:
    """int[rows]: the cluster of each row."""
    try:
        from sklearn.cluster import KMeans
    except ImportError as error:
        raise NotReady("clusters need the package scikit-learn: pip install 'warmstart[boost]'") from error
    fitted = KMeans(min(clusters, len(x)), n_init=1, random_state=int(rng.integers(2**31))).fit(x)
    return np.asarray(fitted.labels_)


def _at_least(bound: int, **values: int) -> None:
    for name, value in values.items():
        if value < bound:
            raise UsageError(f"{name}: expected {bound} or more; got {value}")
