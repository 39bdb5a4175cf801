"""Gradient-based learners against finite differences and an independent, naive loop, and what each form leaves out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from warmstart.engine.bound import Traced
from warmstart.engine.objective import objective
from warmstart.errors import UsageError
from warmstart.learners.fine_tune import FineTune
from warmstart.learners.maml import MAML
from warmstart.learners.model_averaging import ModelAveraging
from warmstart.learners.multi_task import MultiTask
from warmstart.learners.registry import create
from warmstart.learners.reptile import Reptile
from warmstart.tasks.episodes import Batch
from warmstart.types import Query, Rows, Spec, Support, Widths

SPEC = Spec(Widths(2, (5,)), Widths(1, (4,)), "gaussian")


def episode(seed: int, support: int = 6, query: int = 4, spec: Spec = SPEC) -> Batch:
    """One random episode; its last support row is padding."""
    rng = np.random.default_rng(seed)

    def rows(n: int) -> Rows:
        codes = [rng.integers(0, size, n) for size in spec.row.codes]
        return Rows(rng.normal(size=(n, spec.row.numbers)).astype(np.float32), np.stack(codes, 1).astype(np.int32))

    told = Rows(np.float32([0.7]), np.int32([2]))
    classes = max(spec.classes, 2)
    y = rng.normal(size=support + query) if spec.likelihood == "gaussian" else rng.integers(0, classes, support + query)
    weight = (np.arange(support) < support - 1).astype(np.float32)
    nothing, offset = np.full(support, -1, np.int32), rng.normal(size=support + query).astype(np.float32)
    y = y.astype(np.float32)
    known = Support(rows(support), nothing, y[:support], weight, offset[:support])
    asked = Query(rows(query), nothing[:1].repeat(query), offset[support:])
    return Batch(told, known, asked, y[support:], np.ones(query, np.float32))


def embedded(params: Mapping[str, Any], rows: Rows) -> Any:
    """Numbers beside the embedding of the one category."""
    return jnp.concatenate([rows.numbers, params["embed"]["0"][rows.codes[..., 0]]], axis=-1)


def whole(params: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """Weights and biases of every layer; those of the descriptor stand below those of the row."""
    layers = [(layer["w"], layer["b"]) for layer in params["layers"].values()]
    return [(jnp.concatenate([layers[0][0], params["told"]]), layers[0][1]), *layers[1:]]


def perceptron(layers: list[tuple[Any, Any]], x: Any) -> Any:
    """The textbook form."""
    for w, b in layers[:-1]:
        x = jax.nn.relu(x @ w + b)
    return x @ layers[-1][0] + layers[-1][1]


def wide(params: Mapping[str, Any], task: Batch, rows: Rows) -> Any:
    """Each row beside its task's descriptor."""
    told = embedded(params["descriptor"], task.descriptor)
    x = embedded(params["row"], rows)
    return jnp.concatenate([x, jnp.broadcast_to(told, (len(x), len(told)))], axis=-1)


def stepped(
    params: Mapping[str, Any],
    task: Batch,
    steps: int,
    rate: Any,
    *,
    moves: Callable[[int], bool] = lambda layer: True,
    first_order: bool = False,
) -> list[tuple[Any, Any]]:
    """The layers after plain descent on the mean squared error of the support; `rate` is a number or a tree."""
    x, support = wide(params, task, task.support.x), task.support
    x = jax.lax.stop_gradient(x) if first_order else x

    def loss(layers: list[tuple[Any, Any]]) -> Any:
        error = (perceptron(layers, x)[:, 0] + support.offset - support.y) ** 2
        return jnp.sum(error * support.weight) / jnp.sum(support.weight)

    layers = whole(params)
    rates = jax.tree.map(lambda _: rate, layers) if isinstance(rate, float) else rate
    for _ in range(steps):
        gradient = jax.grad(loss)(layers)
        gradient = jax.lax.stop_gradient(gradient) if first_order else gradient
        moved = jax.tree.map(lambda w, g, r: w - r * g, layers, gradient, rates)
        layers = [new if moves(i) else old for i, (old, new) in enumerate(zip(layers, moved, strict=True))]
    return layers


def surprise(params: Mapping[str, Any], task: Batch, layers: list[tuple[Any, Any]]) -> Any:
    """Mean Gaussian −log p of the query, whose variance falls with the rows of the support."""
    mean = perceptron(layers, wide(params, task, task.query.x))[:, 0] + task.query.offset
    doubt = jnp.exp(params["log_doubt"]) / (1 + jnp.sum(task.support.weight) * jnp.exp(params["log_pace"]))
    variance = doubt + jnp.exp(params["log_noise"]) + 1e-4
    return jnp.mean(0.5 * jnp.log(2 * jnp.pi * variance) + 0.5 * (task.y - mean) ** 2 / variance)


def meta_gradient(learner: Any, params: Any, task: Batch, spec: Spec = SPEC) -> Any:
    """The gradient that the engine would step along for this one task."""
    bound = Traced(learner, spec)
    return jax.jit(jax.grad(lambda p, t: objective(bound)(bound, p, None, t)))(params, task)


def started(learner: Any, spec: Spec = SPEC, seed: int = 0) -> Any:
    """Its first parameters, biases and learned rates shaken so that nothing is zero by chance."""
    rng = np.random.default_rng(seed)
    first = learner.init(rng, spec, {"class_count": np.array([2, 1, 3])})
    params = jax.tree.map(lambda leaf: jnp.asarray(leaf + 0.1 * rng.normal(size=np.shape(leaf)), jnp.float32), first)
    return params if learner.rates == "one" else params | {"log_rate": jnp.asarray(first["log_rate"])}


def worst(found: Any, expected: Any) -> float:
    """The largest difference of any array, relative to that array's largest value."""
    pairs = zip(jax.tree.leaves(found), jax.tree.leaves(expected), strict=True)
    return max(float(jnp.abs(a - b).max() / jnp.maximum(jnp.abs(b).max(), 1e-6)) for a, b in pairs if a.size)


RATE, STEPS = 0.05, 3
FORMS = {
    "maml": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE),
    "maml, wide first layer": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, embedding=40),
    "fomaml": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, order=1),
    "fomaml, wide first layer": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, order=1, embedding=40),
    "anil": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, scope="head"),
    "anil, first order": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, scope="head", order=1),
    "meta-sgd": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, learn_rates=True),
    "meta-sgd, first order": MAML(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, learn_rates=True, order=1),
    "linear": MAML(hidden=(), inner_steps=STEPS, inner_rate=RATE),
}


def naive(learner: MAML, params: Any, task: Batch) -> Any:
    """The query's surprise after plain gradient descent."""
    rate: Any = RATE
    if learner.learn_rates:
        learned = {"layers": params["log_rates"], "told": params["log_told_rates"]}
        rate = jax.tree.map(lambda log_rate: RATE * jnp.exp(log_rate), whole(learned))
    last = len(learner.hidden)
    moves = (lambda layer: layer == last) if learner.scope == "head" else (lambda layer: True)
    layers = stepped(params, task, STEPS, rate, moves=moves, first_order=learner.order == 1)
    return surprise(params, task, layers)


@pytest.mark.parametrize("form", FORMS)
def test_meta_gradient_equals_the_naive_loop(form: str) -> None:
    """Every array of the meta-gradient, embeddings and rates included, to 1e-5 of its largest value."""
    learner = FORMS[form]
    params = started(learner)
    task = episode(1)
    expected = jax.jit(jax.grad(lambda p: naive(learner, p, task)))(params)
    assert worst(meta_gradient(learner, params, task), expected) < 1e-5


@pytest.mark.parametrize("form", ["maml", "meta-sgd", "anil"])
def test_steps_are_shortened_but_not_learned(form: str) -> None:
    """Half a rate is half a rate, of each weight that has its own too; no gradient asks for it, and none is longer."""
    learner, task = FORMS[form], episode(1)
    params = started(learner)
    half = params | {"log_rate": jnp.log(jnp.float32(0.5))}
    shorter = replace(learner, inner_rate=RATE / 2)
    found, expected = meta_gradient(learner, half, task), meta_gradient(shorter, params, task)
    assert worst(found["layers"], expected["layers"]) < 1e-5
    assert float(found["log_rate"]) == 0
    longer = meta_gradient(learner, params | {"log_rate": jnp.float32(1.0)}, task)
    assert worst(longer["layers"], meta_gradient(learner, params, task)["layers"]) == 0


@pytest.mark.parametrize("form", ["maml", "maml, wide first layer", "meta-sgd", "anil"])
def test_meta_gradient_equals_finite_differences(form: str) -> None:
    """Each derivative of the layers against a central difference in double precision, to 1e-4."""
    learner, task = FORMS[form], episode(2)
    params = started(learner)
    found = meta_gradient(learner, params, task)
    exact = jax.tree.map(lambda leaf: np.asarray(leaf, np.float64), params)
    rng = np.random.default_rng(0)
    for name in ("0", "1", "2"):
        weights = exact["layers"][name]["w"]
        differences = []
        for _ in range(12):
            at = tuple(rng.integers(0, n) for n in weights.shape)
            differences.append(
                float(found["layers"][name]["w"][at]) - central_difference(learner, exact, task, at, name)
            )
        assert np.abs(differences).max() < 1e-4 * max(float(jnp.abs(found["layers"][name]["w"]).max()), 1.0)


def central_difference(learner: MAML, params: Any, task: Batch, at: tuple[int, ...], layer: str) -> float:
    """Of the surprise, by one weight, through the NumPy path."""
    bound, weights = Traced(learner, SPEC), params["layers"][layer]["w"]
    values, small = [], 1e-5
    for sign in (1, -1):
        weights[at] += sign * small
        state = bound.adapt_one(params, None, task.descriptor, task.support)
        latent = bound.predict_one(params, None, state, task.query)
        variance = latent.variance + latent.noise
        values.append(np.mean(0.5 * np.log(2 * np.pi * variance) + 0.5 * (task.y - latent.mean) ** 2 / variance))
        weights[at] -= sign * small
    return float(values[0] - values[1]) / (2 * small)


def test_first_order_differs() -> None:
    """What FOMAML drops is not nothing."""
    second, first = FORMS["maml"], FORMS["fomaml"]
    params = started(second)
    assert worst(meta_gradient(first, params, episode(1)), meta_gradient(second, params, episode(1))) > 0.01


def moved(learner: Any, params: Any, task: Batch) -> np.ndarray:
    """By how much the answer to the query differs from that without support."""
    bound = Traced(learner, SPEC)
    empty = task.support._replace(weight=0 * task.support.weight)
    means = [
        bound.predict_one(params, None, bound.adapt_one(params, None, task.descriptor, support), task.query).mean
        for support in (task.support, empty)
    ]
    return np.asarray(means[0] - means[1])


@pytest.mark.parametrize("name", ["maml", "reptile", "model_averaging", "fine_tune", "multi_task"])
def test_no_steps_is_no_adaptation(name: str) -> None:
    """With no inner steps the support changes nothing; with some it does."""
    params = started(create(name))
    assert np.abs(moved(create(name, inner_steps=0), params, episode(3))).max() == 0
    assert np.abs(moved(create(name), params, episode(3))).max() > 1e-3


@pytest.mark.parametrize("learner", [FORMS["anil"], MultiTask(hidden=(8, 6))], ids=["anil", "multi_task"])
def test_only_the_head_moves(learner: Any) -> None:
    """With a last layer that hears nothing of the body, the answer moves by the bias alone, the same for all rows."""
    params = jax.tree.map(np.asarray, started(learner))
    params["layers"]["1"] = jax.tree.map(lambda leaf: 0 * leaf, params["layers"]["1"])  # the head's inputs are zero
    change = moved(learner, params, episode(4))
    assert np.abs(change).max() > 1e-3
    np.testing.assert_allclose(change, change[0], rtol=1e-4)
    state = Traced(learner, SPEC).adapt_one(params, None, episode(4).descriptor, episode(4).support)
    assert len(state.fast.formed) <= 1


@pytest.mark.parametrize("embedding", [None, 40])
def test_reptile_steps_towards_the_adapted_weights(embedding: int | None) -> None:
    """Its gradient by each weight is the weight before minus the weight after plain descent on the support."""
    learner, task = Reptile(hidden=(8, 6), inner_steps=STEPS, inner_rate=RATE, embedding=embedding), episode(5)
    params = started(learner)
    found = whole(meta_gradient(learner, params, task))
    before, after = whole(params), stepped(params, task, STEPS, RATE)
    expected = jax.tree.map(lambda a, b: a - b, before, after)
    assert worst(found, expected) < 1e-4  # a difference of nearly equal weights in single precision


def test_reptile_on_a_quadratic() -> None:
    """One weight x w on rows of x = 1: after n steps of rate r, w moves to y + (1 - 2 r)^n (w - y)."""
    spec = Spec(Widths(1), Widths(), "gaussian")
    learner = Reptile(hidden=(), inner_steps=4, inner_rate=0.1)
    params = jax.tree.map(jnp.asarray, learner.init(np.random.default_rng(0), spec, {}))
    params["layers"]["0"] = {"w": jnp.float32([[0.0]]), "b": jnp.float32([3.0])}
    none = np.zeros((2, 0), np.int32)
    rows, item = Rows(np.zeros((2, 1), np.float32), none), np.full(2, -1, np.int32)  # x = 0: the bias alone
    y = np.float32([1.0, 1.0])
    support = Support(rows, item, y, np.ones(2, np.float32), np.zeros(2, np.float32))
    told = Rows(np.zeros(0, np.float32), np.zeros(0, np.int32))
    task = Batch(told, support, Query(rows, item, np.zeros(2, np.float32)), y, np.ones(2, np.float32))
    found = meta_gradient(learner, params, task, spec)["layers"]["0"]["b"]
    np.testing.assert_allclose(found, [2.0 * (1 - 0.8**4)], rtol=1e-5)


def test_model_averaging_counts_rows() -> None:
    """A task's pull is that of Reptile on all its rows, times their number."""
    learner, task = ModelAveraging(hidden=(8,), inner_steps=STEPS, inner_rate=RATE), episode(6)
    params = started(learner)
    parts = (jnp.concatenate(pair) for pair in zip(task.support.x[:2], task.query.x[:2], strict=True))
    everything = Support(
        Rows(*parts),
        np.full(10, -1, np.int32),
        np.concatenate([task.support.y, task.y]),
        np.concatenate([task.support.weight, task.mask]),
        np.concatenate([task.support.offset, task.query.offset]),
    )
    square = jnp.sum(embedded(params["row"], everything.x) ** 2, axis=1)
    rate = RATE * float(jnp.exp(params["log_rate"]) / (1 + jnp.sum(square * everything.weight) / 9))
    after = stepped(params, task._replace(support=everything), STEPS, rate)
    expected = jax.tree.map(lambda a, b: 9 * (a - b), whole(params), after)
    assert worst(whole(meta_gradient(learner, params, task)), expected) < 1e-4


def test_fine_tuning_is_joint_training() -> None:
    """Its gradient by the weights is that of the mean −log p of all rows at the weights as they are."""
    learner, task = FineTune(hidden=(8, 6)), episode(7)
    params = started(learner)

    def joint(p: Any) -> Any:
        layers, losses = whole(p), []
        variance = jnp.exp(p["log_noise"]) + 1e-4
        variance = variance + jnp.exp(p["log_doubt"]) / (1 + 9 * jnp.exp(p["log_pace"]))
        for rows, offset, y in (
            (task.support.x, task.support.offset, task.support.y),
            (task.query.x, task.query.offset, task.y),
        ):
            mean = perceptron(layers, wide(p, task, rows))[:, 0] + offset
            losses.append(0.5 * jnp.log(2 * jnp.pi * variance) + 0.5 * (y - mean) ** 2 / variance)
        weight = jnp.concatenate([task.support.weight, task.mask])
        return jnp.sum(jnp.concatenate(losses) * weight) / jnp.sum(weight)

    found, expected = meta_gradient(learner, params, task), jax.grad(joint)(params)
    for name in ("layers", "told", "row", "descriptor"):
        assert worst(found[name], expected[name]) < 1e-5


def head_alone(params: Any, task: Batch) -> MAML:
    """The same steps without the joint fit: their size is a part of what cannot overshoot on these rows."""
    w, b = whole(params)[0]
    square = jnp.sum(jax.nn.relu(wide(params, task, task.support.x) @ w + b) ** 2, axis=1)
    mean = float(jnp.sum(square * task.support.weight) / jnp.sum(task.support.weight))
    rate = RATE * float(jnp.exp(params["log_rate"])) / (1 + mean)
    return MAML(hidden=(8,), inner_steps=STEPS, inner_rate=rate, scope="head", order=1)


def test_steps_cannot_overshoot() -> None:
    """However large the inputs of its head, many steps at full size bring it nearer to its rows, not away."""
    learner, task = MultiTask(hidden=(8,), inner_steps=200, inner_rate=1.0), episode(10)
    params = jax.tree.map(np.asarray, started(learner))
    params["layers"]["0"]["w"] = params["layers"]["0"]["w"] * 300
    params["log_rate"] = np.float32(5.0)
    bound = Traced(learner, SPEC)
    rows = Query(task.support.x, task.support.item, task.support.offset)
    state = bound.adapt_one(params, None, task.descriptor, task.support)
    before = bound.adapt_one(params, None, task.descriptor, task.support._replace(weight=0 * task.support.weight))
    error = [
        float(np.sum(task.support.weight * (bound.predict_one(params, None, s, rows).mean - task.support.y) ** 2))
        for s in (before, state)
    ]
    assert error[1] < error[0]


def test_multi_task_fits_what_its_head_was_trained_on() -> None:
    """The body's gradient is that of −log p of all rows under a head that was moved on the same rows."""
    learner, task = MultiTask(hidden=(8,), inner_steps=STEPS, inner_rate=RATE), episode(8)
    params = started(learner)
    found = meta_gradient(learner, params, task)
    held_out = meta_gradient(head_alone(params, task), params, task)
    assert worst(found["layers"], held_out["layers"]) > 0.01
    perfect = task._replace(query=task.query._replace(x=jax.tree.map(lambda a: a[:4], task.support.x)))
    perfect = perfect._replace(y=task.support.y[:4], query=perfect.query._replace(offset=task.support.offset[:4]))
    perfect = perfect._replace(support=perfect.support._replace(weight=np.float32([1, 1, 1, 1, 0, 0])))
    same = meta_gradient(head_alone(params, perfect), params, perfect)
    doubled = meta_gradient(learner, params, perfect)
    for layer in ("0", "1"):  # support and query being the same rows, there is nothing to hold out
        cosine = jnp.vdot(doubled["layers"][layer]["w"], same["layers"][layer]["w"])
        cosine /= jnp.linalg.norm(doubled["layers"][layer]["w"]) * jnp.linalg.norm(same["layers"][layer]["w"])
        assert cosine > 0.999


@pytest.mark.parametrize("likelihood", ["bernoulli", "categorical", "negative_binomial", "ordinal"])
def test_one_step_follows_the_likelihood(likelihood: str) -> None:
    """A step on one row moves its output against the slope of −log p, whatever the likelihood."""
    spec = Spec(
        Widths(2, (5,)), Widths(1, (4,)), likelihood, classes=3 if likelihood in ("categorical", "ordinal") else 1
    )
    task = episode(9, support=2, spec=spec)
    learner = MAML(hidden=(), inner_steps=1, inner_rate=0.01)
    params = jax.tree.map(np.asarray, started(learner, spec))
    bound = Traced(learner, spec)
    asked = Query(jax.tree.map(lambda a: a[:1], task.support.x), task.support.item[:1], task.support.offset[:1])
    empty = task.support._replace(weight=0 * task.support.weight)
    before, after = (
        bound.predict_one(params, None, bound.adapt_one(params, None, task.descriptor, support), asked).mean[0]
        for support in (empty, task.support)
    )
    x = np.asarray(wide(params, task, asked.x))[0]
    noise = np.exp(params["log_noise"]) + 1e-4
    slope = loss_slope(likelihood, before, task.support.y[0], noise)
    np.testing.assert_allclose(after, before - 0.01 * slope * (x @ x + 1), rtol=1e-4, atol=1e-5)


def loss_slope(likelihood: str, eta: np.ndarray, y: float, noise: float) -> np.ndarray:
    """d −log p / d eta by hand."""
    if likelihood == "bernoulli":
        return 1 / (1 + np.exp(-eta)) - y
    if likelihood == "ordinal":
        odds_beside = np.concatenate([[np.inf], eta, [-np.inf]])[[int(y), int(y) + 1]]
        return (1 / (1 + np.exp(-odds_beside))).sum() - 1
    if likelihood == "categorical":
        return np.exp(eta) / np.exp(eta).sum() - (np.arange(3) == y)
    return (np.exp(eta) - y) / (1 + noise * np.exp(eta))


@pytest.mark.parametrize(
    ("name", "wrong", "said"),
    [
        ("maml", {"order": 3}, r"maml.order: expected one of \(1, 2\); got 3"),
        ("maml", {"scope": "body"}, "maml.scope: expected one of"),
        ("maml", {"inner_steps": -1}, "maml.inner_steps: expected 0 or more; got -1"),
        ("reptile", {"inner_rate": 0.0}, "reptile.inner_rate: expected more than 0"),
    ],
)
def test_ranges(name: str, wrong: dict[str, Any], said: str) -> None:
    """A value out of range is refused by name."""
    with pytest.raises(UsageError, match=said):
        create(name, **wrong)
