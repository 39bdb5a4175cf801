"""`Live`: many callers, one task: no update is lost, no version is mixed, no task grows without end."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from warmstart.errors import DamagedFile, DataError, NotReady, UsageError
from warmstart.service.limits import Limits
from warmstart.service.live import Live, Serving
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database
from warmstart.store.event import event_of
from warmstart.store.log import EventLog, Logged
from warmstart.store.states import States
from warmstart.tables.schema import Role

Make = Callable[..., dict[str, Any]]
ROW = {"price": 1.0, "kind": "u"}


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


def test_one_task_cannot_be_everything(service: Service, database: Database, sold: Make) -> None:
    """Of a flood the latest rows count; another task is as it was."""
    live = another(service, database, Limits(task_rows=50))
    service.ingest(DEFAULT_TENANT, "demand", events(sold("0", "s2"))).result()
    before = live.task("s2").adapted
    flood = [sold(str(i), hour=i % 24, sold=1e6 * (-1) ** i) for i in range(1, 500)]
    service.ingest(DEFAULT_TENANT, "demand", events(*flood)).result()
    task = live.task("s1").adapted
    assert task.k == 50
    assert np.isfinite(task.predict(_frame([ROW])).mean).all()
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


def test_memory_is_bounded(service: Service, database: Database, sold: Make) -> None:
    """Tasks that were not asked for long are kept in the store, and go on from there."""
    service.ingest(DEFAULT_TENANT, "demand", events(*(sold(str(i), f"s{i}") for i in range(20)))).result()
    size = service.live(DEFAULT_TENANT, "demand").task("s0").nbytes
    live = another(service, database, Limits(states_bytes=3 * size + 1000))
    first = live.task("s0").adapted
    for i in range(1, 20):
        live.task(f"s{i}")
    assert live.held_bytes <= 3 * size + 1000
    again = live.task("s0")
    assert (again.kept, again.seq, again.adapted.k) == (True, 1, 1)
    np.testing.assert_array_equal(again.adapted.predict(_frame([ROW])).mean, first.predict(_frame([ROW])).mean)
    service.ingest(DEFAULT_TENANT, "demand", events(sold("more", hour=11), sold("again", "s0", hour=11))).result()
    after = live.task("s0")
    assert (after.kept, after.adapted.k) == (False, 2)
    with database.write() as transaction:
        transaction.run("UPDATE states SET content = ?", b"0")
    assert [live.task(f"s{i}").adapted.k for i in range(4)] == [2, 2, 1, 1]


def test_what_is_kept_is_forgotten(service: Service, database: Database, sold: Make) -> None:
    """A state that was made before a person went is not kept after it."""
    service.ingest(DEFAULT_TENANT, "demand", events(*(sold(str(i), f"s{i}") for i in range(8)))).result()
    live = another(service, database, Limits(states_bytes=1))
    for i in range(4):
        live.task(f"s{i}")
    for person in ("s0", "s3"):
        EventLog(database).forget(DEFAULT_TENANT, person, datetime(2026, 1, 7, tzinfo=UTC))
        assert service.log.traces(DEFAULT_TENANT, person) == {"events": 0, "states": 0}
    for i in range(4, 8):
        live.task(f"s{i}")  # it has not heard of it yet: `s3`, which leaves memory now, is older than the wish
    assert _kept(database) == ["s1", "s2", "s4", "s5", "s6"]
    live.forget(service.log.last_emptied(DEFAULT_TENANT))
    assert (live.task("s0").adapted.k, live.task("s3").adapted.k) == (0, 0)


def test_only_who_is_forgotten_leaves_memory(service: Service, database: Database, sold: Make) -> None:
    """The others are held as they were, though the clock stands still."""
    service.ingest(DEFAULT_TENANT, "demand", events(*(sold(str(i), f"s{i}") for i in range(3)))).result()
    live = service.live(DEFAULT_TENANT, "demand")
    before = [live.task(f"s{i}") for i in range(3)]
    for person in ("s0", "nobody", "s1"):
        EventLog(database).forget(DEFAULT_TENANT, person, datetime(2026, 1, 7, tzinfo=UTC))
        live.forget(service.log.last_emptied(DEFAULT_TENANT))
    after = [live.task(f"s{i}") for i in range(3)]
    assert [task.adapted.k for task in after] == [0, 0, 1]
    assert after[2] is before[2]
    assert live.held_bytes == sum(task.nbytes for task in after)


def test_a_trial_answers_some_tasks(service: Service, sold: Make) -> None:
    """A tenth of them, always the same ones; after a roll-back none, after a promotion all."""
    new, old = service.registry.pointer(DEFAULT_TENANT, "demand").versions
    service.promote(DEFAULT_TENANT, "demand", old, "a trial", share=0.1)

    def answers() -> list[str]:
        live = service.live(DEFAULT_TENANT, "demand")
        return [live.task(f"s{i}").adapted.model.version for i in range(300)]

    tried = answers()
    assert 15 <= tried.count(old) <= 45
    assert tried == answers()
    assert service.live(DEFAULT_TENANT, "demand").adapt(None, [], {}).adapted.model.version == new
    assert service.roll_back(DEFAULT_TENANT, "demand", "enough") == new
    assert set(answers()) == {new}
    service.promote(DEFAULT_TENANT, "demand", old, "a trial", share=0.5)
    service.promote(DEFAULT_TENANT, "demand", old, "all")
    assert set(answers()) == {old}
    with pytest.raises(UsageError, match="no other version"):
        service.promote(DEFAULT_TENANT, "demand", old, "beside itself", share=0.5)
    with pytest.raises(UsageError, match="share"):
        service.promote(DEFAULT_TENANT, "demand", new, "none", share=0.0)


def another(service: Service, database: Database, limits: Limits) -> Live:
    """The scenario `demand` with other limits."""
    serving = service.live(DEFAULT_TENANT, "demand").serving
    return Live(DEFAULT_TENANT, "demand", service.log, States(database), serving, limits)


def _kept(database: Database) -> list[str]:
    with database.read() as transaction:
        return [task for (task,) in transaction.run("SELECT task FROM states ORDER BY task")]


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
    new, old = service.registry.pointer(DEFAULT_TENANT, "demand").versions
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


def test_names_that_no_task_can_have(service: Service, sold: Make) -> None:
    """A task whose key has several columns is named by all of them, or its events are refused when they arrive."""
    live = service.live(DEFAULT_TENANT, "demand")
    codec = live.model.codec
    columns = [replace(each, role=Role.TASK) if each.name == "kind" else each for each in codec.schema.columns]
    live.serve(Serving(replace(live.model, codec=replace(codec, schema=replace(codec.schema, columns=tuple(columns))))))
    live.check(events(sold("1", "s01.u")))
    with pytest.raises(DataError, match=r"event '2'.*not the name of a task; expected shop\.kind; got 's01'"):
        live.check(events(sold("1", "s01.u"), sold("2", "s01")))
