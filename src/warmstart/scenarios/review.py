"""`review`: what a customer thinks, from the words of a review and a few reviews of the same product, shop or kind."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import CLASSES, LEVELS, NUMBERS, ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

_TARGETS = ("gaussian", "bernoulli", "categorical", "ordinal")
_FEW = replace(ROWS, shots=(0, 1, 2, 5, 10))

SCENARIO = Scenario(
    name="review",
    summary="Predict the stars or the sentiment of a review from its words and from a few that are rated.",
    task="a product, a user, a category or a domain of goods",
    asks="K reviews with their stars or sentiment → reviews without",
    decides="what is read first, and what customers are unhappy about",
    contests=MappingProxyType(
        {
            "gaussian": replace(
                NUMBERS, baselines=(*NUMBERS.baselines, "words"), metrics=("mae", "rmse", "qwk", "nll", "coverage90")
            ),
            "bernoulli": replace(
                TWO_CLASSES,
                baselines=(*TWO_CLASSES.baselines, "words"),
                metrics=("log_loss", "accuracy", "auc", "brier", "ece"),
            ),
            "categorical": replace(CLASSES, metrics=("log_loss", "accuracy", "qwk", "brier")),
            "ordinal": replace(LEVELS, baselines=(*LEVELS.baselines, "words")),
        }
    ),
    protocols=MappingProxyType(dict.fromkeys(_TARGETS, "kshot")),
    settings=MappingProxyType(dict.fromkeys(_TARGETS, _FEW)),
    data=("clothing-reviews", "clothing-reviews-stars", "amazon-arsc-fewshot-sentiment", "online-shopping-10-cats-zh"),
)
