"""`behaviour`: what a user does next, from the events so far."""

from __future__ import annotations

from types import MappingProxyType

from warmstart.engine.settings import Settings
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

_ORDERED = {"hyper_network": {"encoder": "gru"}}  # reads the events in their order
_CLASSES = Contest(
    learners=("auto", "bayes_head", "hyper_network", "maml"),
    baselines=("last_label", "task_mean", "global_boost", "shifted", "support_features"),
    metrics=("log_loss", "auc", "accuracy", "brier"),
    parameters=_ORDERED,
)

SCENARIO = Scenario(
    name="behaviour",
    summary="Predict a user's next event: its kind, whether or when the user returns.",
    task="a user",
    asks="the user's last K events, with what followed each → what follows the next ones",
    decides="the next best action for each user, and how many will come",
    contests=MappingProxyType(
        {
            "bernoulli": _CLASSES,
            "categorical": _CLASSES,
            "gaussian": Contest(
                learners=("auto", "bayes_head_on_global_boost", "bayes_head", "hyper_network"),
                baselines=("scaled", "task_mean", "global_boost", "shifted", "support_features"),
                metrics=("mae", "rmse", "nll", "coverage90"),
                parameters=_ORDERED,
            ),
        }
    ),
    protocols=MappingProxyType(dict.fromkeys(("bernoulli", "categorical", "gaussian"), "next-rows")),
    settings=MappingProxyType(
        dict.fromkeys(
            ("bernoulli", "categorical", "gaussian"),
            Settings(steps=2000, batch=64, shots=(0, 1, 2, 5), order="time"),
        )
    ),
    data=("ta-feng",),
)
