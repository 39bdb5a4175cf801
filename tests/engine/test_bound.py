"""`Bound`: the compiled batch path and the NumPy path of one task are the same function."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import polars as pl
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.bound import batch_of_one, leave_one_out, look_up
from warmstart.engine.fit import Job, fit
from warmstart.engine.model import MetaModel
from warmstart.learners.prototypes import Prototypes
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Latent, Query

Model = Callable[..., MetaModel]
Tables = Callable[[str], Table]


@pytest.mark.parametrize("target", ["number", "choice"])
def test_jax_equals_numpy(target: str, model: Model, table: Tables) -> None:
    """One task by `vmap` and `jit` as a batch of one, and by NumPy: states and beliefs agree to 1e-4."""
    made, tasks = model(target), TaskSet.of(table(target))
    support = made.support(tasks.frame[:3])
    query = None if target == "choice" else made.query(tasks.frame[3:7])
    alone = made.adapt(tasks.frame[:3])
    state = made.bound.adapt(made.params, made.prepared, batch_of_one(alone.evidence.descriptor), batch_of_one(support))
    for a, b in zip(alone.state, state, strict=True):
        np.testing.assert_allclose(a, np.asarray(b)[0], rtol=1e-4, atol=1e-4)
    together = made.bound.predict(made.params, made.prepared, state, None if query is None else batch_of_one(query))
    single = made.bound.predict_one(made.params, made.prepared, alone.state, query)
    np.testing.assert_allclose(single.mean, together.mean[0], rtol=1e-4, atol=1e-4)
    if query is not None:
        np.testing.assert_allclose(single.variance, together.variance[0], rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(single.noise, together.noise[0], rtol=1e-4, atol=1e-4)


def test_whole_catalogue_equals_asking_for_every_item(model: Model) -> None:
    """No query means all items, in the order of the catalogue."""
    made = model("choice")
    task = made.adapt(pl.DataFrame({"item": ["i1", "i4"]}))
    every, _ = made.whole_catalogue()
    a, b = (made.bound.predict_one(made.params, made.prepared, task.state, query).mean for query in (None, every))
    np.testing.assert_allclose(a, b, rtol=1e-6)


def test_look_up() -> None:
    """Rows by item; padding, -1, gets some row rather than an error."""
    assert look_up(np.eye(3), np.array([[2, -1]])).tolist() == [[[0, 0, 1], [1, 0, 0]]]


def test_a_streaming_learner_is_told_new_rows_alone(table: Tables) -> None:
    """Feedback adds to the state what the new rows teach; those it was made of are not read again."""
    codec = TaskCodec.fit(tasks := TaskSet.of(table("three")))
    learner = Prototypes(features=3, hidden=())
    params = learner.init(np.random.default_rng(0), codec.spec, {})
    model = MetaModel(codec, learner, params, codec.encode(tasks).catalogue)
    whole, new = model.adapt(tasks.frame[:6]), model.support(tasks.frame[4:6])
    unread = whole.evidence.support._replace(y=whole.evidence.support.y * np.nan)
    task = whole.evidence._replace(support=unread)
    streamed = model.bound.update_one(params, None, task, model.adapt(tasks.frame[:4]).state, new)
    for mine, other in zip(streamed, whole.state, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def test_leave_one_out(table: Tables) -> None:
    """By hand: of a shrunk mean, each row's part is the mean with it minus the mean without it; not exact."""
    tasks = TaskSet.of(table("number"))
    codec = TaskCodec.fit(tasks)
    arrays = codec.encode(tasks)
    params = fit(TaskMean(), arrays, Job())
    model = MetaModel(codec, TaskMean(), params, arrays.catalogue)
    task = model.adapt(tasks.frame[:3])
    found = leave_one_out(model.bound, params, None, task.evidence, model.query(tasks.frame[3:5]))
    assert found.prior.shape == (2, 1)
    assert found.parts.shape == (2, 3, 1)
    assert not found.exact
    y, strength, mean = task.evidence.support.y, float(params["strength"]), float(params["mean"][0])
    with_all = (y.sum() + strength * mean) / (3 + strength)
    without = (y.sum() - y + strength * mean) / (2 + strength)
    np.testing.assert_allclose(found.prior[:, 0], mean, atol=1e-6)
    np.testing.assert_allclose(found.parts[0, :, 0], with_all - without, atol=1e-6)


def test_leave_one_out_of_classes(table: Tables) -> None:
    """One part for each class; without support there are none."""
    tasks = TaskSet.of(table("three"))
    codec = TaskCodec.fit(tasks)
    arrays = codec.encode(tasks)
    model = MetaModel(codec, TaskMean(), fit(TaskMean(), arrays, Job()), arrays.catalogue)
    for k in (0, 2):
        task = model.adapt(tasks.frame[:k] if k else None)
        found = leave_one_out(model.bound, model.params, None, task.evidence, model.query(tasks.frame[3:5]))
        assert found.parts.shape == (2, k, 3)


def test_direct_beliefs_of_one_task_have_no_task_axis(table: Tables) -> None:
    """Even where a learner gives one noise for all tasks."""
    tasks = TaskSet.of(table("number"))
    arrays = TaskCodec.fit(tasks).encode(tasks)
    bound = bind(TaskMean(), arrays.spec)
    params = fit(TaskMean(), arrays, Job())
    query = Query(arrays.rows(np.arange(2)), arrays.item[:2], arrays.offset[:2])
    made = MetaModel(TaskCodec.fit(tasks), TaskMean(), params, arrays.catalogue).adapt(tasks.frame[:2])
    belief = bound.predict_one(params, None, made.state, query)
    assert [np.shape(part) for part in Latent(*belief)] == [(2,), (2,), (2,)]
