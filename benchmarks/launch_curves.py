"""Demand curves of new items of Ta-Feng, and how often they rise: `python -m benchmarks.launch_curves PICTURE`."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl

import warmstart as ws
from benchmarks.launch_picture import Panel, write_picture
from warmstart.decide.demand_curve import demand_curve
from warmstart.evaluate.protocols import protocol
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem, load_problem

_LEARNER, _SHOTS, _SEED = "support_features", 10, 0
_LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
_SOLD = ((1, 2), (3, 9), (10, np.inf))  # units in two weeks: the picture has an item of each
_AFTER = 3  # days after which they are looked at again


class Curve(NamedTuple):
    """One new item, after some days of it."""

    item: str
    days_seen: int
    sold: float
    horizon: np.ndarray
    """int64[horizons]: days"""
    units: np.ndarray
    """float64[horizons]: what was sold"""
    foreseen: np.ndarray
    """float64[levels, horizons]: quantiles as predicted"""

    @property
    def ordered(self) -> np.ndarray:
        """float64[levels, horizons]: the same as a curve that rises."""
        return demand_curve(self.foreseen, self.sold)


def curves() -> list[Curve]:
    """Later launches of new categories, foreseen after the last ten launches before the cut-off."""
    launch = scenario("launch")
    problem = load_problem(launch, "ta-feng-launch-curve")
    (plan,) = protocol("next-rows")(problem.table, problem.sampling, _SEED)
    learner = launch.contest(problem.likelihood).make(_LEARNER)
    model = ws.meta_train(plan.train, learner, settings=problem.settings)
    new = plan.trials[0].tasks.firsts["category"].unique().to_list()
    answers = pl.concat(_answers(model, problem, new))
    parts = answers.sort("horizon_days").partition_by("item", "days_seen", maintain_order=True)
    return [_curve(part) for part in parts if part.height > 1]


def lines(found: list[Curve]) -> Iterator[str]:
    """How often the median rises by itself, and what putting it in order changes."""
    rising = [bool((np.diff(curve.foreseen[2]) >= 0).all()) for curve in found]
    yield f"{len(found):,} curves of {len({curve.item for curve in found}):,} new items"
    for days in sorted({curve.days_seen for curve in found}):
        own = [rises for curve, rises in zip(found, rising, strict=True) if curve.days_seen == days]
        yield f"after {days} days: {100 * np.mean(own):.1f} % of {len(own):,} medians rise"
    units = np.concatenate([curve.units for curve in found])
    for name in ("foreseen", "ordered"):
        low90, low50, median, high50, high90 = np.concatenate([getattr(curve, name) for curve in found], axis=1)
        wape = np.abs(median - units).sum() / units.sum()
        inside = [100 * np.mean((low <= units) & (units <= high)) for low, high in ((low50, high50), (low90, high90))]
        yield f"{name}: wape {wape:.4f}, {inside[0]:.1f} % in the 50 % band, {inside[1]:.1f} % in the 90 % band"


def panels(found: list[Curve]) -> list[list[Panel]]:
    """Before the first day and after three: one item of few, one of some and one of many units, drawn at random."""
    rng = np.random.default_rng(_SEED)
    first = [curve for curve in found if curve.days_seen == 0]
    chosen = [_drawn([c for c in first if low <= c.units[-1] <= high], rng) for low, high in _SOLD]
    later = {curve.item: curve for curve in found if curve.days_seen == _AFTER}
    return [[_panel(c, c) for c in chosen], [_panel(later[c.item], c) for c in chosen]]


def _drawn(among: list[Curve], rng: np.random.Generator) -> Curve:
    return among[rng.integers(len(among))]


def _answers(model: ws.MetaModel, problem: Problem, categories: list[str]) -> Iterator[pl.DataFrame]:
    """Of each task with enough launches before the cut-off its later rows, with a column for each level."""
    table = problem.table
    rows = table.frame.filter(pl.col("category").is_in(categories))
    early = pl.col("launched") < table.cutoff
    for task in rows.partition_by(table.schema.task, maintain_order=True):
        support, query = task.filter(early).tail(_SHOTS), task.filter(~early)
        if support.height == _SHOTS and query.height:
            quantiles = model.adapt(support).predict(query).quantile(_LEVELS)
            yield query.with_columns(pl.Series(f"{p:g}", q) for p, q in zip(_LEVELS, quantiles, strict=True))


def _curve(rows: pl.DataFrame) -> Curve:
    """The rows of one item and number of days seen, shortest horizon first."""
    item, days, log_sold = rows.select("item", "days_seen", "log_sold").row(0)
    foreseen = rows.select(f"{p:g}" for p in _LEVELS).to_numpy().T
    return Curve(
        item, days, float(np.expm1(log_sold)), rows["horizon_days"].to_numpy(), rows["units"].to_numpy(), foreseen
    )


def _panel(curve: Curve, whole: Curve) -> Panel:
    """A curve from what is sold on, beside all that was sold."""
    name = f"item {curve.item}"
    day = np.concatenate([[curve.days_seen], curve.horizon])
    bands = np.column_stack([np.full(len(_LEVELS), curve.sold), curve.ordered])
    return Panel(name, day, bands, np.concatenate([[0], whole.horizon]), np.concatenate([[0.0], whole.units]))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m benchmarks.launch_curves", description=__doc__)
    parser.add_argument("picture", type=Path, metavar="PICTURE", help="where to write the PNG")
    arguments = parser.parse_args()
    made = curves()
    print("\n".join(lines(made)))
    write_picture(panels(made), arguments.picture)
