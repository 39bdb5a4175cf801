"""`demand`: what a series that is new sells in the next periods, from what it is and its first ones."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import COUNTS, NUMBERS, ROWS
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

_CONTESTS = {
    likelihood: replace(
        rows,
        baselines=("seasonal_naive", "auto_ets", "auto_theta", *rows.baselines),
        candidates=(*rows.learners[1:], "seasonal_naive", *rows.baselines),  # `auto` needs no further package
        metrics=("mae", "mase", "wql", "wape", "coverage90"),
    )
    for likelihood, rows in (("gaussian", NUMBERS), ("negative_binomial", COUNTS))
}

SCENARIO = Scenario(
    name="demand",
    summary="Forecast the sales of a store, or a product, or a product in a store, of which few periods are known.",
    task="one series: a store, a product, or a product in a store",
    asks="the series' last K periods (0: only what it is) → its next ones",
    decides="what to order, staff and plan for: quantiles of every coming period",
    contests=MappingProxyType(_CONTESTS),
    protocols=MappingProxyType(dict.fromkeys(_CONTESTS, "next-periods")),
    settings=MappingProxyType(
        dict.fromkeys(_CONTESTS, replace(ROWS, shots=(0, 1, 2, 4, 8, 16), order="time", ahead=True))
    ),
    data=("walmart-weekly-store-sales", "ta-feng", "orange-juice-scanner", "complete-journey"),
)
