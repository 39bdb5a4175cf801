"""The data-quality report: each finding on a table where it can be counted by hand."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError
from warmstart.tables.quality import QualityReport, inspect
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

N = 40
NOISE = np.random.default_rng(0).normal(size=N)


def report(kind: Target = Target.NUMBER, feature: Kind = Kind.NUMBER, **columns: Any) -> QualityReport:
    """Inspect rows of the tasks a (30 rows) and b (10 rows) with a target y and features of one kind."""
    frame = pl.DataFrame({"task": ["a"] * 30 + ["b"] * 10, "y": NOISE} | columns)
    declared = [Column("task", Role.TASK, Kind.CATEGORY), Column("y", Role.TARGET)]
    features = [Column(c, Role.FEATURE, feature) for c in columns if c != "y"]
    return inspect(Table("t", frame, Schema((*declared, *features), kind)))


def test_counts() -> None:
    """Rows, tasks and their sizes, missing values, a constant column, an outlier, nothing else."""
    gaps = [None, float("nan"), *np.arange(N - 3.0), 1e9]
    found = report(x=gaps, flat=[1] * N)
    assert (found.rows, found.tasks, found.duplicate_rows) == (40, 2, 0)
    assert (found.task_rows["min"], found.task_rows["max"]) == (10, 30)
    assert found.constant == ("flat",)
    assert found.missing == {"x": 2 / 40}
    assert found.outliers == {"x": 1 / 38}
    assert found.target["mean"] == pytest.approx(NOISE.mean())
    assert found.leaks == ()
    found.raise_if_unusable()


def test_arms_of_a_treatment() -> None:
    """Who was treated, what both did, and how likely it was; nothing where no effect is asked."""
    frame = pl.DataFrame({"task": [1, 1, 2, 2], "sent": [1, 0, 0, 0], "y": [9.0, 1, 2, 3], "e": [0.5, 0.2, 0.3, None]})
    columns = (Column("task", Role.TASK), Column("sent", Role.TREATMENT), Column("y", Role.TARGET))
    found = inspect(Table("t", frame, Schema((*columns, Column("e", Role.PROPENSITY)))))
    arms = {"share": 0.25, "mean of others": 2.0, "mean of treated": 9.0}
    assert found.treatment == {**arms, "least propensity": 0.2, "greatest": 0.5}
    assert "treatment     share 0.25  mean of others 2  mean of treated 9" in found.text()
    assert inspect(Table("t", frame, Schema(columns))).treatment == arms
    assert report().treatment == {}


def test_duplicate_rows() -> None:
    """A row that comes three times is two duplicates."""
    y = [*NOISE[:-2], NOISE[-3], NOISE[-3]]
    assert report(y=y).duplicate_rows == 2


def test_class_counts() -> None:
    """Most frequent first."""
    found = report(Target.CLASS, y=["yes"] * 25 + ["no"] * 15)
    assert list(found.target.items()) == [("yes", 25.0), ("no", 15.0)]


@pytest.mark.parametrize(
    ("x", "how"),
    [
        (NOISE, "equals the target"),
        (np.exp(NOISE), "is a monotone transform of the target"),
        (-3 * NOISE, "is a monotone transform of the target"),
    ],
)
def test_copy_of_the_target_is_refused(x: np.ndarray, how: str) -> None:
    """The target itself, its exponential, its negative multiple."""
    found = report(x=x)
    assert [(leak.column, leak.how, leak.copy) for leak in found.leaks] == [("x", how, True)]
    with pytest.raises(DataError, match=f"column 'x': {how}.*declare it with role ignore"):
        found.raise_if_unusable()


def test_near_copy_is_reported_only() -> None:
    """One swapped pair of neighbours is no exact transform, but suspicious."""
    y = np.arange(N * 5.0)
    x = y.copy()
    x[[3, 4]] = x[[4, 3]]
    frame = pl.DataFrame({"task": ["a", "b"] * 100, "y": y, "x": x})
    schema = Schema((Column("task", Role.TASK, Kind.CATEGORY), Column("y", Role.TARGET), Column("x", Role.FEATURE)))
    found = inspect(Table("t", frame, schema))
    assert [(leak.how, leak.copy) for leak in found.leaks] == [("orders rows as the target does", False)]
    found.raise_if_unusable()


def test_category_that_decides_the_class() -> None:
    """Four colours that always have one class each are a leak; the class under other names is refused."""
    y = ["yes", "no"] * 20
    decides = report(Target.CLASS, Kind.CATEGORY, y=y, x=["red", "blue", "pink", "grey"] * 10)
    assert [(leak.how, leak.copy) for leak in decides.leaks] == [("decides the class", False)]
    renamed = report(Target.CLASS, Kind.CATEGORY, y=y, x=["bought", "left"] * 20)
    with pytest.raises(DataError, match="column 'x': is the target under other names"):
        renamed.raise_if_unusable()


def test_a_number_that_decides_the_class_often_enough_is_refused() -> None:
    """20 rows of each of two values prove it; 20 of one class and few of each other value, or twins, do not."""
    y = ["yes"] * 20 + ["no"] * 20
    proven = report(Target.CLASS, y=y, x=[1.0] * 20 + [2.0] * 20)
    assert [leak.copy for leak in proven.leaks] == [True]
    more = report(Target.CLASS, y=y, x=[1.0] * 20 + [2.0] * 15 + [3.0, 3.0, 3.0, 3.0, 4.0])
    assert [(leak.how, leak.copy) for leak in more.leaks] == [("decides the class", False)]
    twins = report(Target.CLASS, y=["yes", "yes", "no", "no"] * 10, x=np.repeat(np.arange(20.0), 2))
    assert [(leak.how, leak.copy) for leak in twins.leaks] == [("decides the class", False)]


def test_honest_features_are_no_leaks() -> None:
    """A unique name decides nothing that could be learnt; a strong feature with noise is a good feature."""
    y = ["yes", "no"] * 20
    assert report(Target.CLASS, Kind.CATEGORY, y=y, x=[f"row {i}" for i in range(N)]).leaks == ()
    assert report(x=NOISE + 0.3 * np.roll(NOISE, 1)).leaks == ()


def test_choice_and_items() -> None:
    """Without a target there is no leak; columns of the items are looked at too."""
    frame = pl.DataFrame({"u": ["a", "a", "b"], "i": [1, 2, 1]})
    items = pl.DataFrame({"i": [1, 2], "colour": ["red", None], "tags": [["x"], ["y"]]})
    kinds = {"u": Role.TASK, "i": Role.ITEM, "colour": Role.FEATURE, "tags": Role.FEATURE}
    schema = Schema(tuple(Column(c, role, Kind.CATEGORY) for c, role in kinds.items()), Target.CHOICE)
    found = inspect(Table("t", frame, schema, items))
    assert found.target == {}
    assert found.missing == {"colour": 0.5}
    assert found.constant == ("colour",)
    assert "each row is a choice" in found.text()


def test_rows_with_lists() -> None:
    """Lists can be compared too."""
    assert report(feature=Kind.SET, x=[["a"]] * N, y=[1.0] * N).duplicate_rows == 38


def test_missing_column() -> None:
    """A declared column that is nowhere."""
    schema = Schema((Column("task", Role.TASK), Column("y", Role.TARGET)))
    with pytest.raises(DataError, match="column 'y': missing"):
        inspect(Table("t", pl.DataFrame({"task": [1]}), schema))


def test_text_and_json() -> None:
    """Every finding is in the text; the dictionary is plain JSON."""
    found = report(x=[None, *NOISE[1:]], flat=[1] * N)
    text = found.text()
    assert text.startswith("t: 40 rows, 2 tasks, 0 duplicate rows")
    for part in ("constant      flat", "missing       x: 2.50%", "LEAK          x: equals the target"):
        assert part in text
    assert json.loads(json.dumps(found.as_dict()))["leaks"][0]["column"] == "x"


def test_notes_are_told() -> None:
    """What reading the table came upon stands in the text and in the plain values."""
    frame = pl.DataFrame({"task": ["a", "b"], "y": [1.0, 2.0]})
    schema = Schema((Column("task", Role.TASK, Kind.CATEGORY), Column("y", Role.TARGET)))
    found = inspect(Table("t", frame, schema, notes=("weather.csv: 1 of 2 rows find nothing there",)))
    assert found.text().endswith("\n  note          weather.csv: 1 of 2 rows find nothing there")
    assert found.as_dict()["notes"] == found.notes
