"""`pricing`: how a product sells in a store at the prices of the weeks to come: its demand curve."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import NUMBERS, ROWS
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="pricing",
    summary="Predict a product's sales at given prices, its own and its rivals', from a few weeks in a store.",
    task="a product in a store, or a retailer in a market",
    asks="K weeks with prices, promotions, rivals' prices and sales → sales of later weeks at the prices then",
    decides="which price, and when: own and cross elasticity, with intervals, are slopes of the answer",
    contests=MappingProxyType(
        {
            "gaussian": replace(
                NUMBERS,
                learners=("auto", "bayes_head_on_global_boost", "bayes_head"),
                baselines=(*NUMBERS.baselines, "least_squares", "words", "hierarchical"),
                metrics=("mae", "wape", "nll", "coverage90"),
            )
        }
    ),
    protocols=MappingProxyType({"gaussian": "kshot"}),
    settings=MappingProxyType({"gaussian": replace(ROWS, shots=(0, 2, 4, 8, 16))}),
    data=("orange-juice-scanner", "cheese-scanner", "retail-price-competitors"),
)
