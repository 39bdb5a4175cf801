"""Several services over one database: what one is told the other knows, whatever either holds in memory."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from warmstart.engine.model import MetaModel
from warmstart.errors import Conflict
from warmstart.service import service as module
from warmstart.service.held_tasks import Task
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import connect
from warmstart.store.event import event_of
from warmstart.store.keys import KeyKind
from warmstart.store.log import Receipt

Make = Callable[..., dict[str, Any]]


@dataclass
class Pair:
    """Two services, each with its own connections, and two versions of `demand`, of which the second answers."""

    one: Service
    other: Service
    versions: list[str]

    def __iter__(self) -> Iterator[Service]:
        return iter((self.one, self.other))


@pytest.fixture
def pair(url: str, tmp_path: Path, model: Callable[..., MetaModel], monkeypatch: pytest.MonkeyPatch) -> Iterator[Pair]:
    """Over each database; what others have changed is looked at with every question instead of every second."""
    monkeypatch.setattr(module, "_LOOK_AGAIN_S", 0.0)
    with ExitStack() as opened:
        one, other = (
            opened.enter_context(Service(opened.enter_context(closing(connect(url))), tmp_path / name))
            for name in ("one", "other")
        )
        versions = []
        for seed in (1, 0):
            folder = tmp_path / f"model-{seed}"
            versions.append(model("number", seed=seed).save(folder).version)
            one.registry.publish(DEFAULT_TENANT, "demand", versions[-1], folder, one.clock(), {})
            one.promote(DEFAULT_TENANT, "demand", versions[-1], "a test")
        yield Pair(one, other, versions)


def tell(service: Service, *told: dict[str, Any]) -> Receipt:
    """Acknowledged."""
    return service.ingest(DEFAULT_TENANT, "demand", [event_of(json.dumps(each)) for each in told]).result()


def task(service: Service, name: str = "s1") -> Task:
    """As this service knows it."""
    return service.live(DEFAULT_TENANT, "demand").task(name)


def test_what_one_is_told_the_other_knows(pair: Pair, sold: Make) -> None:
    """By turns, both holding the task in memory."""
    for i in range(6):
        tell((pair.one, pair.other)[i % 2], sold(str(i), hour=i))
        assert [task(each).adapted.k for each in pair] == [i + 1, i + 1]


def test_what_is_acknowledged_anywhere_is_in_every_answer_that_follows(pair: Pair, sold: Make) -> None:
    """Sixteen callers, half at each service, tell one and ask the other about a task that all of them share."""
    late: list[str] = []

    def tell_and_ask(caller: int) -> None:
        here, there = (pair.one, pair.other) if caller % 2 else (pair.other, pair.one)
        for i in range(5):
            tell(here, sold(f"{caller}-{i}"))
            ids = {each.event.id for each in there.log.of_task(DEFAULT_TENANT, "demand", "s1", most=1000)}
            known = {f"{caller}-{j}" for j in range(i + 1)}
            if not known <= ids or task(there).adapted.k < len(known):
                late.append(f"{caller}-{i}")

    threads = [threading.Thread(target=tell_and_ask, args=(caller,)) for caller in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    assert not late
    assert [task(each).adapted.k for each in pair] == [80, 80]


def test_an_event_counts_once(pair: Pair, sold: Make) -> None:
    """Sent to both it is known to the second, with other content a conflict."""
    assert tell(pair.one, sold("a")) == Receipt(1, 0)
    assert tell(pair.other, sold("a")) == Receipt(0, 1)
    with pytest.raises(Conflict):
        tell(pair.other, sold("a", sold=1.0))


def test_both_answer_with_the_version_that_one_was_told_of(pair: Pair) -> None:
    """Promoted at one, rolled back at the other."""
    before, after = pair.versions
    assert [task(each).adapted.model.version for each in pair] == [after, after]
    pair.one.promote(DEFAULT_TENANT, "demand", before, "a test")
    assert [task(each).adapted.model.version for each in pair] == [before, before]
    pair.other.roll_back(DEFAULT_TENANT, "demand", "a test")
    assert [task(each).adapted.model.version for each in pair] == [after, after]


def test_whoever_is_forgotten_by_one_is_forgotten_by_both(pair: Pair, sold: Make) -> None:
    """Though the other held the task in memory."""
    tell(pair.one, sold("a"), sold("b", hour=11), sold("c", "s2"))
    assert [task(each).adapted.k for each in pair] == [2, 2]
    pair.one.forget(DEFAULT_TENANT, "s1")
    assert [task(each).adapted.k for each in pair] == [0, 0]
    assert [task(each, "s2").adapted.k for each in pair] == [1, 1]


def test_a_key_that_was_taken_back_opens_neither(pair: Pair) -> None:
    """Made with one service, asked of the other, taken back."""
    key = pair.one.keys.create(DEFAULT_TENANT, KeyKind.READ, pair.one.clock())
    (made,) = pair.one.keys.all()
    assert all(each.access(key) is not None for each in pair)
    pair.one.keys.revoke(made.id, pair.one.clock())
    assert [each.remembered(key) or each.access(key) for each in pair] == [None, None]


def test_both_watch_all_events(pair: Pair, sold: Make) -> None:
    """Each reads the whole log for drift, whoever was told."""
    tell(pair.one, *(sold(f"a{i}", f"s{i}") for i in range(30)))
    tell(pair.other, *(sold(f"b{i}", f"s{i}") for i in range(20)))
    assert [each.drift.read(DEFAULT_TENANT, "demand", 100) for each in pair] == [50, 50]
