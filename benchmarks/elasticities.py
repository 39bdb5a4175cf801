"""Own-price elasticities from a few weeks of orange juice in a new store, against what its later weeks say."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl
from scipy import stats

import warmstart as ws
from warmstart.explain.elasticity import elasticities
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import load_problem
from warmstart.tasks.split import hold_out

_LEARNERS = ("hierarchical", "bayes_head", "least_squares")
_WEEKS = (4, 8, 16, 32)
_BEFORE = 40  # weeks of each task before the cut
_TASKS, _SEED = 100, 0
_LEVEL = 0.9
_STILL, _FLAT = 1e-3, 1e-6  # deviations below which the own price stays, and any other column says nothing
_OWN = "log_own_price"
_COLUMNS = (_OWN, "log_cheapest_rival", "log_mean_rival", "deal", "feat")


class Slope(NamedTuple):
    """A slope and its standard error, with as many degrees of freedom."""

    value: float
    error: float
    free: float

    @property
    def half(self) -> float:
        """Half of the interval."""
        return float(stats.t.ppf((1 + _LEVEL) / 2, self.free) * self.error)


def measure() -> Iterator[tuple[str, float, str, str]]:
    """By how much each way misses the slope of later weeks, and how often its interval holds it.

    The later slope has an error of its own, which is added to the interval's; the median of that error is told too.
    """
    pricing = scenario("pricing")
    problem = load_problem(pricing, "orange-juice-scanner")
    split = hold_out(ws.TaskSet.of(problem.table), problem.sampling.new_tasks, _SEED)
    tasks = split.new.frame.partition_by(problem.table.schema.task, maintain_order=True)
    rng = np.random.default_rng(_SEED)
    chosen = [tasks[i] for i in np.sort(rng.permutation(len(tasks))[:_TASKS])]
    later = [_least_squares(task[_BEFORE:]) for task in chosen]
    known = [i for i, slope in enumerate(later) if slope is not None]
    truth = [slope for slope in later if slope is not None]
    yield "new tasks whose later weeks tell a slope", float(len(known)), "", "-"
    yield "median standard error of the later slope", float(np.median([slope.error for slope in truth])), "", "-"
    yield "mean of the later slopes", float(np.mean([slope.value for slope in truth])), "", "-"
    train, task = split.train.frame, problem.table.schema.task
    yield from _lines("pooled least squares", [_within(train, task)] * len(truth), truth)
    brands = [chosen[i]["brand"][0] for i in known]
    of_brand = {brand: _within(train.filter(pl.col("brand") == brand), task) for brand in set(brands)}
    yield from _lines("pooled least squares of the brand", [of_brand[brand] for brand in brands], truth)
    for k in _WEEKS:
        told = [chosen[i][_BEFORE - k : _BEFORE] for i in known]
        yield from _lines(f"least squares of {k} weeks", [_least_squares(rows) for rows in told], truth)
    for name in _LEARNERS:
        learner = pricing.contest(problem.likelihood).make(name)
        model = ws.meta_train(split.train, learner, settings=problem.settings)
        for k in _WEEKS:
            found = [_adapted(model, chosen[i], k) for i in known]
            yield from _lines(f"{name} of {k} weeks", found, truth)


def _lines(name: str, found: list[Slope | None], truth: list[Slope]) -> Iterator[tuple[str, float, str, str]]:
    """Mean absolute error and coverage among the tasks that have a slope."""
    pairs = [(a, b) for a, b in zip(found, truth, strict=True) if a is not None]
    if not pairs:
        yield f"{name}: tasks with a slope", 0.0, "", "-"
        return
    apart = np.array([abs(a.value - b.value) for a, b in pairs])
    half = np.array([np.hypot(a.half, b.half) for a, b in pairs])
    yield f"{name}: mean absolute error", float(apart.mean()), "", "-"
    yield f"{name}: median absolute error", float(np.median(apart)), "", "-"
    yield f"{name}: in the 90 % interval", float(100 * (apart <= half).mean()), "%", "-"
    yield f"{name}: median width of the interval", float(np.median([2 * a.half for a, _ in pairs])), "", "-"


def _adapted(model: ws.MetaModel, task: pl.DataFrame, k: int) -> Slope | None:
    """At the mean prices of the support; its interval taken back to a standard error."""
    support = task[_BEFORE - k : _BEFORE]
    asked = support.select(pl.col(*_COLUMNS).mean())
    said = elasticities(model.adapt(support), asked, _OWN, logarithm=True, level=_LEVEL)
    if said.low is None or said.high is None:
        return None
    error = (said.high[0] - said.low[0]) / 2 / stats.norm.ppf((1 + _LEVEL) / 2)
    return Slope(float(said.mean[0]), float(error), np.inf)


def _least_squares(rows: pl.DataFrame) -> Slope | None:
    """Of the log units on columns that vary; None where rows are too few or the own price stays."""
    x, y = rows.select(_COLUMNS).to_numpy(), np.log(rows["units"].to_numpy())
    return _slope(x - x.mean(axis=0), y - y.mean(), 1)


def _within(rows: pl.DataFrame, task: tuple[str, ...]) -> Slope:
    """Of all rows, each task around its own mean."""
    centred = rows.select(
        pl.col(*_COLUMNS) - pl.col(*_COLUMNS).mean().over(task),
        log_units=pl.col("units").log() - pl.col("units").log().mean().over(task),
    )
    found = _slope(
        centred.select(_COLUMNS).to_numpy(),
        centred["log_units"].to_numpy(),
        rows.select(pl.struct(task).n_unique()).item(),
    )
    assert found is not None
    return found


def _slope(x: np.ndarray, y: np.ndarray, means: int) -> Slope | None:
    """The first column's coefficient, `means` having been taken off."""
    if x[:, 0].std() <= _STILL:
        return None
    x = x[:, x.std(axis=0) > _FLAT]
    free = len(x) - x.shape[1] - means
    if free < 1 or np.linalg.matrix_rank(x) < x.shape[1]:
        return None
    inverse = np.linalg.inv(x.T @ x)
    found = inverse @ x.T @ y
    noise = ((y - x @ found) ** 2).sum() / free
    return Slope(float(found[0]), float(np.sqrt(noise * inverse[0, 0])), float(free))
