"""`KaplanMeier`: shares of those at risk, by hand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from warmstart.engine.meta_train import meta_train
from warmstart.engine.model import MetaModel
from warmstart.errors import UsageError
from warmstart.learners.kaplan_meier import KaplanMeier
from warmstart.learners.task_mean import TaskMean
from warmstart.tables.person_periods import person_periods
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tasks.taskset import TaskSet

SCHEMA = Schema(
    (
        Column("shop", Role.TASK, Kind.CATEGORY),
        Column("unit", Role.UNIT),
        Column("starts", Role.FEATURE),
        Column("at_risk", Role.WEIGHT),
        Column("came", Role.TARGET, Kind.CATEGORY),
    ),
    Target.CLASS,
)


def fitted(learner: object) -> MetaModel:
    """In each of two shops, of 200 customers 40 come in the first interval, 80 of 160 in the second, 10 of 40 later.

    Half of the 80 who are left after the second are lost sight of there.
    """
    days = [3.0] * 40 + [9.0] * 80 + [14.0] * 40 + [20.0] * 10 + [60.0] * 30
    came = [1] * 120 + [0] * 40 + [1] * 10 + [0] * 30
    frame = pl.DataFrame({"shop": ["a"] * 200 + ["b"] * 200, "days": days * 2, "back": came * 2})
    rows = person_periods(frame, duration="days", event="back", edges=(7, 14, 28))
    return meta_train(TaskSet.from_table(rows, SCHEMA), learner)


def hazards(learner: object, starts: list[float]) -> np.ndarray:
    """Of a new shop."""
    return fitted(learner).adapt(None).predict(pl.DataFrame({"starts": starts})).probability[:, 1]


def test_shares_by_hand() -> None:
    """0.2, a half, a quarter; who was lost counts until then. An interval never seen is as the one before."""
    np.testing.assert_allclose(hazards(KaplanMeier(), [0, 7, 14, 99]), [0.2, 0.5, 0.25, 0.25], atol=0.003)


def test_a_mean_of_rows_is_no_curve() -> None:
    """`task_mean` looks at no column: it gives every interval the share of all rows, 130 of 400."""
    np.testing.assert_allclose(hazards(TaskMean(), [0, 7, 14]), [0.325] * 3, atol=0.003)


def test_a_missing_column_is_named() -> None:
    """Which it is can be said."""
    with pytest.raises(UsageError, match="kaplan_meier: no feature 'from' of kind 'number'; there are: starts"):
        fitted(KaplanMeier(starts="from"))
