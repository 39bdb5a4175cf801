"""`Live`: many callers, one task: no update is lost, no version is mixed, no task grows without end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warmstart.errors import DamagedFile, NotReady
from warmstart.service.limits import Limits
from warmstart.service.live import Live
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database
from warmstart.store.event import event_of
from warmstart.store.log import EventLog, Logged

Make = Callable[..., dict[str, Any]]


def events(*told: dict[str, Any]) -> list[Any]:
    """As the service gets them."""
    return [event_of(json.dumps(each)) for each in told]


def test_64_callers_and_a_swap(service: Service, sold: Make) -> None:
    """Each sees what it was acknowledged; in the end all rows are there; every answer is of one version."""
    live = service.live(DEFAULT_TENANT, "demand")
    versions = [each.version for each in service.registry.entries(DEFAULT_TENANT, "demand")]
    lost: list[str] = []

    def tell_and_ask(caller: int) -> None:
        for i in range(3):
            service.ingest(DEFAULT_TENANT, "demand", events(sold(f"{caller}-{i}"))).result()
            task = live.task("s1")
            ids = {each.event.id for each in service.log.of_task(DEFAULT_TENANT, "demand", "s1", most=1000)}
            known = {f"{caller}-{j}" for j in range(i + 1)}
            if task.adapted.k < len(known) or not known <= ids or task.adapted.model.version not in versions:
                lost.append(f"{caller}-{i}")

    def swap() -> None:
        for i in range(8):
            service.promote(DEFAULT_TENANT, "demand", versions[i % 2], "swap")

    threads = [threading.Thread(target=tell_and_ask, args=(caller,)) for caller in range(64)]
    threads.append(threading.Thread(target=swap))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not lost
    assert live.task("s1").adapted.k == 64 * 3


def test_one_task_cannot_be_everything(service: Service, sold: Make) -> None:
    """Of a flood the latest rows count; another task is as it was."""
    live = Live(
        DEFAULT_TENANT, "demand", service.log, service.live(DEFAULT_TENANT, "demand").model, Limits(task_rows=50)
    )
    service.ingest(DEFAULT_TENANT, "demand", events(sold("0", "s2"))).result()
    before = live.task("s2").adapted
    flood = [sold(str(i), hour=i % 24, sold=1e6 * (-1) ** i) for i in range(1, 500)]
    service.ingest(DEFAULT_TENANT, "demand", events(*flood)).result()
    task = live.task("s1").adapted
    assert task.k == 50
    row = [{"price": 1.0, "kind": "u"}]
    assert np.isfinite(task.predict(_frame(row)).mean).all()
    assert live.task("s2").adapted is before


def test_the_order_of_arrival_does_not_matter(service: Service, sold: Make) -> None:
    """Three rows, the latest first, with questions between: the task is as if they had come in order."""
    live = service.live(DEFAULT_TENANT, "demand")
    for name, hour in (("3", 12), ("1", 8), ("2", 10)):
        service.ingest(DEFAULT_TENANT, "demand", events(sold(name, "late", hour, sold=10.0 * hour))).result()
        live.task("late")
    for name, hour in (("4", 8), ("5", 10), ("6", 12)):
        service.ingest(DEFAULT_TENANT, "demand", events(sold(name, "in order", hour, sold=10.0 * hour))).result()
    one, other = live.task("late").adapted, live.task("in order").adapted
    np.testing.assert_array_equal(one.evidence.support.y, other.evidence.support.y)
    assert one.last_moment == other.last_moment


def test_a_log_that_does_not_answer(service: Service, sold: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in memory is told, and that it may be old; what is not cannot be."""
    live = service.live(DEFAULT_TENANT, "demand")
    service.ingest(DEFAULT_TENANT, "demand", events(sold("1"))).result()
    assert live.task("s1").fresh

    def away(*_: object, **__: object) -> Sequence[Logged]:
        raise NotReady("the database does not answer")

    with monkeypatch.context() as patch:
        patch.setattr(service.log, "of_task", away)
        held = live.task("s1")
        assert (held.fresh, held.adapted.k) == (False, 1)
        with pytest.raises(NotReady):
            live.task("s2")
    assert live.task("s1").fresh


def test_memory_is_bounded(service: Service, sold: Make) -> None:
    """Tasks that were not asked for long are made again from the log."""
    size = service.live(DEFAULT_TENANT, "demand").task("nobody").adapted.nbytes
    model = service.live(DEFAULT_TENANT, "demand").model
    live = Live(DEFAULT_TENANT, "demand", service.log, model, Limits(states_bytes=3 * size + 1000))
    service.ingest(DEFAULT_TENANT, "demand", events(*(sold(str(i), f"s{i}") for i in range(20)))).result()
    first = live.task("s0").adapted
    for i in range(1, 20):
        live.task(f"s{i}")
    assert live.task("s0").adapted is not first
    assert live.task("s0").adapted.k == 1
    assert live.held_bytes <= 3 * size + 1000


def _frame(rows: list[dict[str, Any]]) -> Any:
    import polars as pl

    return pl.DataFrame(rows)


def test_forgotten_by_another_process(
    service: Service, database: Database, sold: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At its next look the service knows, however often the same person is taken away."""
    monkeypatch.setattr("warmstart.service.service._LOOK_AGAIN_S", 0.0)
    for i in range(2):
        service.ingest(DEFAULT_TENANT, "demand", events(sold(str(i)))).result()
        assert service.live(DEFAULT_TENANT, "demand").task("s1").adapted.k == 1
        EventLog(database).forget(DEFAULT_TENANT, "s1", datetime(2026, 1, 7 + i, tzinfo=UTC))
        assert service.live(DEFAULT_TENANT, "demand").task("s1").adapted.k == 0


def test_a_damaged_version_is_refused_by_name(
    service: Service, database: Database, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The one before it answers: after a restart, and where it is to be promoted."""
    new, old = service.registry.lately(DEFAULT_TENANT, "demand")
    with database.write() as transaction:
        transaction.run(
            "UPDATE model_files SET content = ? WHERE version = ? AND name = 'arrays.safetensors'", b"0", new
        )
    with Service(database, tmp_path / "other", open_to_all=True) as restarted:
        assert restarted.live(DEFAULT_TENANT, "demand").model.version == old
        assert new in caplog.text
        with pytest.raises(DamagedFile, match=new):
            restarted.promote(DEFAULT_TENANT, "demand", new, "again")
        assert restarted.ready() == ["demand", "recommend"]
