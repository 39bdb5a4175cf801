"""`credit`: which loans of a lender's segment default."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="credit",
    summary="Predict which loans default, for a lender or a segment that is new.",
    task="a lender's segment: a bank and sector, a region, a kind of buyer",
    asks="K past loans, with what became of them → applications",
    decides="whom to lend to, how much and at what rate",
    contests=MappingProxyType(
        {
            "bernoulli": replace(
                TWO_CLASSES,
                baselines=(*TWO_CLASSES.baselines, "logistic", "scorecard"),
                metrics=("log_loss", "auc", "ks", "brier", "ece"),
            )
        }
    ),
    protocols=MappingProxyType({"bernoulli": "kshot"}),
    settings=MappingProxyType({"bernoulli": replace(ROWS, shots=(0, 1, 2, 5, 10))}),  # segments are small
    data=("credit-loans", "credit-loans-consumers"),
)
