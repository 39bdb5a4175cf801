"""`launch`: how an item that is new will sell in its first weeks, from what it is and its first days."""

from __future__ import annotations

from types import MappingProxyType

from warmstart.engine.settings import Settings
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

_BASELINES = ("task_mean", "global_boost", "shifted", "support_features")

SCENARIO = Scenario(
    name="launch",
    summary="Predict the sales of a new item's first weeks before its first day, or some days into them.",
    task="a category, and how many days of an item have been seen",
    asks="the category's last K launches, with what they came to → its next ones",
    decides="what to launch or hold, and the first stock: a quantile of the prediction",
    contests=MappingProxyType(
        {
            "gaussian": Contest(
                learners=("auto", "bayes_head_on_global_boost", "bayes_head"),
                baselines=("scaled", *_BASELINES),
                metrics=("mae", "wape", "pinball", "top_fifth", "coverage90"),
            ),
            "negative_binomial": Contest(
                learners=("auto", "bayes_head"),
                baselines=_BASELINES,
                metrics=("mae", "wape", "pinball", "top_fifth"),
            ),
        }
    ),
    protocols=MappingProxyType(dict.fromkeys(("gaussian", "negative_binomial"), "next-rows")),
    settings=MappingProxyType(
        dict.fromkeys(
            ("gaussian", "negative_binomial"), Settings(steps=2000, batch=32, shots=(0, 1, 3, 5, 10), order="time")
        )
    ),
    data=("ta-feng", "ta-feng-launch-curve"),
)
