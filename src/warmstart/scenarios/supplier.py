"""`supplier`: how a supplier of whom little is known will deliver."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import NUMBERS, ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

_SETTINGS = replace(ROWS, shots=(0, 1, 2, 5, 10), order="time")

SCENARIO = Scenario(
    name="supplier",
    summary="Predict whether a supplier's next shipments come late, or by how many days, from its last ones.",
    task="a supplier",
    asks="its last K shipments before a day, with what became of them → the next ones",
    decides="whom to order from, and how early",
    contests=MappingProxyType(
        {
            "bernoulli": replace(TWO_CLASSES, metrics=("log_loss", "auc", "brier", "ece")),
            "gaussian": replace(NUMBERS, metrics=("mae", "rmse", "pinball", "coverage90", "nll")),
        }
    ),
    protocols=MappingProxyType(dict.fromkeys(("bernoulli", "gaussian"), "next-rows")),
    settings=MappingProxyType(dict.fromkeys(("bernoulli", "gaussian"), _SETTINGS)),
    data=("scms-supplier-delivery", "scms-days-late"),
)
