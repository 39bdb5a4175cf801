"""`market`: who answers a new campaign, from a pilot of K customers; and whom it changes."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._rows import ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="market",
    summary="Predict who answers a campaign that is new, and how much more a customer does because of it.",
    task="a campaign or offer, or one among the customers of a segment",
    asks="K customers of a pilot, with what they did → the other customers",
    decides="who gets which coupon: those with the largest answer or effect first, as far as the budget reaches",
    contests=MappingProxyType(
        {
            "bernoulli": replace(TWO_CLASSES, metrics=("log_loss", "auc", "brier", "ece")),
            "gaussian": Contest(
                learners=("auto", "bayes_head_on_global_boost", "bayes_head"),
                baselines=(
                    "response_model",
                    "t_learner",
                    "local_t_learner",
                    "x_learner",
                    "global_boost",
                    "per_task",
                    "task_mean",
                    "shifted",
                    "support_features",
                ),
                metrics=("qini", "uplift@20"),
            ),
        }
    ),
    protocols=MappingProxyType(dict.fromkeys(("bernoulli", "gaussian"), "later-tasks")),
    settings=MappingProxyType(  # a shop has run some tens of campaigns, so a step takes few of them
        {
            "bernoulli": replace(ROWS, steps=800, batch=8, shots=(0, 5, 20, 50)),
            "gaussian": replace(ROWS, steps=600, batch=8, shots=(0, 20, 100, 200), queries=100),
        }
    ),
    data=("marketing-campaign-ifood", "complete-journey", "complete-journey-uplift"),
)
