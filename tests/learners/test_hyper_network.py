"""`HyperNetwork`: what it writes, by hand; which encoders read in order; what a short training brings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.bound import Traced
from warmstart.engine.fit import Job, fit
from warmstart.engine.meta_train import meta_train
from warmstart.engine.settings import Settings
from warmstart.engine.storage import load
from warmstart.errors import UsageError
from warmstart.learners.hyper_network import HyperNetwork
from warmstart.tables.schema import Column, Role, Schema
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, draw, gather
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Latent

ENCODERS = ("set", "gru", "lstm", "attention")
LIKELIHOODS = ("gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal")
EACH = pytest.mark.parametrize("encoder", ENCODERS)
ROLES = (Role.TASK, Role.TIME, Role.FEATURE, Role.TARGET)
K = 4


def small(encoder: Any) -> HyperNetwork:
    """A quick one."""
    return HyperNetwork(features=4, hidden=(5,), encoder=encoder, heads=2)


def drawn(learner: HyperNetwork, arrays: TaskArrays, *, whole: bool = True) -> Any:
    """Parameters of which every one, or all but the last layer of the hypernetwork, is a random number."""
    rng = np.random.default_rng(3)
    params = dict(learner.init(rng, arrays.spec, {}))
    random = jax.tree.map(lambda leaf: rng.normal(0, 0.5, np.shape(leaf)).astype(np.float32), params)
    return random if whole else random | {"hyper": params["hyper"]}


def episode(arrays: TaskArrays, k: int = K) -> Batch:
    """The first task's."""
    episodes = draw(arrays, "random", np.random.default_rng(0), shots=k, queries=3, tasks=np.array([0]))
    return gather(arrays, episodes, k)


def latent(learner: HyperNetwork, params: Any, arrays: TaskArrays, order: list[int] | None = None) -> Latent:
    """The belief about the first task's query, its support rows in this order."""
    bound, task = Traced(learner, arrays.spec), jax.tree.map(lambda leaf: leaf[0], episode(arrays))
    support = task.support if order is None else jax.tree.map(lambda leaf: leaf[order], task.support)
    return bound.predict_one(params, None, bound.adapt_one(params, None, task.descriptor, support), task.query)


def plain(layers: dict[str, Any], *parts: np.ndarray) -> np.ndarray:
    """A perceptron of one row with one hidden layer, its inputs side by side."""
    hidden = np.maximum(layers["0"]["w"] @ np.concatenate(parts) + layers["0"]["b"], 0)
    out: np.ndarray = layers["1"]["w"] @ hidden + layers["1"]["b"]
    return out


@EACH
@pytest.mark.parametrize("likelihood", LIKELIHOODS)
def test_that_writes_nothing_is_the_shared_base(encoder: str, likelihood: str, table: Any) -> None:
    """With the last layer of the hypernetwork at 0, as it starts, the shared head answers."""
    learner, arrays = small(encoder), table(likelihood, tasks=3)
    params = drawn(learner, arrays, whole=False)
    query = jax.tree.map(lambda leaf: leaf[0], episode(arrays).query)
    head = params["shared"]["0"]
    out = learner.embed(params, query.x, query.item) @ head["w"].T + head["b"]
    expected = out if likelihood == "categorical" else out[:, 0]
    if likelihood == "ordinal":  # the second cut lies below the first, however far
        expected = np.stack([out[:, 0], out[:, 0] - np.log1p(np.exp(out[:, 1]))], axis=1)
    np.testing.assert_allclose(latent(learner, params, arrays).mean, expected, rtol=1e-5)


def test_written_head_by_hand(table: Any) -> None:
    """Set encoder: the mean of four encoded rows and the learned one, with the descriptor, makes bias and slopes."""
    learner, arrays = small("set"), table(tasks=3)
    params, task = drawn(learner, arrays), jax.tree.map(lambda leaf: leaf[0], episode(arrays))
    x, told = learner.embed(params, task.support.x, task.support.item), task.descriptor.numbers
    encoder = params["encoder"]
    rows = [plain(encoder["layers"], row, [y], told) for row, y in zip(x, task.support.y, strict=True)]
    summary = (encoder["empty"] + sum(rows)) / (K + 1)
    written = plain(params["hyper"], summary, told).reshape(2, 5)
    shared, asked = params["shared"]["0"], learner.embed(params, task.query.x, task.query.item)
    out = [(shared["w"] + written[:, 1:]) @ row + shared["b"] + written[:, 0] for row in asked]
    said = latent(learner, params, arrays)
    np.testing.assert_allclose(said.mean, [row[0] for row in out], rtol=1e-4, atol=1e-5)
    variance = [np.exp(6 * np.tanh(row[1] / 6)) + 1e-4 for row in out]
    np.testing.assert_allclose(said.noise, variance, rtol=1e-4)


@EACH
def test_order(encoder: str, table: Any) -> None:
    """The order of the support matters exactly where the learner says so."""
    learner, arrays = small(encoder), table(tasks=3)
    params = drawn(learner, arrays)
    forward, back = latent(learner, params, arrays), latent(learner, params, arrays, [3, 2, 1, 0])
    assert learner.ordered == (encoder != "set")
    assert np.allclose(forward.mean, back.mean, rtol=1e-4, atol=1e-5) != learner.ordered


@EACH
@pytest.mark.parametrize("k", [0, 2])
def test_in_a_padded_batch_as_alone(encoder: str, k: int, table: Any) -> None:
    """Tasks adapted together by JAX, padded to a longer support with strange targets, answer as each does in NumPy."""
    learner, arrays = small(encoder), table(tasks=3)
    params, bound = drawn(learner, arrays), Traced(learner, arrays.spec)
    episodes = draw(arrays, "random", np.random.default_rng(0), shots=k, queries=3)
    batch, wide = gather(arrays, episodes, k), gather(arrays, episodes, k + 2)
    strange = wide.support._replace(y=np.where(wide.support.weight > 0, wide.support.y, 99).astype(np.float32))
    said = bound.predict(params, None, bound.adapt(params, None, wide.descriptor, strange), wide.query)
    for t in range(3):
        task = jax.tree.map(lambda leaf, t=t: leaf[t], batch)
        state = bound.adapt_one(params, None, task.descriptor, task.support)
        alone = bound.predict_one(params, None, state, task.query)
        for a, b in zip(said, alone, strict=True):
            np.testing.assert_allclose(a[t], b, rtol=1e-4, atol=1e-5)


@EACH
def test_repeated_training_is_the_same(encoder: str, table: Any) -> None:
    """The same seed gives the same model to the bit, with every parameter finite."""
    learner, arrays = small(encoder), table(tasks=12, rows=8)
    settings = Settings(steps=3, batch=4, shots=(0, 3), queries=4, validate_every=2)
    first, again = (fit(learner, arrays, Job(settings)) for _ in range(2))
    for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True):
        np.testing.assert_array_equal(a, b)
        assert np.isfinite(a).all()


def shops(rng: np.random.Generator) -> pl.DataFrame:
    """Eight shops of six days, rows in any order."""
    shop, day, x = np.repeat(np.arange(8), 6), np.tile(np.arange(6), 8), rng.normal(size=48)
    frame = pl.DataFrame({"shop": shop, "day": day, "x": x, "y": x + np.sin(day) + rng.normal(size=8)[shop]})
    return frame[rng.permutation(48)]


def test_reads_oldest_first_through_the_front_door(tmp_path: Path) -> None:
    """Many tasks from a shuffled table, one task from its rows by day, in parts, and after loading: all the same."""
    rng = np.random.default_rng(0)
    schema = Schema(tuple(Column(name, role) for name, role in zip(("shop", "day", "x", "y"), ROLES, strict=True)))
    tasks = TaskSet.from_table(shops(rng), schema)
    settings = {"steps": 6, "batch": 4, "shots": (0, 2, 4), "queries": 4, "validate_every": 3, "order": "time"}
    model = meta_train(tasks, HyperNetwork(features=4, hidden=(8,), encoder="gru"), **settings)
    random = jax.tree.map(lambda leaf: rng.normal(size=leaf.shape).astype(np.float32), model.params["hyper"])
    model = replace(model, params={**model.params, "hyper": random})  # a short training writes next to nothing
    one, asked = tasks.frame.filter(pl.col("shop") == 3).sort("day"), pl.DataFrame({"x": [0.0, 1.0]})
    whole = model.adapt(one).predict(asked).mean
    model.save(tmp_path)
    same = [
        model.adapt_many(tasks)[3].predict(asked).mean,
        model.adapt(one[:2]).update(one[2:]).predict(asked).mean,
        load(tmp_path).adapt(one).predict(asked).mean,
    ]
    for other in same:
        np.testing.assert_allclose(other, whole, rtol=1e-4, atol=1e-5)
    assert np.abs(model.adapt(one.reverse()).predict(asked).mean - whole).max() > 1e-3


def test_illegal_settings_are_refused() -> None:
    """An encoder that is not there, and heads that do not share the features out."""
    with pytest.raises(UsageError, match=r"hyper_network\.encoder: expected one of .*gru.*; got 'bag'"):
        HyperNetwork(encoder="bag")  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=r"hyper_network\.heads: expected a divisor of 8; got 3"):
        HyperNetwork(features=8, encoder="attention", heads=3)


@pytest.mark.slow
@EACH
def test_ten_rows_beat_none(encoder: Any, table: Any) -> None:
    """Tasks differ in level (variance 1), so ten rows leave less than a fifth of the error of none."""
    learner = HyperNetwork(encoder=encoder)
    trained = fit(learner, table(tasks=400), Job(Settings(steps=400, shots=(0, 2, 10), queries=12)))
    new = table(tasks=300, seed=1)
    episodes = draw(new, "random", np.random.default_rng(2), shots=10, queries=12)
    bound, error = bind(learner, new.spec), {}
    for k in (0, 10):
        batch = gather(new, Episodes(episodes.task, episodes.support.first(k), episodes.query), 10)
        state = bound.adapt(trained, None, batch.descriptor, batch.support)
        error[k] = ((bound.predict(trained, None, state, batch.query).mean - batch.y) ** 2).mean()
    assert error[10] < 0.2 * error[0]
