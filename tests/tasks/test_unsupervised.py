"""Tasks from a table without tasks: three islands that any partition must find, and columns that follow each other."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.errors import DataError, NotReady, UsageError
from warmstart.learners.prototypes import Prototypes
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import draw, gather
from warmstart.tasks.taskset import TaskSet
from warmstart.tasks.unsupervised import cluster_tasks, mask_tasks

COLUMNS = (Column("east", Role.FEATURE), Column("north", Role.FEATURE), Column("soil", Role.FEATURE, Kind.CATEGORY))
CENTRES = np.array([[0.0, 0.0], [50.0, 0.0], [0.0, 50.0]])


def islands(each: int = 12) -> pl.DataFrame:
    """So many points on each of three islands far apart; `island` is the truth, which no column of the schema tells."""
    rng = np.random.default_rng(0)
    island = np.repeat(np.arange(3), each)
    place = CENTRES[island] + rng.uniform(-1, 1, (3 * each, 2))
    return pl.DataFrame({"east": place[:, 0], "north": place[:, 1], "soil": ["clay"] * len(island), "island": island})


def island_of(rows: pl.DataFrame) -> np.ndarray:
    """The island that a row lies on."""
    place = rows.select("east", "north").to_numpy()
    return np.asarray(((place[:, None] - CENTRES) ** 2).sum(axis=2).argmin(axis=1))


def test_classes_are_clusters() -> None:
    """Rows of one class lie on one island, classes of a task on different ones; no row stands twice in a task."""
    made = cluster_tasks(islands(), COLUMNS, tasks=30, classes=2, rows=5, clusters=3, partitions=4)
    assert made.sizes.tolist() == [10] * 30
    pairs = set()
    for _, rows in made.frame.group_by("task"):
        assert rows.select("east", "north").n_unique() == 10
        truth, label = island_of(rows), rows["target"].to_numpy()
        on = [set(truth[label == name]) for name in ("0", "1")]
        assert [len(found) for found in on] == [1, 1]
        pairs.add((*on[0], *on[1]))
    assert pairs == {(a, b) for a in range(3) for b in range(3) if a != b}


def test_partitions_differ() -> None:
    """Axes are stretched at random: a square is parted along one axis here, along the other there."""
    corner = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], 6, axis=0) + 0.01 * np.random.default_rng(1).normal(
        size=(24, 2)
    )
    square = pl.DataFrame({"east": corner[:, 0], "north": corner[:, 1]})
    made = cluster_tasks(square, COLUMNS[:2], tasks=40, classes=2, rows=12, clusters=2, partitions=20)
    spread = made.frame.group_by("task", "target").agg(pl.col("east").std() > 0.1, pl.col("north").std() > 0.1)
    assert set(spread.select("east", "north").rows()) >= {(True, False), (False, True)}


def test_a_category_is_an_axis() -> None:
    """Rows that differ in a category alone fall into clusters by it."""
    frame = pl.DataFrame({"soil": ["clay", "sand"] * 10})
    made = cluster_tasks(frame, COLUMNS[2:], tasks=4, classes=2, rows=3, clusters=2, partitions=1)
    assert made.frame.group_by("task", "target").agg(pl.col("soil").n_unique())["soil"].to_list() == [1] * 8


def test_hidden_column_is_the_target() -> None:
    """One number is missing in a task and stands, standardised, as its target; all else is as it was."""
    frame = islands().with_columns(pl.when(pl.int_range(36) < 9).then(None).otherwise(pl.col("north")).alias("north"))
    made = mask_tasks(frame, COLUMNS, tasks=20, rows=6)
    assert made.sizes.tolist() == [6] * 20
    assert set(made.frame["hidden"]) == {"east", "north"}
    for (name,), rows in made.frame.group_by("hidden"):
        other = "north" if name == "east" else "east"
        assert rows[str(name)].null_count() == rows.height
        standard = frame.select(
            other, "soil", ((pl.col(name) - pl.col(name).mean()) / pl.col(name).std(ddof=0)).alias("y")
        )
        known = {(a, s, round(y, 6)) for a, s, y in standard.rows() if y is not None}
        assert {(a, s, round(y, 6)) for a, s, y in rows.select(other, "soil", "target").rows()} <= known
    assert made.frame.group_by("task").agg(pl.col("target").n_unique())["target"].to_list() == [6] * 20


def test_made_tasks_can_be_encoded() -> None:
    """Both kinds go the way of every other task."""
    frame = islands()
    for made, likelihood in (
        (cluster_tasks(frame, COLUMNS, tasks=5, rows=4, clusters=3, partitions=1), "categorical"),
        (mask_tasks(frame, COLUMNS, tasks=5, rows=6), "gaussian"),
    ):
        arrays = TaskCodec.fit(made).encode(made)
        assert (arrays.n_tasks, arrays.spec.likelihood) == (5, likelihood)


def test_same_seed_same_tasks() -> None:
    """Chance comes from the seed alone."""
    for make in (cluster_tasks, mask_tasks):
        size = {"rows": 4} | ({"clusters": 3, "partitions": 2} if make is cluster_tasks else {})
        first, again, other = (make(islands(), COLUMNS, tasks=6, seed=seed, **size).frame for seed in (1, 1, 2))
        assert first.equals(again)
        assert not first.equals(other)


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers out of range, clusters that are too small, nothing to hide, a name that is needed, a missing package."""
    with pytest.raises(UsageError, match="clusters: expected 3 or more; got 2"):
        cluster_tasks(islands(), COLUMNS, clusters=2)
    with pytest.raises(DataError, match=r"too few rows; expected 3 clusters of 20 rows or more; got 0"):
        cluster_tasks(islands(), COLUMNS, rows=20, clusters=3)
    with pytest.raises(DataError, match="a number column that varies over 24 rows or more"):
        mask_tasks(islands(), COLUMNS[2:])
    with pytest.raises(DataError, match="column 'task': this name is needed"):
        mask_tasks(islands().rename({"east": "task"}), (Column("task", Role.FEATURE),))
    monkeypatch.setitem(sys.modules, "sklearn.cluster", None)
    with pytest.raises(NotReady, match=r"warmstart\[boost\]"):
        cluster_tasks(islands(), COLUMNS, clusters=3)


GOODS = [Column(f"x{j}", Role.FEATURE) for j in range(24)]
"""Six that tell the kind of a row, and eighteen of noise."""
KINDS = 12


def rows_of_kind(rng: np.random.Generator, kind: np.ndarray) -> pl.DataFrame:
    """A row of each kind (int[rows]); the centres of the kinds lie in a plane."""
    world = np.random.default_rng(9)
    centres = 2 * world.normal(size=(KINDS, 2)) @ world.normal(size=(2, 6))
    x = rng.normal(size=(len(kind), len(GOODS)))
    x[:, :6] = centres[kind] + 0.3 * x[:, :6]
    return pl.DataFrame({c.name: x[:, j] for j, c in enumerate(GOODS)})


def true_tasks(rng: np.random.Generator) -> TaskSet:
    """150 tasks of two kinds, ten rows of each, called by chance 0 or 1."""
    kinds = np.argsort(rng.random((150, KINDS)), axis=1)[:, :2]
    frame = rows_of_kind(rng, np.repeat(kinds.ravel(), 10)).with_columns(
        pl.Series("task", np.repeat(np.arange(150), 20)),
        pl.Series("target", np.tile(np.repeat([0, 1], 10), 150)),
    )
    return TaskSet.from_table(
        frame, Schema((Column("task", Role.TASK), Column("target", Role.TARGET), *GOODS), Target.CLASS)
    )


def test_constructed_tasks_teach_true_classes() -> None:
    """Meta-trained on clusters alone, two rows tell true classes far better than untrained or by raw distance."""
    rng = np.random.default_rng(0)
    frame = rows_of_kind(rng, rng.integers(0, KINDS, 1500))
    made = cluster_tasks(frame, GOODS, tasks=320, classes=2, rows=12, clusters=KINDS)
    learner = Prototypes(features=16, hidden=(32,))
    shots = {"shots": (0, 2, 4), "queries": 8}
    model = meta_train(made, learner, steps=200, validate_every=50, batch=32, learning_rate=3e-3, **shots)
    arrays = model.codec.encode(true_tasks(np.random.default_rng(1)))
    batch = gather(arrays, draw(arrays, "random", rng, shots=2, queries=8, least=2), 2)
    fair = batch.support.y.sum(axis=1) == 1  # a row of each class

    def right(said: np.ndarray) -> float:
        return float((said == batch.y)[fair].mean())

    def told(params: Any) -> float:
        state = model.bound.adapt(params, None, batch.descriptor, batch.support)
        return right(model.bound.predict(params, None, state, batch.query).mean > 0)

    x, asked = batch.support.x.numbers, batch.query.x.numbers
    near = ((asked[:, :, None] - x[:, None]) ** 2).sum(axis=-1).argmin(axis=-1)
    trained, untrained = told(model.params), told(learner.init(np.random.default_rng(0), model.codec.spec, {}))
    assert trained > untrained + 0.2
    assert trained > right(np.take_along_axis(batch.support.y, near, axis=1)) + 0.1
