"""`price`: what a thing costs now, from a few prices of things like it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import NUMBERS, ROWS
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="price",
    summary="Predict what a thing costs now, with an interval, from a few prices of its make, category or market.",
    task="a make and model, a category, a product, a market",
    asks="K listings with their prices → another listing; with a column of time, the K prices before → the next ones",
    decides="what to ask or offer, within which bounds, and which listing is out of line",
    contests=MappingProxyType(
        {
            "gaussian": replace(
                NUMBERS,
                baselines=(*NUMBERS.baselines, "words", "comparables", "last_value"),
                metrics=("mae", "mape", "pinball", "coverage90", "nll"),
            )
        }
    ),
    protocols=MappingProxyType({"gaussian": "kshot"}),
    settings=MappingProxyType({"gaussian": ROWS}),
    data=("uk-used-car-prices", "uk-used-car-prices-new-makes", "wine-prices", "retail-price-competitors"),
)
