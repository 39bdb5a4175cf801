"""`Stacked`: a learner on top of a global model sees honest offsets and explains itself exactly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np
import polars as pl
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job
from warmstart.engine.model import MetaModel
from warmstart.engine.stacked import Stacked
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.contract import Context
from warmstart.learners.on_top_of import OnTopOf
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Latent, Query, Rows, Support


class Nothing(NamedTuple):
    """A state for each task that says nothing."""

    blank: np.ndarray


@dataclass(frozen=True)
class Slope:
    """A base that predicts `slope` times the first number of a row; held out, it predicts the row's own task group."""

    slope: float = 2.0
    name: ClassVar[str] = "slope"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> dict[str, Any]:
        """{"slope": float32[]}."""
        return {"slope": np.float32(self.slope)}

    def fit_held_out(self, train: TaskArrays, context: Context) -> tuple[dict[str, Any], np.ndarray]:
        """The group of each row, which nobody else would say."""
        return self.fit(train, context), train.group[train.task_of_row][:, None].astype(np.float32)

    def adapt(self, params: Mapping[str, Any], descriptor: Rows, support: Support) -> Nothing:
        """Learn nothing."""
        return Nothing(np.zeros(len(support.y)))

    def predict(self, params: Mapping[str, Any], state: Nothing, query: Query) -> Latent:
        """One product."""
        mean = params["slope"] * query.x.numbers[..., 0]
        return Latent(mean, 0 * mean, np.float32(0))


LEARNER = OnTopOf(Slope(), BayesHead(features=3, hidden=(4,)))


@pytest.fixture
def stacked(table: Any) -> MetaModel:
    """An untrained head on the slope."""
    made: Table = table("number")
    codec = TaskCodec.fit(TaskSet.of(made))
    arrays = codec.encode(TaskSet.of(made))
    bound = bind(LEARNER, codec.spec)
    assert isinstance(bound, Stacked)
    rng = np.random.default_rng(0)
    head = bound.top.learner.init(rng, bound.top.spec, {})
    params = {"base": LEARNER.base.fit(arrays, Job()), "learner": {**head, "mean": rng.normal(size=head["mean"].shape)}}
    return MetaModel(codec, LEARNER, params, arrays.catalogue)


def test_training_rows_get_held_out_offsets(stacked: MetaModel, table: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the head is trained on is the base's cross-fitted prediction, as offset and as the last number."""
    from warmstart.engine import fit as module

    seen: list[TaskArrays] = []

    def stop(bound: object, train: TaskArrays, job: Job) -> None:
        seen.append(train)

    monkeypatch.setattr(module, "_episodic", stop)
    arrays = stacked.codec.encode(TaskSet.of(table("number")))
    module.fit(LEARNER, arrays, Job())
    group = arrays.group[arrays.task_of_row]
    np.testing.assert_array_equal(seen[0].offset, group)
    np.testing.assert_array_equal(seen[0].x.numbers[:, -1], group)
    assert seen[0].spec.row.numbers == arrays.spec.row.numbers + 1


def test_base_counts_to_the_prior(stacked: MetaModel, table: Any) -> None:
    """Without support a row's answer moves by what the base says of it; offsets of the caller do not matter."""
    frame: pl.DataFrame = table("number").frame
    task, query = stacked.adapt(None), stacked.query(frame[:4])
    mean = stacked.bound.predict_one(stacked.params, stacked.prepared, task.state, query).mean
    more = {**stacked.params, "base": {"slope": np.float32(5.0)}}
    moved = stacked.bound.predict_one(more, stacked.prepared, task.state, query).mean
    assert np.abs(moved - mean).max() > 0.1
    shifted = query._replace(offset=query.offset + 9)
    again = stacked.bound.predict_one(stacked.params, stacked.prepared, task.state, shifted).mean
    np.testing.assert_array_equal(again, mean)


def test_explanation_is_exact(stacked: MetaModel, table: Any) -> None:
    """Prior and parts add up to the answer, after feedback too."""
    frame: pl.DataFrame = table("number").frame
    task = stacked.adapt(frame[:2]).update(frame[2:4])
    why = task.explain(frame[4:6])
    assert why.exact
    assert why.parts.shape == (2, 4)
    assert why.total == pytest.approx(task.predict(frame[4:6]).mean, rel=1e-4)


def test_many_equals_one_by_one(stacked: MetaModel, table: Any) -> None:
    """The batch path of both learners is that of one task."""
    tasks = TaskSet.of(table("number"))
    many = stacked.adapt_many(tasks)
    query = tasks.frame[-1:]
    for t in (0, 5):
        alone = stacked.adapt(tasks.frame[tasks.offsets[t] : tasks.offsets[t + 1]])
        assert many[t].predict(query).mean == pytest.approx(alone.predict(query).mean, rel=1e-3)
