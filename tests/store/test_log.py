"""`EventLog` on both databases: nothing lost, nothing twice, nothing changed, and what is forgotten is gone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

import pytest

from warmstart.errors import Conflict, DamagedFile
from warmstart.store.database import Database, connect
from warmstart.store.log import EventLog, Receipt

Make = Callable[..., Any]
NOW = datetime(2026, 1, 6, tzinfo=UTC)


def test_events_come_back_in_their_order(database: Database, url: str, bought: Make, asked: Make) -> None:
    """After the database was closed and opened, too."""
    log = EventLog(database)
    assert log.append(asked(bought("1", price=2.5), bought("2", "bert"), bought("3"))) == Receipt(new=3, known=0)
    database.close()
    with closing(connect(url)) as opened:
        again = EventLog(opened)
        assert [each.event.id for each in again.of_task("shop", "price", "anna", most=10)] == ["1", "3"]
        assert next(again.since("shop")).event.row == {"price": 2.5}
        assert [each.event.id for each in again.since("shop", after=1)] == ["2", "3"]
        assert [again.before_latest("shop", "price", most) for most in (0, 1, 2, 3)] == [3, 2, 1, 0]
        assert [each.event.id for each in again.of_task("shop", "price", "anna", most=10, before=3)] == ["1"]


def test_an_id_counts_once(database: Database, bought: Make, asked: Make) -> None:
    """Sent again it is known; with other content it is a conflict, and nothing of that request counts."""
    log = EventLog(database)
    log.append(asked(bought("1", price=2.5)))
    assert log.append(asked(bought("1", price=2.5), bought("2"), bought("2"))) == Receipt(new=1, known=2)
    with pytest.raises(Conflict, match="'1'"):
        log.append(asked(bought("3"), bought("1", price=3.0)))
    assert [each.event.id for each in log.since("shop")] == ["1", "2"]


def test_two_contents_in_one_asked(database: Database, bought: Make, asked: Make) -> None:
    """Refused as a whole."""
    with pytest.raises(Conflict):
        EventLog(database).append(asked(bought("1", price=1), bought("1", price=2)))
    assert not list(EventLog(database).since("shop"))


def test_one_in_conflict_leaves_the_others(database: Database, bought: Make, asked: Make) -> None:
    """Requests of one commit are told apart."""
    log = EventLog(database)
    first, second, third = log.append_all(
        [asked(bought("1", price=1)), asked(bought("1", price=2), bought("2")), asked(bought("1", price=1))]
    )
    assert first == Receipt(1, 0)
    assert isinstance(second, Conflict)
    assert third == Receipt(0, 1)
    assert [each.event.id for each in log.since("shop")] == ["1"]


def test_tenants_and_scenarios_are_apart(database: Database, bought: Make, asked: Make) -> None:
    """The same id is another event there."""
    log = EventLog(database)
    for tenant, scenario in (("shop", "price"), ("shop", "churn"), ("other", "price")):
        assert log.append(asked(bought("1", tenant=tenant), tenant=tenant, scenario=scenario)).new == 1
    assert [each.event.row for each in log.since("other")] == [{"tenant": "other"}]
    assert len(list(log.since("shop"))) == 2
    assert len(list(log.since("shop", scenario="churn"))) == 1


def test_more_than_a_page(database: Database, bought: Make, asked: Make) -> None:
    """1,201 events, found again, counted once."""
    log = EventLog(database)
    many = [bought(str(i), f"task {i % 7}") for i in range(1201)]
    assert log.append(asked(*many)).new == 1201
    assert log.append(asked(*many)) == Receipt(0, 1201)
    assert [each.event.id for each in log.since("shop")] == [str(i) for i in range(1201)]


@pytest.mark.parametrize("url", ["sqlite"], indirect=True)
def test_a_changed_row_is_found(database: Database, bought: Make, asked: Make) -> None:
    """Its digest does not fit any more."""
    log = EventLog(database)
    log.append(asked(bought("1", price=2.5)))
    with database.write() as transaction:
        transaction.run("UPDATE events SET body = REPLACE(body, '2.5', '9.5')")
    with pytest.raises(DamagedFile, match="event 1"):
        list(log.since("shop"))


def test_forgotten(database: Database, bought: Make, asked: Make) -> None:
    """Of a person nothing is left but a hash; the ids do not count again; others are as before."""
    log = EventLog(database)
    log.append(asked(bought("1", note="hers"), bought("2", "bert")))
    log.append(asked(bought("1", note="hers"), scenario="churn"))
    assert log.traces("shop", "anna") == {"events": 2, "states": 0}
    assert log.forget("shop", "anna", NOW) == {"price": 1, "churn": 1}
    assert log.traces("shop", "anna") == {"events": 0, "states": 0}
    assert [each.event.task for each in log.since("shop")] == ["bert"]
    assert log.append(asked(bought("1", note="hers"))) == Receipt(0, 1)
    assert len(log.forgotten("shop")) == 1
    assert not log.forgotten("other")
    assert log.forget("shop", "anna", NOW) == {}


def test_many_writers_one_log(url: str, bought: Make, asked: Make) -> None:
    """Two processes' worth of connections, eight threads, each event sent twice: each is there once, in one order."""
    databases = [connect(url) for _ in range(2)]
    logs = [EventLog(each) for each in databases]

    def write(worker: int) -> None:
        for i in range(20):
            logs[worker % 2].append(asked(bought(f"{worker // 2}-{i}", f"task {worker // 2}")))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = list(logs[0].since("shop"))
    assert len({each.event.id for each in events}) == len(events) == 80
    for worker in range(4):
        own = [each.event.id for each in events if each.event.task == f"task {worker}"]
        assert own == [f"{worker}-{i}" for i in range(20)]
    for each in databases:
        each.close()
