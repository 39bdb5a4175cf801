"""`load_problem`: from a TOML or a name to what is trained and judged."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from warmstart.errors import NotFound, UsageError
from warmstart.scenarios import problem as module
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import load_problem
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

TOML = """
scenario = "table"
name = "sales"
[data]
path = "rows.csv"
[columns.shop]
role = "task"
kind = "category"
[columns.price]
role = "feature"
[columns.units]
role = "target"
[split]
new_tasks = 0.5
shots = [0, 3]
queries = 7
min_rows = 2
[train]
steps = 11
"""
ROWS = "shop,price,units\na,1,5\na,2,6\nb,1,7\nb,3,8\n"


def written(folder: Path, toml: str = TOML) -> str:
    """Both files; the TOML's path."""
    (folder / "rows.csv").write_text(ROWS)
    (folder / "my.toml").write_text(toml)
    return str(folder / "my.toml")


def test_toml(tmp_path: Path) -> None:
    """Rows, split and training as written; what is not written is the scenario's."""
    table = scenario("table")
    made = load_problem(table, written(tmp_path))
    assert (made.table.name, made.table.frame.height, made.likelihood) == ("sales", 4, "gaussian")
    assert (made.sampling.new_tasks, made.sampling.queries, made.sampling.min_rows) == (0.5, 7, 2)
    assert made.sampling.shots == made.settings.shots == (0, 3)
    assert made.settings.steps == 11
    assert made.settings.batch == table.settings_for("gaussian").batch
    assert made.settings.order == made.sampling.order == "random"


@pytest.mark.parametrize(("kind", "likelihood"), [("count", "negative_binomial"), ("class", "categorical")])
def test_target_chooses_the_likelihood(kind: str, likelihood: str, tmp_path: Path) -> None:
    """The same column as a count, or as a class."""
    toml = TOML.replace("[columns.shop]", f'[target]\ntype = "{kind}"\n[columns.shop]')
    assert load_problem(scenario("table"), written(tmp_path, toml)).likelihood == likelihood


def test_toml_of_another_scenario(tmp_path: Path) -> None:
    """It says which one it is for."""
    with pytest.raises(UsageError, match="is for scenario 'table'; asked for 'recommend'"):
        load_problem(scenario("recommend"), written(tmp_path))


def test_missing_toml(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(NotFound, match=r"mine\.toml"):
        load_problem(scenario("table"), str(tmp_path / "mine.toml"))


def test_unknown_data_set() -> None:
    """The nearest name is offered."""
    with pytest.raises(NotFound, match="did you mean ta-feng"):
        load_problem(scenario("recommend"), "ta-fang")


def test_data_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """A named data set is split in time where it has a time column."""
    columns = (Column("t", Role.TASK), Column("at", Role.TIME, Kind.NUMBER), Column("y", Role.TARGET))
    frame = pl.DataFrame({"t": [1, 2], "at": [1, 2], "y": [0.5, 1.5]})
    timed = Table("toys", frame, Schema(columns, Target.NUMBER))
    asked: list[tuple[str, str]] = []

    def load(name: str, wanted: str) -> Table:
        asked.append((name, wanted))
        return timed

    monkeypatch.setattr(module, "load", load)
    made = load_problem(scenario("table"), "toys")
    assert asked == [("toys", "table")]
    assert made.table is timed
    assert made.sampling.order == made.settings.order == "time"
    assert made.sampling.shots == scenario("table").settings_for("gaussian").shots


def test_a_table_may_say_its_support_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tasks that are too small for the scenario's are judged, and trained, at their own."""
    columns = (Column("shop", Role.TASK, Kind.CATEGORY), Column("units", Role.TARGET))
    frame = pl.DataFrame({"shop": ["a", "b"], "units": [1.0, 2.0]})
    small = Table("small", frame, Schema(columns), shots=(0, 2))
    monkeypatch.setattr(module, "load", lambda name, scenario: small)
    made = load_problem(scenario("table"), "small")
    assert made.sampling.shots == made.settings.shots == (0, 2)


def test_tasks_of_one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all rows of a task are of one moment, time cannot say which come first: supports are drawn."""
    columns = (Column("t", Role.TASK), Column("at", Role.TIME, Kind.NUMBER), Column("y", Role.TARGET))
    frame = pl.DataFrame({"t": [1, 1, 2, 2], "at": [1, 1, 2, 2], "y": [0.5, 1.5, 0.0, 1.0]})
    monkeypatch.setattr(module, "load", lambda name, wanted: Table("toys", frame, Schema(columns, Target.NUMBER)))
    made = load_problem(scenario("table"), "toys")
    assert made.sampling.order == made.settings.order == "random"
