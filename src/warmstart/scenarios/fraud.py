"""`fraud`: which orders of a market are fraud."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="fraud",
    summary="Predict which orders, payments or clicks are fraud, in a market or channel that is new.",
    task="a country, a merchant, a payment method, a channel",
    asks="K orders of which it is known whether they were fraud → later ones",
    decides="what to approve, to review and to reject, by expected cost",
    contests=MappingProxyType(
        {
            "bernoulli": replace(
                TWO_CLASSES,
                baselines=(*TWO_CLASSES.baselines, "logistic", "isolation_forest"),
                metrics=("log_loss", "auc", "auprc", "brier", "ece", "recall@fpr1"),
            )
        }
    ),
    protocols=MappingProxyType({"bernoulli": "kshot"}),
    settings=MappingProxyType({"bernoulli": ROWS}),
    data=("ecommerce-fraud", "ecommerce-fraud-payments", "talkingdata-adfraud-sample"),
)
