"""warmstart turns cold starts into warm ones: meta-train once over related tasks, adapt to a new one from a few rows.

    tasks = ws.TaskSet.from_table(orders, schema)
    model = ws.meta_train(tasks, learner=ws.BayesHead())
    shop = model.adapt(first_rows)
    answer = shop.predict(rows)

Every name below is imported when it is first used: `import warmstart` itself loads neither JAX nor LightGBM.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from warmstart._version import __version__

if TYPE_CHECKING:
    from warmstart.engine.meta_train import meta_train
    from warmstart.engine.model import MetaModel
    from warmstart.engine.storage import load
    from warmstart.errors import WarmstartError
    from warmstart.learners.bayes_head import BayesHead
    from warmstart.prediction import Prediction
    from warmstart.scenarios.catalog import scenario
    from warmstart.tables.schema import Column, Kind, Role, Schema, Target
    from warmstart.tables.table import Table
    from warmstart.tasks.taskset import TaskSet

__all__ = [
    "BayesHead",
    "Column",
    "Kind",
    "MetaModel",
    "Prediction",
    "Role",
    "Schema",
    "Table",
    "Target",
    "TaskSet",
    "WarmstartError",
    "__version__",
    "load",
    "meta_train",
    "scenario",
]

_HOME = {
    "BayesHead": "warmstart.learners.bayes_head",
    "Column": "warmstart.tables.schema",
    "Kind": "warmstart.tables.schema",
    "MetaModel": "warmstart.engine.model",
    "Prediction": "warmstart.prediction",
    "Role": "warmstart.tables.schema",
    "Schema": "warmstart.tables.schema",
    "Table": "warmstart.tables.table",
    "Target": "warmstart.tables.schema",
    "TaskSet": "warmstart.tasks.taskset",
    "WarmstartError": "warmstart.errors",
    "load": "warmstart.engine.storage",
    "meta_train": "warmstart.engine.meta_train",
    "scenario": "warmstart.scenarios.catalog",
}


def __getattr__(name: str) -> object:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    value: object = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
