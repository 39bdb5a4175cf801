"""`Drift`: reads the log as it grows; what it holds can be made again."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from threading import Event
from typing import Any

import numpy as np
import pytest

from warmstart.service.drift.drift import Drift
from warmstart.service.drift.follower import Follower
from warmstart.service.drift.log import drift_log
from warmstart.service.drift.watch import Bounds
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.log import Logged

Sales = Callable[..., list[Logged]]


def tell(service: Service, events: list[Logged]) -> None:
    """As the log would have them, acknowledged."""
    service.ingest(DEFAULT_TENANT, "demand", [each.event for each in events]).result()


def whole(drift: Drift) -> dict[str, Any]:
    """The report of everything there is."""
    while drift.read(DEFAULT_TENANT, "demand", 500):
        pass
    return drift.report(DEFAULT_TENANT, "demand")


def alarms(report: dict[str, Any]) -> set[tuple[str, str]]:
    """Column and measure."""
    return {(each["column"], each["measure"]) for each in report["signals"] if each["alarm"]}


def test_a_restart_gives_the_same_report(service: Service, sales: Sales) -> None:
    """Read as it came, and read at once by another, with what the model foresaw: to the bit."""
    drift = Drift(service.log, service.live)
    for seed, unit in ((0, 1.0), (1, 100.0)):
        for start in range(0, 600, 200):
            tell(service, sales(seed, 600, price=unit)[start : start + 200])
            drift.read(DEFAULT_TENANT, "demand", 70)
    report = whole(drift)
    assert ("price", "spread") in alarms(report)
    assert report["current"]
    assert report["signals"][-1]["after"] > 0
    assert whole(Drift(service.log, service.live)) == report


def test_another_version_is_watched_anew(service: Service, sales: Sales) -> None:
    """From the log, by its own columns."""
    tell(service, sales(0, 300))
    drift = Drift(service.log, service.live)
    before = whole(drift)
    service.roll_back(DEFAULT_TENANT, "demand", "a test")
    after = whole(drift)
    assert before["model_version"] != after["model_version"] == service.live(DEFAULT_TENANT, "demand").model.version
    assert after["rows"] == before["rows"] == 300


def test_who_is_forgotten_is_not_named(service: Service, sales: Sales) -> None:
    """Neither the name nor a row is held any more."""
    tell(service, sales(0, 1_200, shops=1))
    drift = Drift(service.log, service.live, Bounds(rows=1_000, judged=0))
    assert [each["task"] for each in whole(drift)["tasks"]] == ["shop 0"]
    service.forget(DEFAULT_TENANT, "shop 0")
    report = whole(drift)
    assert (report["tasks"], report["rows"]) == ([], 0)


def test_it_does_not_lag_for_ever(service: Service, sales: Sales) -> None:
    """Of more events than are remembered the latest are read, and the others passed over."""
    drift = Drift(service.log, service.live, Bounds(rows=500, judged=0))
    tell(service, sales(0, 100))
    drift.read(DEFAULT_TENANT, "demand", 50)
    tell(service, sales(1, 1_000))
    assert [drift.read(DEFAULT_TENANT, "demand", 200) for _ in range(4)] == [200, 200, 100, 0]
    assert drift.report(DEFAULT_TENANT, "demand")["current"]


def test_a_flood_changes_no_other_task(service: Service, sales: Sales) -> None:
    """One task contradicts all others with 3,000 rows: it is named, and no answer about another moves."""
    tell(service, sales(0, 500))
    live = service.live(DEFAULT_TENANT, "demand")
    before = {task: live.task(task).adapted.evidence.support for task in ("shop 1", "shop 2")}
    flood = [
        Logged(each.seq, each.scenario, each.event.model_copy(update={"task": "flood"}), 0)
        for each in sales(1, 3_000, sold=-100)
    ]
    tell(service, flood)
    report = whole(Drift(service.log, service.live, Bounds(judged=0)))
    (named,) = report["tasks"]
    assert (named["task"], named["rows"]) == ("flood", 3_000)
    for task, support in before.items():
        np.testing.assert_array_equal(live.task(task).adapted.evidence.support.y, support.y)
    assert live.task("flood").adapted.k == service.limits.task_rows


def test_what_is_heard(service: Service, sales: Sales) -> None:
    """Counts for the gauge, a line for the log: the column and the measure, no task and no value."""
    heard: list[dict[str, int]] = []
    drift, stream = Drift(service.log, service.live, Bounds(judged=0)), io.StringIO()
    drift.hear(lambda scenario, counts, new: heard.append({scenario: 0, **counts}))
    drift.hear(drift_log(stream))
    tell(service, sales(0, 500))
    whole(drift)
    assert not stream.getvalue()
    tell(service, sales(1, 500, price=100))
    whole(drift)
    assert heard[0] == {"demand": 0, "price": 0, "kind": 0, "sold": 0}
    assert heard[-1]["price"] > 0
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert {"column": "price", "measure": "spread"}.items() <= lines[0].items()
    assert set(lines[0]) == {"event", "level", "scenario", "column", "measure", "timestamp"}
    assert "shop" not in stream.getvalue()


def test_followed_in_a_thread(service: Service, sales: Sales) -> None:
    """What is told is read without being asked for, and the thread ends when it is told to."""
    read = Event()

    def heard(_: object, alarms: Any, new: Any) -> None:
        if service.drift.report(DEFAULT_TENANT, "demand")["rows"] == 120:
            read.set()

    service.drift.hear(heard)
    with Follower(service.drift, service.registry.scenarios):
        tell(service, sales(0, 120))
        assert read.wait(30)


def test_one_failure_ends_nothing(service: Service, sales: Sales, caplog: pytest.LogCaptureFixture) -> None:
    """Of a scenario that cannot be read the log tells; the others are read on."""
    tell(service, sales(0, 20))
    read = Event()
    service.drift.hear(lambda *_: read.set())
    with Follower(service.drift, lambda: [("nobody", "nothing"), (DEFAULT_TENANT, "demand")]):
        assert read.wait(30)
    assert "not watched" in caplog.text
