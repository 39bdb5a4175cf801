"""`meta_update`: learned again from the log; the gate lets through what is not worse, and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.model import MetaModel
from warmstart.engine.settings import Settings
from warmstart.errors import DataError, NotReady
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.service.update import meta_update as module
from warmstart.service.update.logged_rows import logged_rows
from warmstart.service.update.meta_update import meta_update
from warmstart.store.event import event_of
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling

DEMAND = scenario("demand")


@pytest.fixture
def problem(table: Callable[[str], Table]) -> Problem:
    """Twelve shops, learned in a few seconds."""
    settings = Settings(steps=150, batch=8, shots=(0, 1, 3), queries=8, validate_every=50)
    return Problem(table("number"), Sampling(shots=(0, 1, 3), queries=8), settings, "gaussian")


def tell(service: Service, problem: Problem, shops: int) -> None:
    """Five rows of each of so many new shops, which sell as the known ones do."""
    rng = np.random.default_rng(5)
    frame = problem.table.frame
    events = []
    for shop in range(shops):
        own = frame.filter(pl.col("shop") == frame["shop"][int(rng.integers(frame.height))]).head(5)
        for i, row in enumerate(own.select("town", "price", "kind", "sold").iter_rows(named=True)):
            held = {"id": f"{shop}-{i}", "kind": "interaction", "task": f"new {shop}", "row": row}
            events.append(event_of(json.dumps(held | {"time": f"2026-01-05T{i:02d}:00:00Z"})))
    service.ingest(DEFAULT_TENANT, "demand", events).result()


def test_better_is_promoted_and_worse_is_not(
    service: Service, problem: Problem, tmp_path: Path, model: Callable[..., MetaModel], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A trained version takes the place of one that was never trained; one that was never trained does not."""
    before = service.live(DEFAULT_TENANT, "demand").model.version
    tell(service, problem, 80)
    made = meta_update(service, DEFAULT_TENANT, DEMAND, problem, tmp_path / "one")
    assert made.gate.passed, made.gate
    assert made.gate.candidate < made.gate.serving
    assert made.gate.tasks + made.logged == 80
    assert service.live(DEFAULT_TENANT, "demand").model.version == made.version
    with monkeypatch.context() as patch:
        patch.setattr(module, "meta_train", lambda *_, **__: model("number", seed=7))
        bad = meta_update(service, DEFAULT_TENANT, DEMAND, problem, tmp_path / "two")
    assert not bad.gate.passed
    assert service.live(DEFAULT_TENANT, "demand").model.version == made.version
    entries = {each.version: each for each in service.registry.entries(DEFAULT_TENANT, "demand")}
    assert entries[bad.version].report["gate"]["passed"] is False
    assert service.roll_back(DEFAULT_TENANT, "demand", "a test") == before


def test_too_little_to_judge_by(service: Service, problem: Problem, tmp_path: Path) -> None:
    """Without held-out tasks nothing is promoted, and the report says why; without events nothing is trained."""
    with pytest.raises(NotReady, match="no rows to learn from"):
        meta_update(service, DEFAULT_TENANT, DEMAND, problem, tmp_path / "none")
    tell(service, problem, 4)
    made = meta_update(service, DEFAULT_TENANT, DEMAND, problem, tmp_path / "few")
    assert not made.gate.passed
    assert "needed to judge" in made.gate.why
    assert made.gate.to_dict()["low"] is None


def test_groups_stay_together(service: Service, problem: Problem, tmp_path: Path) -> None:
    """New shops of towns that the table knows are no strangers: none of them can judge."""
    tell(service, problem, 60)
    table = replace(problem.table, schema=replace(problem.table.schema, group=("town",)))
    made = meta_update(service, DEFAULT_TENANT, DEMAND, replace(problem, table=table), tmp_path / "towns")
    assert (made.gate.tasks, made.logged) == (0, 0)
    assert made.tasks == 60 + 12
    assert not made.gate.passed


def test_whoever_is_forgotten_is_not_learned_from(service: Service, problem: Problem, tmp_path: Path) -> None:
    """Neither from the log nor from the table."""
    tell(service, problem, 60)
    before = meta_update(service, DEFAULT_TENANT, DEMAND, problem, tmp_path / "one")
    service.forget(DEFAULT_TENANT, "s03")
    for shop in range(1, 60, 2):
        service.forget(DEFAULT_TENANT, f"new {shop}")
    after = meta_update(service, DEFAULT_TENANT, DEMAND, problem, tmp_path / "two")
    assert after.tasks - after.logged == before.tasks - before.logged - 1
    assert after.logged + after.gate.tasks == 30


def test_rows_of_the_log(service: Service, problem: Problem) -> None:
    """With key, date and descriptor; of a composite key each part, dots and backslashes as they were."""
    user = {"id": "u", "kind": "user", "task": "new 0", "time": "2026-01-05T00:00:00Z", "row": {"town": "t2"}}
    service.ingest(DEFAULT_TENANT, "demand", [event_of(json.dumps(user))]).result()
    row: dict[str, Any] = {"price": 1.0, "kind": "u", "sold": 90.0}
    for name, task in (("1", "new 0"), ("2", r"a\.b.c\\")):
        held = {"id": name, "kind": "interaction", "task": task, "time": "2026-01-05T10:00:00Z", "row": row}
        service.ingest(DEFAULT_TENANT, "demand", [event_of(json.dumps(held))]).result()
    schema = problem.table.schema
    found = logged_rows(service.log, DEFAULT_TENANT, "demand", schema)
    assert found.row(0, named=True)["town"] == "t2"
    assert str(found["day"][0]) == "2026-01-05 10:00:00"
    double = Schema((*schema.columns[1:], Column("chain", Role.TASK, Kind.CATEGORY), schema.columns[0]))
    with pytest.raises(DataError, match="not the name of a task"):
        logged_rows(service.log, DEFAULT_TENANT, "demand", double)
    service.forget(DEFAULT_TENANT, "new 0")
    only = logged_rows(service.log, DEFAULT_TENANT, "demand", double)
    assert only.select("chain", "shop").row(0) == ("a.b", "c\\")
