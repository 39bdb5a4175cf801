"""`BayesHead` in a linear-Gaussian world whose optimum is known, and its algebra against the textbook in float64."""

from __future__ import annotations

from typing import Any, NamedTuple

import jax
import numpy as np
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.engine.settings import Settings
from warmstart.learners.bayes_head import BayesHead, Head
from warmstart.learners.contract import Params
from warmstart.learners.ordinal import cuts_of
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, draw, gather
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths

MEAN, DEVIATION, SLOPE, NOISE = np.array([0.5, -1.0, 0.7]), np.array([0.8, 0.5, 1.2]), 0.8, 0.5
"""w ~ N(MEAN + (SLOPE descriptor, 0, 0), diag(DEVIATION²)); y = w (1, x) + N(0, NOISE²)."""

ROWS = 20


def world(tasks: int, seed: int) -> TaskArrays:
    """Tasks of `ROWS` rows with two numbers each, and one number as descriptor."""
    rng = np.random.default_rng(seed)
    descriptor, total = rng.normal(size=tasks), tasks * ROWS
    w = MEAN + DEVIATION * rng.normal(size=(tasks, 3)) + SLOPE * descriptor[:, None] * [1, 0, 0]
    x = rng.normal(size=(total, 2))
    y = (with_one(x) * np.repeat(w, ROWS, axis=0)).sum(axis=1) + NOISE * rng.normal(size=total)
    return TaskArrays(
        spec=Spec(Widths(2), Widths(1), "gaussian"),
        offsets=np.arange(0, total + 1, ROWS),
        descriptor=plain(descriptor[:, None]),
        group=np.arange(tasks, dtype=np.int32),
        x=plain(x),
        item=np.full(total, -1, np.int32),
        y=y.astype(np.float32),
        weight=np.ones(total, np.float32),
        time=np.zeros(total, np.int64),
        offset=np.zeros(total, np.float32),
        catalogue=plain(np.zeros((0, 0))),
    )


def plain(numbers: np.ndarray) -> Rows:
    """Rows of numbers alone."""
    return Rows(numbers.astype(np.float32), np.zeros((*numbers.shape[:-1], 0), np.int32))


def with_one(x: np.ndarray) -> np.ndarray:
    """(1, x)."""
    return np.concatenate([np.ones_like(x[..., :1]), x], axis=-1)


def optimum(batch: Batch) -> tuple[np.ndarray, np.ndarray]:
    """Mean and variance of y [tasks, query] by the exact posterior predictive, the true prior being known."""
    phi = with_one(batch.support.x.numbers.astype(np.float64)) * batch.support.weight[..., None]
    prior = MEAN + SLOPE * batch.descriptor.numbers * [1, 0, 0]
    precision = np.diag(DEVIATION**-2.0)
    covariance = np.linalg.inv(precision + np.swapaxes(phi, 1, 2) @ phi / NOISE**2)
    told = prior @ precision + (batch.support.y[:, None] @ phi)[:, 0] / NOISE**2
    w = (covariance @ told[..., None])[..., 0]
    asked = with_one(batch.query.x.numbers.astype(np.float64))
    return (asked * w[:, None]).sum(axis=2), (asked @ covariance * asked).sum(axis=2) + NOISE**2


class Answered(NamedTuple):
    """Query rows of new tasks: the truth, what the learner says, and the best that can be said."""

    y: np.ndarray
    mean: np.ndarray
    variance: np.ndarray
    best_mean: np.ndarray
    best_variance: np.ndarray


@pytest.fixture(scope="module")
def answered() -> dict[int, Answered]:
    """At K = 0, 2, 10 on a thousand new tasks, after a few hundred steps on others."""
    train, new = world(800, seed=0), world(1000, seed=1)
    settings = Settings(
        steps=300, batch=64, learning_rate=2e-2, shots=(0, 2, 8), queries=10, validate_every=100, new_items=0.0
    )
    learner = BayesHead(features=3, hidden=())
    params = fit(learner, train, Job(settings))
    bound = bind(learner, new.spec)
    episodes = draw(new, "random", np.random.default_rng(2), shots=10, queries=8)
    found = {}
    for k in (0, 2, 10):
        few = Episodes(episodes.task, episodes.support.first(k), episodes.query)
        batch = gather(new, few, 10)  # padding changes nothing, and one width is one program
        state = bound.adapt(params, None, batch.descriptor, batch.support)
        latent = bound.predict(params, None, state, batch.query)
        found[k] = Answered(batch.y, latent.mean, latent.variance + latent.noise, *optimum(batch))
    return found


@pytest.mark.parametrize("k", [0, 2, 10])
def test_reaches_the_bayes_risk(answered: dict[int, Answered], k: int) -> None:
    """Squared error within 3 % of the exact posterior's, and log density within 0.03 nats, at every support size."""
    a = answered[k]
    risk, best = ((a.y - a.mean) ** 2).mean(), ((a.y - a.best_mean) ** 2).mean()
    assert risk < 1.03 * best
    loss, least = (
        0.5 * (np.log(v) + (a.y - m) ** 2 / v).mean() for m, v in ((a.mean, a.variance), (a.best_mean, a.best_variance))
    )
    assert loss < least + 0.03


@pytest.mark.parametrize("k", [0, 2, 10])
def test_intervals_cover(answered: dict[int, Answered], k: int) -> None:
    """90 % intervals hold 88 to 92 % of the truths of new tasks."""
    a = answered[k]
    inside = np.abs(a.y - a.mean) < 1.6448536 * np.sqrt(a.variance)
    assert 0.88 < inside.mean() < 0.92


def test_support_is_worth_something(answered: dict[int, Answered]) -> None:
    """The world is one in which adapting matters: the error falls by far."""
    errors = [((a.y - a.mean) ** 2).mean() for a in answered.values()]
    assert errors[0] > 2 * errors[1] > 2 * 1.2 * errors[2]


class One(NamedTuple):
    """One task with a random, untrained model in float64."""

    learner: BayesHead
    spec: Spec
    params: Params
    descriptor: Rows
    support: Support
    query: Query


def one(likelihood: str = "gaussian", rows: int = 6, items: int = 0, features: int = 4) -> One:
    """Rows of a table, or of a catalogue of which the first `rows` items were chosen."""
    rng = np.random.default_rng(3)
    classes = 3 if likelihood in ("categorical", "ordinal") else 1
    spec = Spec(Widths(2), Widths(1), likelihood, classes, items)
    learner = BayesHead(features=features, hidden=(5,))
    start = dict(learner.init(rng, spec, {"item_count": np.arange(items), "class_count": np.array([2, 1, 3])}))
    fixed = {"fixed": dict(start.pop("fixed"))} if items else {}
    params = jax.tree.map(lambda leaf: np.asarray(leaf + 0.3 * rng.normal(size=np.shape(leaf)), np.float64), start)
    params |= fixed
    y = {"gaussian": rng.normal(size=rows), "negative_binomial": rng.poisson(2.0, rows), "ranking": np.ones(rows)}
    target = y.get(likelihood, rng.integers(0, max(classes, 2), rows)).astype(np.float64)
    catalogue = plain(rng.normal(size=(items, 2)))
    item = np.arange(rows) if items else np.full(rows, -1)
    x = learner.embed(params, catalogue, np.arange(items))[:rows] if items else None
    x = learner.embed(params, plain(rng.normal(size=(rows, 2))), item) if x is None else x
    support = Support(x, item, target, rng.uniform(0.5, 2.0, rows), 0.1 * rng.normal(size=rows))
    every = learner.embed(params, catalogue if items else plain(rng.normal(size=(7, 2))), np.arange(items or 7))
    query = Query(every, np.arange(items) if items else np.full(7, -1), np.zeros(len(every)))
    return One(learner, spec, params, plain(rng.normal(size=1)), support, query)


def doubted(task: One, doubt: float) -> One:
    """The same rows, of each of which so much is left open."""
    support, query = task.support.x.copy(), task.query.x.copy()
    support[:, 1], query[:, 1] = doubt, doubt
    return task._replace(support=task.support._replace(x=support), query=task.query._replace(x=query))


def adapted(task: One, rows: Any = slice(None)) -> Head:
    """The head after these support rows."""
    return task.learner.adapt(task.spec, task.params, task.descriptor, cut(task.support, rows))


def cut(support: Support, rows: Any) -> Support:
    """Some rows of a support."""
    return Support(*(part[rows] for part in support[:-1]))


def close(a: tuple[Any, ...], b: tuple[Any, ...], tolerance: float = 1e-6) -> None:
    """Equal but for rounding."""
    for mine, other in zip(a, b, strict=True):
        np.testing.assert_allclose(mine, other, rtol=tolerance, atol=tolerance)


def belief(task: One, state: Head) -> Latent:
    """About every query row."""
    return task.learner.predict(task.spec, task.params, state, task.query)


@pytest.mark.parametrize("rows", [2, 4, 9])
def test_posterior_is_the_textbooks(rows: int) -> None:
    """Prior precision plus ΦᵀN⁻¹Φ, with fewer rows than features and with more."""
    task = one(rows=rows)
    prior, state = adapted(task, slice(0)), adapted(task)
    noise = np.exp(task.params["log_noise"]) + 1e-4
    np.testing.assert_allclose(state.noise, noise / task.support.weight, rtol=1e-9)
    precision = np.linalg.inv(prior.covariance) + state.phi.T @ np.diag(1 / state.noise) @ state.phi
    covariance = np.linalg.inv(precision)
    told = np.linalg.inv(prior.covariance) @ prior.mean + state.phi.T @ (
        (task.support.y - task.support.offset) / state.noise
    ).reshape(-1, 1)
    close((state.mean, state.covariance), (covariance @ told, covariance))


@pytest.mark.parametrize("likelihood", ["gaussian", "ranking"])
@pytest.mark.parametrize("first", [0, 1, 5])
def test_streaming_equals_batch(likelihood: str, first: int) -> None:
    """Rows in two portions lead to the same head as all at once; its answers too."""
    task = one(likelihood, rows=7, items=9 if likelihood == "ranking" else 0)
    streamed = task.learner.update(
        task.spec, task.params, adapted(task, slice(first)), cut(task.support, slice(first, None))
    )
    close(streamed, adapted(task))
    close(belief(task, streamed), belief(task, adapted(task)))


@pytest.mark.parametrize("likelihood", ["gaussian", "bernoulli", "categorical", "negative_binomial", "ordinal"])
def test_no_support_is_the_prior(likelihood: str) -> None:
    """The hypernetwork's mean and the learned variances; moved by the descriptor alone."""
    task = one(likelihood)
    head = adapted(task, slice(0))
    np.testing.assert_array_equal(head.covariance, np.diag(np.exp(-task.params["log_precision"])))
    other = adapted(task._replace(descriptor=plain(np.array([2.0]))), slice(0))
    assert np.abs(head.mean - other.mean).max() > 1e-3
    assert len(head.noise) == 0


@pytest.mark.parametrize("likelihood", ["bernoulli", "categorical", "negative_binomial", "ordinal"])
def test_mode_of_the_posterior(likelihood: str) -> None:
    """At the head's mean the gradient of log prior plus log likelihood is (nearly) nothing, if no row is in doubt."""
    from warmstart.learners.likelihoods import likelihood as named

    task = doubted(one(likelihood), 0.0)
    prior, state = adapted(task, slice(0)), adapted(task)
    eta = state.phi @ state.mean + task.support.offset[:, None] + cuts_of(task.params)
    gradient = named(likelihood).gradient(eta, task.support.y, np.exp(task.params["log_noise"]) + 1e-4)
    pull = state.phi.T @ (gradient * task.support.weight[:, None])
    hold = np.linalg.solve(prior.covariance, state.mean - prior.mean)
    assert np.abs(pull - hold).max() < 0.03 * np.abs(pull).max() + 0.03


@pytest.mark.parametrize("likelihood", ["bernoulli", "categorical", "ordinal"])
def test_doubt_of_a_row(likelihood: str) -> None:
    """What the encoder leaves open of a row of classes: such a row teaches less, and less is claimed of it."""
    task = one(likelihood)
    none, much = doubted(task, 0.0), doubted(task, 20.0)
    moved, less = (np.abs(adapted(each).mean - adapted(each, slice(0)).mean).max() for each in (none, much))
    assert less < 0.5 * moved
    assert belief(much, adapted(much)).variance.min() > belief(none, adapted(none)).variance.max()
    learned = task.params | {"log_doubt": np.log(20.0)}
    np.testing.assert_allclose(task.learner.embed(learned, plain(np.zeros((1, 2))), np.zeros(1))[:, 1], 20.0)


def test_weight_two_is_a_row_twice() -> None:
    """A weight counts like that many equal rows."""
    task = one(rows=3)
    task = task._replace(support=task.support._replace(weight=np.array([1.0, 2.0, 1.0])))
    twice = task._replace(support=cut(task.support._replace(weight=np.ones(3)), [0, 1, 1, 2]))
    close(adapted(task)[:2], adapted(twice)[:2])


def test_own_effects_are_the_textbooks() -> None:
    """Distinct items with an effect of their own: the mean is that of one joint Gaussian over items and choices."""
    task = one("ranking", rows=4, items=9)
    prior, state = adapted(task, slice(0)), adapted(task)
    whole = Support(task.query.x, task.query.item, np.ones(9), np.ones(9), np.zeros(9))
    every = adapted(task._replace(support=whole)).phi
    before, after = belief(task, prior).mean, belief(task, state).mean
    own = np.exp(task.params["log_own"]) * np.eye(9)
    shared = every @ prior.covariance @ every.T + own
    observed = shared[:4, :4] + np.diag(state.noise - np.diag(own)[:4])
    left = state.working[:, 0] - state.phi @ prior.mean[:, 0]
    np.testing.assert_allclose(after, before + shared[:, :4] @ np.linalg.solve(observed, left), rtol=1e-6, atol=1e-6)


def test_chosen_items_get_a_bonus() -> None:
    """After training, and in a ranking alone, an item that was chosen, however often, counts `repeat` more."""
    task = one("ranking", rows=4, items=9)
    task = task._replace(support=task.support._replace(item=np.array([0, 1, 1, 2])))
    after = task._replace(params=task.learner.finish(task.params, {}))
    more = belief(after, adapted(after)).mean - belief(task, adapted(task)).mean
    np.testing.assert_allclose(more, [task.learner.repeat] * 3 + [0.0] * 6, atol=1e-6)
    rated = one("gaussian", rows=4, items=9)
    assert rated.learner.finish(rated.params, {}) is rated.params


def test_rows_of_weight_zero_are_padding() -> None:
    """Neither their target nor their item counts."""
    task = one("ranking", rows=4, items=9)
    task = task._replace(params=task.learner.finish(task.params, {}))
    none = task._replace(support=task.support._replace(weight=np.array([1.0, 1.0, 0.0, 0.0])))
    close(belief(none, adapted(none)), belief(task, adapted(none, slice(2))))


def test_unknown_items_are_like_the_rarest() -> None:
    """Item -1, which no training task has, has its content and no vector of its own."""
    task = one("ranking", rows=1, items=5)
    content = plain(np.ones((5, 2)))
    unknown = task.learner.embed(task.params, content, np.full(5, -1))
    known = task.learner.embed(task.params, content, np.arange(5))
    assert np.ptp(unknown, axis=0).max() == 0
    assert np.ptp(known, axis=0).max() > 1e-3


@pytest.mark.parametrize(
    ("likelihood", "items"),
    [
        ("gaussian", 0),
        ("gaussian", 9),
        ("bernoulli", 0),
        ("categorical", 0),
        ("negative_binomial", 0),
        ("ordinal", 0),
        ("ordinal", 9),
        ("ranking", 9),
    ],
)
def test_contributions_add_up(likelihood: str, items: int) -> None:
    """Prior and parts give the latent, for every likelihood, after streaming, and with effects of the items' own."""
    task = one(likelihood, rows=6, items=items)
    task = task._replace(params=task.learner.finish(task.params, {}))
    state = adapted(task)
    if likelihood in task.learner.streaming:
        state = task.learner.update(task.spec, task.params, adapted(task, slice(2)), cut(task.support, slice(2, None)))
    prior, parts = task.learner.contributions(task.spec, task.params, task.descriptor, state, task.query)
    mean = belief(task, state).mean
    np.testing.assert_allclose(prior + parts.sum(axis=1), mean.reshape(prior.shape), rtol=1e-6, atol=1e-6)
    before = belief(task, adapted(task, slice(0))).mean
    np.testing.assert_allclose(prior, before.reshape(prior.shape), rtol=1e-6, atol=1e-6)


def test_variance_shrinks_with_support() -> None:
    """Every further row makes the belief about every query row narrower."""
    task = one(rows=6)
    widths = np.stack([belief(task, adapted(task, slice(k))).variance for k in range(7)])
    assert (np.diff(widths, axis=0) < 1e-9).all()
    assert (widths[-1] < widths[0] - 1e-3).all()


def test_wide_bags_are_not_read() -> None:
    """A bag of more members than `widest_bag` changes nothing: as if its column were not there."""
    narrow, wide = Widths(numbers=1, bags=(4,)), Widths(numbers=1, bags=(4, 9))
    number, bag = np.ones((2, 1), np.float32), np.array([[1, 2], [3, 0]])
    short, longer = (Rows(number, np.zeros((2, 0), int), bags) for bags in ((bag,), (bag, 2 * bag)))

    def embedded(learner: BayesHead, widths: Widths, rows: Rows) -> np.ndarray:
        params = learner.init(np.random.default_rng(0), Spec(widths, Widths(), "gaussian"), {})
        return np.asarray(learner.embed(params, rows, np.full(2, -1)))

    without = embedded(BayesHead(), narrow, short)
    np.testing.assert_array_equal(embedded(BayesHead(widest_bag=4), wide, longer), without)
    assert not np.array_equal(embedded(BayesHead(widest_bag=9), wide, longer), without)


def test_fewer_features_than_classes() -> None:
    """The head has a column a class, however few features there are."""
    head = adapted(one("categorical", features=2))
    assert head.mean.shape == (2, 3)
    assert head.working.shape == (6, 3)
