"""Every operation of /openapi.json, fuzzed by schemathesis with all its checks: none fails, and nothing is a 5xx."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from schemathesis import engine
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events

from warmstart.service.app import create_app
from warmstart.service.jobs.runner import Command, JobRunner
from warmstart.service.limits import Limits
from warmstart.service.service import DEFAULT_TENANT, Service, now
from warmstart.store.database import Database
from warmstart.store.jobs import Jobs
from warmstart.store.keys import KeyKind

LONG = "WARMSTART_FAULTS" in os.environ
EXAMPLES, LEAST = (1_900, 20_000) if LONG else (2, 500)
"""Random cases of each operation, beside those at the edges of its form; cases in all. `make faults` wants many."""
ABOUT_THE_MODEL = (
    *("adapt", "predict", "recommend", "decide", "explain", "events", "policy", "promote", "roll_back", "start_job"),
)
"""Operations whose form cannot say which columns a row has, what a model can do, which version answers and how many
jobs wait: they may refuse what fits it."""
REFUSED = ["2xx", "400", "404", "409", "422", "429"]


def config(key: str) -> SchemathesisConfig:
    """All checks; the same cases each time; most of them about scenarios that there are."""
    accepts = {"positive_data_acceptance": {"expected-statuses": REFUSED}}
    return SchemathesisConfig.from_dict(
        {
            "seed": 0,
            "auth": {"openapi": {"key": {"bearer": key}}},
            "dictionaries": {"scenarios": {"values": ["demand", "recommend"]}},
            "parameters": {"scenario": {"dictionary": "scenarios", "probability": 0.8}},
            "operations": [{"include-operation-id": name, "checks": accepts} for name in ABOUT_THE_MODEL],
            "generation": {"deterministic": True, "database": "none", "max-examples": EXAMPLES},
        }
    )


@pytest.fixture
def locked(service: Service, database: Database, tmp_path: Path) -> Iterator[Service]:
    """The service of the same models, with keys."""
    with Service(database, tmp_path / "models", Limits(rate=1e6)) as held:
        yield held


def failures(recorder: Any) -> Iterator[str]:
    """Each check that failed, with the request and its answer."""
    for name, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info:
                answer = recorder.interactions[name].response
                told = f"{answer.status_code} {answer.text[:300]}" if answer else "no answer"
                yield f"{check.name}: {check.failure_info.failure}\n{check.failure_info.code_sample[:500]}\n{told}"


@pytest.fixture
def jobs(database: Database) -> Iterator[JobRunner]:
    """Jobs that do nothing."""
    with closing(JobRunner(Jobs(database), lambda *_: Command(("true",)))) as held:
        yield held


def test_openapi(locked: Service, jobs: JobRunner, capsys: pytest.CaptureFixture[str]) -> None:
    """Methods, keys, forms and types that there are not, and those that there are, at their edges and at random."""
    key = locked.keys.create(DEFAULT_TENANT, KeyKind.ADMIN, now())
    app = create_app(locked, jobs=jobs)
    schema = schemathesis.openapi.from_asgi("/openapi.json", app, config=config(key))
    statuses: Counter[int] = Counter()
    failed: list[str] = []
    for event in engine.from_schema(schema).execute():
        match event:
            case events.ScenarioFinished(recorder=recorder):
                statuses.update(each.response.status_code for each in recorder.interactions.values() if each.response)
                failed += failures(recorder)
            case events.NonFatalError() | events.FatalError():
                failed.append(str(event))
    with capsys.disabled():
        print(f"\n{statuses.total():,} cases: {dict(sorted(statuses.items()))}")
    assert not failed, "\n\n".join(failed[:10])
    assert max(statuses) < 500
    assert statuses[200], "no case reaches a model"
    assert statuses.total() >= LEAST
