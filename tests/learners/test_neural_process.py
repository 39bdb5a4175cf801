"""`NeuralProcess`: mean and attention by hand on two support rows, and what a short training brings."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.learners.neural_process import Heard, NeuralProcess
from warmstart.tasks.episodes import Episodes, draw, gather
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths

SPEC = Spec(Widths(2), Widths(1), "gaussian")
POOLED = NeuralProcess(features=4, hidden=(5,))
ATTENTIVE = NeuralProcess(features=4, hidden=(5,), attentive=True, heads=2)
BOTH = pytest.mark.parametrize("learner", [POOLED, ATTENTIVE], ids=["pooled", "attentive"])
TOLD = Rows(np.array([0.7], np.float32), np.zeros(0, np.int32))


def params(learner: NeuralProcess, spec: Spec = SPEC) -> dict[str, Any]:
    """Random networks whose learned row says something."""
    rng = np.random.default_rng(0)
    fresh = dict(learner.init(rng, spec, {}))
    drawn = {name: rng.normal(size=(1, 4)) for name in ("empty", "empty_key") if name in fresh}
    return fresh | drawn


def support(k: int, seed: int = 1) -> Support:
    """Rows that are their own embedding."""
    rng = np.random.default_rng(seed)
    return Support(rng.normal(size=(k, 2)), np.full(k, -1), rng.normal(size=k), np.ones(k), 0.3 * np.ones(k))


def asked() -> Query:
    """Three rows, with what a base model says of them."""
    return Query(np.random.default_rng(2).normal(size=(3, 2)), np.full(3, -1), np.array([0.0, 1.0, -1.0]))


def adapted(learner: NeuralProcess, told: Support) -> Heard:
    """What this support has told."""
    return learner.adapt(SPEC, params(learner), TOLD, told)


def latent(learner: NeuralProcess, told: Support) -> Latent:
    """The belief about `asked`."""
    return learner.predict(SPEC, params(learner), adapted(learner, told), asked())


def close(a: Latent, b: Latent) -> None:
    """Both beliefs are the same but for rounding."""
    for mine, other in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


def layer(of: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """w x + b."""
    moved: np.ndarray = of["w"] @ x + of["b"]
    return moved


def plain(layers: dict[str, Any], *parts: Any) -> np.ndarray:
    """A perceptron of one row with one hidden layer, its inputs side by side."""
    return layer(layers["1"], np.maximum(layer(layers["0"], np.concatenate([np.atleast_1d(p) for p in parts])), 0))


def encoded(learner: NeuralProcess, told: Support) -> list[np.ndarray]:
    """What the encoder makes of each row: features, what the base model left over, descriptor."""
    net = params(learner)["encoder"]
    left = told.y - told.offset
    return [plain(net, x, y, TOLD.numbers) for x, y in zip(told.x, left, strict=True)]


def decoded(learner: NeuralProcess, told: list[np.ndarray]) -> Latent:
    """Mean and variance of every query row from what it heard."""
    net, query = params(learner)["decoder"], asked()
    out = np.array([plain(net, x, heard, TOLD.numbers) for x, heard in zip(query.x, told, strict=True)])
    variance = np.exp(6 * np.tanh(out[:, 1] / 6)) + 1e-4
    return Latent(out[:, 0] + query.offset, np.zeros(3), variance)


def test_pooled_is_the_mean() -> None:
    """The decoder hears the mean of two encoded rows and the learned one."""
    two = support(2)
    mean = (params(POOLED)["empty"][0] + sum(encoded(POOLED, two))) / 3
    close(latent(POOLED, two), decoded(POOLED, [mean] * 3))


@pytest.mark.parametrize("heads", [1, 2])
def test_attention_by_hand(heads: int) -> None:
    """Each query row weighs two encoded rows and the learned one by scaled dot products, head by head."""
    learner = NeuralProcess(features=4, hidden=(5,), attentive=True, heads=heads)
    net, two = params(learner), support(2)
    values = [net["empty"][0], *encoded(learner, two)]
    keys = [net["empty_key"][0], *(layer(net["key"]["0"], x) for x in two.x)]
    wide, heard = 4 // heads, []
    for row in asked().x:
        found = []
        for h in range(heads):
            part = slice(h * wide, (h + 1) * wide)
            odds = [np.exp(layer(net["key"]["0"], row)[part] @ key[part] / np.sqrt(wide)) for key in keys]
            found.append(sum(o * value[part] for o, value in zip(odds, values, strict=True)) / sum(odds))
        heard.append(np.concatenate(found))
    close(latent(learner, two), decoded(learner, heard))


@BOTH
def test_no_support_is_the_learned_row(learner: NeuralProcess) -> None:
    """K = 0 hears the learned row alone."""
    close(latent(learner, support(0)), decoded(learner, [params(learner)["empty"][0]] * 3))


@BOTH
def test_order_does_not_matter(learner: NeuralProcess) -> None:
    """The support is a set."""
    some = support(5)
    close(latent(learner, some), latent(learner, Support(*(part[::-1] for part in some[:-1]))))


@BOTH
def test_padding_changes_nothing(learner: NeuralProcess) -> None:
    """Rows of weight 0 teach nothing, not even where their features dwarf all others."""
    some, strange = support(3), support(2, seed=9)
    strange = strange._replace(x=1000 * strange.x, weight=np.zeros(2))
    longer = Support(*(np.concatenate(pair) for pair in zip(some[:-1], strange[:-1], strict=True)))
    close(latent(learner, some), latent(learner, longer))


@BOTH
def test_a_row_of_weight_two_is_a_row_twice(learner: NeuralProcess) -> None:
    """Weights count rows."""
    some = support(3)
    twice = Support(*(part[[0, 0, 1, 2]] for part in some[:-1]))
    close(latent(learner, some._replace(weight=np.array([2.0, 1, 1]))), latent(learner, twice))


@pytest.mark.parametrize("heads", [3, 0])
def test_illegal_heads_are_refused(heads: int) -> None:
    """Heads share the features out evenly."""
    with pytest.raises(UsageError, match=r"neural_process\.heads: expected .*; got " + str(heads)):
        NeuralProcess(features=4, attentive=True, heads=heads)


@pytest.mark.slow
@BOTH
def test_ten_rows_beat_none(learner: NeuralProcess, table: Any) -> None:
    """Tasks differ in level (variance 1), so ten rows leave less than a fifth of the error of none."""
    learner = NeuralProcess(attentive=learner.attentive)
    trained = fit(learner, table(tasks=400), Job(Settings(steps=400, shots=(0, 2, 10), queries=12)))
    new = table(tasks=300, seed=1)
    episodes = draw(new, "random", np.random.default_rng(2), shots=10, queries=12)
    bound, error = bind(learner, new.spec), {}
    for k in (0, 10):
        batch = gather(new, Episodes(episodes.task, episodes.support.first(k), episodes.query), 10)
        state = bound.adapt(trained, None, batch.descriptor, batch.support)
        error[k] = ((bound.predict(trained, None, state, batch.query).mean - batch.y) ** 2).mean()
    assert error[10] < 0.2 * error[0]
