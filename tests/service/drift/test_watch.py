"""`Watch`: changes are found since the row where they began; what stays as it was raises no alarm."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from warmstart.engine.model import MetaModel
from warmstart.errors import UsageError
from warmstart.service.drift.watch import Bounds, Watch
from warmstart.store.event import Interaction
from warmstart.store.log import Logged
from warmstart.tables.schema import Column, Kind, Role
from warmstart.tables.table import Table
from worlds import make_model

Sales = Callable[..., list[Logged]]
Make = Callable[..., MetaModel]


def watched(model: MetaModel, events: Sequence[Logged], at_once: int = 250, **bounds: Any) -> Watch:
    """After these events; nothing is judged."""
    watch = Watch(model, lambda _: np.nan, Bounds(judged=0, **bounds))
    for start in range(0, len(events), at_once):
        watch.observe(events[start : start + at_once])
    return watch


def alarms(watch: Watch) -> dict[tuple[str, str], dict[str, Any]]:
    """By column and measure."""
    return {(each["column"], each["measure"]): each for each in watch.report()["signals"] if each["alarm"]}


def renamed(event: Logged, task: str) -> Logged:
    """The same row of another task."""
    return Logged(event.seq, event.scenario, event.event.model_copy(update={"task": task}), event.arrived)


def changed(event: Logged, **row: Any) -> Logged:
    """The same event with another row."""
    return Logged(
        event.seq,
        event.scenario,
        event.event.model_copy(update={"row": {**event.event.row, **row}}),
        event.arrived,
    )


@pytest.mark.parametrize("run", [1, 20])
def test_what_stays_as_it_was(model: Make, sales: Sales, run: int) -> None:
    """No alarm in three times 5,000 rows, whether shops come in turn or each with twenty rows at once."""
    for seed in range(3):
        watch = watched(model("number"), sales(seed, 5_000, run=run))
        assert alarms(watch) == {}
        assert watch.report()["tasks"] == []


@pytest.mark.parametrize("column", ["price", "sold"])
@pytest.mark.parametrize("unit", [100.0, 0.01])
def test_another_unit(model: Make, sales: Sales, column: str, unit: float) -> None:
    """A column, or the target, times or by a hundred is found within 300 rows, though the mean of prices is 0."""
    events = [*sales(0, 1_000), *sales(1, 300, **{column: unit})]
    found = alarms(watched(model("number"), events))
    assert {name for name, _ in found} == {column}
    spread = found[column, "spread"]
    assert spread["after"] / spread["before"] == pytest.approx(unit, rel=0.2)
    assert spread["since"].startswith("2026-01-05T00:0")
    assert watched(model("number"), events).alarms()[column] == len(found)


def test_labels_that_no_training_row_had(model: Make, sales: Sales) -> None:
    """And values that are missing: shares of the rows, each in its column."""
    events = sales(0, 1_500)
    strange = [changed(each, kind="new", price=None) if i >= 1_000 and i % 2 else each for i, each in enumerate(events)]
    found = alarms(watched(model("number"), strange))
    assert {("kind", "unknown"), ("price", "missing")} <= set(found)
    assert found["kind", "unknown"]["before"] == 0
    assert found["kind", "unknown"]["after"] == pytest.approx(0.5, abs=0.02)
    assert found["price", "missing"]["since"] == events[1_001].event.time.isoformat()


def test_one_task_that_floods_is_named(model: Make, sales: Sales) -> None:
    """Its rows beyond its share are not looked at: the columns are what the others tell."""
    events = sales(0, 4_000)
    flood = [
        changed(renamed(each, "flood"), sold=-1e6) if i >= 1_000 and i % 4 else each for i, each in enumerate(events)
    ]
    watch = watched(model("number"), flood, rows=2_000)
    (named,) = watch.report()["tasks"]
    assert named["task"] == "flood"
    assert named["share"] == pytest.approx(0.75, abs=0.01)
    after = {(each["column"], each["measure"]): each["after"] for each in watch.report()["signals"]}
    assert after["sold", "mean"] > -1e6 * 0.2
    everyone = [renamed(each, f"shop {i % 3}") for i, each in enumerate(sales(0, 3_000))]
    assert watched(model("number"), everyone).report()["tasks"] == []


def test_a_task_alone(model: Make, sales: Sales) -> None:
    """More than nine rows of ten are of one task: it is named, even where no other is left among those remembered."""
    events = [renamed(each, "flood") for each in sales(0, 2_000)]
    assert watched(model("number"), events, rows=1_000).report()["tasks"][0]["share"] == 1.0


def test_surprise_counts_where_it_rises(model: Make, sales: Sales) -> None:
    """A model that foresees better is no alarm; one that foresees worse is."""
    events = sales(0, 2_000)
    for before, after, expected in ((0.1, 0.4, True), (0.4, 0.1, False)):
        noise = np.random.default_rng(0).uniform(-0.05, 0.05, 2_001)
        watch = Watch(
            model("number"),
            lambda each, b=before, a=after, noise=noise: (b if each.seq <= 1_000 else a) + noise[each.seq],
            Bounds(judged=1),
        )
        watch.observe(events)
        assert (("sold", "surprise") in alarms(watch)) == expected


def test_events_in_other_pages(model: Make, sales: Sales) -> None:
    """However many are read at once, the report is the same."""
    events = [*sales(0, 1_000), *sales(1, 500, price=100)]
    reports = [watched(model("number"), events, at_once).report() for at_once in (1_500, 170)]
    assert reports[0] == reports[1]


def test_rows_of_an_earlier_model(model: Make, sales: Sales) -> None:
    """A row that this model cannot learn from is passed over, and the others are looked at."""
    events = sales(0, 100)
    odd = [*events[:50], changed(events[50], sold="many"), *events[51:]]
    told = {(each["column"], each["measure"]): each for each in watched(model("number"), odd).report()["signals"]}
    others = [each.event.row["price"] for each in odd if each is not odd[50]]
    assert told["price", "mean"]["after"] == pytest.approx(np.mean(others))


@pytest.mark.parametrize("target", ["number", "two", "three", "level", "count", "choice", "rating"])
def test_every_kind_of_target(table: Callable[[str], Table], target: str) -> None:
    """The rows that it was trained on can be watched, and what they say is finite."""
    held = table(target)
    if target in ("two", "three"):  # labels are texts
        sold = Column("sold", Role.TARGET, Kind.CATEGORY)
        columns = tuple(sold if each.role is Role.TARGET else each for each in held.schema.columns)
        held = replace(held, schema=replace(held.schema, columns=columns))
    model = make_model(held)
    names, now = [name for name in model.told if name in held.frame.columns], datetime.now(UTC)
    events = [
        Logged(i, target, Interaction(id=str(i), kind="interaction", task="a", time=now, row=row), 0)
        for i, row in enumerate(held.frame.select(names).iter_rows(named=True))
    ]
    report = watched(model, events).report()
    assert report["rows"] == len(events)
    assert report["signals"][-1]["measure"] == "surprise"
    assert np.isfinite([each["after"] for each in report["signals"][:-1]]).all()
    assert ("sold" in {each["column"] for each in report["signals"][:-1]}) == (
        target in ("number", "two", "level", "count")
    )


@pytest.mark.parametrize("wrong", [{"rows": 0}, {"delta": 0.0}, {"share": 1.0}, {"judged": 2.0}])
def test_refused_bounds(wrong: dict[str, Any]) -> None:
    """Each has its range."""
    with pytest.raises(UsageError, match="expected rows"):
        Bounds(**wrong)
