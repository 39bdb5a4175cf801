"""`churn`: which customers of a segment leave, or when they come back."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

_GENERAL = (*TWO_CLASSES.baselines, "logistic")

SCENARIO = Scenario(
    name="churn",
    summary="Predict which customers leave or do not come back, or when, in a segment or a cohort that is new.",
    task="a segment, a market, or those who first bought on one day",
    asks="K customers of whom it is known whether they left → the others, or the same later",
    decides="whom to win back: those most likely to leave, under a budget",
    contests=MappingProxyType(
        {
            "bernoulli": replace(
                TWO_CLASSES,
                baselines=(*_GENERAL, "bg_nbd", "kaplan_meier"),
                candidates=(*TWO_CLASSES.learners[1:], *_GENERAL),  # the last two cannot read every table
                metrics=("log_loss", "auc", "auprc", "brier", "ece", "c_index", "ibs"),  # the last two of hazards
            )
        }
    ),
    protocols=MappingProxyType({"bernoulli": "kshot"}),
    settings=MappingProxyType({"bernoulli": ROWS}),
    data=("ecommerce-customer-churn", "cdnow", "cdnow-next-purchase"),
)
