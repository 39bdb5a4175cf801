"""`quality`: which pieces are likely to be bad, from a few that were inspected."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="quality",
    summary="Predict which pieces, shipments or listings are bad, from a few of their kind that were inspected.",
    task="a product, a class of products, a seller, a site",
    asks="K inspected pieces with the finding → pieces that nobody has inspected",
    decides="what to hold, to inspect, or to let pass",
    contests=MappingProxyType(
        {
            "bernoulli": replace(
                TWO_CLASSES,
                baselines=(*TWO_CLASSES.baselines, "words", "isolation_forest"),
                metrics=("log_loss", "auc", "auprc", "brier", "ece"),
            )
        }
    ),
    protocols=MappingProxyType({"bernoulli": "kshot"}),
    settings=MappingProxyType({"bernoulli": replace(ROWS, shots=(0, 1, 2, 5, 10))}),
    data=("clothing-reviews", "ecommerce-shipping-warehouse", "wish-summer-products"),
)
