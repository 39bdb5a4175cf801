"""`table`: any table with a task key and a target; the way a shop brings its own problem."""

from __future__ import annotations

from types import MappingProxyType

from warmstart.scenarios._rows import CLASSES, COUNTS, LEVELS, NUMBERS, ROWS, TWO_CLASSES
from warmstart.scenarios.scenario import Scenario

__all__ = ["SCENARIO"]

_CONTESTS = {
    "gaussian": NUMBERS,
    "negative_binomial": COUNTS,
    "bernoulli": TWO_CLASSES,
    "categorical": CLASSES,
    "ordinal": LEVELS,
}

SCENARIO = Scenario(
    name="table",
    summary="Predict a number, class, level or count in any table whose rows belong to tasks, for tasks that are new.",
    task="whatever the task columns name: a make and model, a store and brand, a vendor, a site",
    asks="the task's first K rows → its other rows",
    decides="the prediction itself, with its interval or probability",
    contests=MappingProxyType(_CONTESTS),
    protocols=MappingProxyType(dict.fromkeys(_CONTESTS, "kshot")),
    settings=MappingProxyType(dict.fromkeys(_CONTESTS, ROWS)),
    data=("uk-used-car-prices", "orange-juice-scanner", "scms-supplier-delivery"),
)
