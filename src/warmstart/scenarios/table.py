"""`table`: any table with a task key and a target; the way a shop brings its own problem."""

from __future__ import annotations

from types import MappingProxyType

from warmstart.engine.settings import Settings
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

_NUMBERS = Contest(
    learners=("auto", "bayes_head_on_global_boost", "bayes_head", "maml"),
    baselines=("global_boost", "per_task", "task_mean", "shifted", "support_features"),
    metrics=("mae", "rmse", "nll", "coverage90"),
)
_CLASSES = Contest(
    learners=("auto", "bayes_head", "maml", "prototypes"),
    baselines=("global_boost", "per_task", "task_mean", "shifted", "support_features"),
    metrics=("log_loss", "accuracy", "brier", "auc"),
)
_TRAIN = Settings(steps=3000, batch=32)

SCENARIO = Scenario(
    name="table",
    summary="Predict a number, class or count in any table whose rows belong to tasks, for tasks that are new.",
    task="whatever the task columns name: a make and model, a store and brand, a vendor, a site",
    asks="the task's first K rows → its other rows",
    decides="the prediction itself, with its interval or probability",
    contests=MappingProxyType(
        {
            "gaussian": _NUMBERS,
            "negative_binomial": Contest(_NUMBERS.learners, _NUMBERS.baselines, ("mae", "rmse", "nll")),
            "bernoulli": _CLASSES,
            "categorical": _CLASSES,
        }
    ),
    protocols=MappingProxyType(dict.fromkeys(("gaussian", "negative_binomial", "bernoulli", "categorical"), "kshot")),
    settings=MappingProxyType(dict.fromkeys(("gaussian", "negative_binomial", "bernoulli", "categorical"), _TRAIN)),
    data=("uk-used-car-prices", "orange-juice-scanner", "scms-supplier-delivery"),
)
