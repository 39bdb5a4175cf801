"""What the scenarios over rows of a table share: who competes for which target, and how they train."""

from __future__ import annotations

from dataclasses import replace

from warmstart.engine.settings import Settings
from warmstart.scenarios.scenario import Contest

__all__ = ["CLASSES", "COUNTS", "LEVELS", "NUMBERS", "ROWS", "TWO_CLASSES"]

NUMBERS = Contest(
    learners=("auto", "bayes_head_on_global_boost", "bayes_head", "linear_head", "maml"),
    baselines=("global_boost", "per_task", "task_mean", "shifted", "support_features"),
    metrics=("mae", "rmse", "nll", "coverage90"),
)
COUNTS = Contest(NUMBERS.learners, NUMBERS.baselines, ("mae", "rmse", "nll"))
TWO_CLASSES = Contest(
    learners=("auto", "bayes_head", "linear_head_on_global_boost", "linear_head", "maml", "prototypes"),
    baselines=("global_boost", "per_task", "task_mean", "shifted", "support_features"),
    metrics=("log_loss", "accuracy", "brier", "auc"),
)
# Of more than two classes nothing stands on top of another model.
CLASSES = replace(TWO_CLASSES, learners=tuple(name for name in TWO_CLASSES.learners if "_on_" not in name))
LEVELS = Contest(
    learners=("auto", "bayes_head", "linear_head", "maml"),
    baselines=CLASSES.baselines,
    metrics=("log_loss", "qwk", "accuracy", "mae", "rmse"),
)
ROWS = Settings(steps=3000, batch=32)
