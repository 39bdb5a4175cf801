"""Jobs: long work in a process of its own, asked for, looked at and stopped through HTTP."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from threading import Event
from typing import Any

import pytest
from starlette.testclient import TestClient

from warmstart.errors import NotFound, UsageError
from warmstart.service.app import create_app
from warmstart.service.jobs.command import job_command
from warmstart.service.jobs.runner import OUTCOME, Command, JobRunner
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.database import Database
from warmstart.store.jobs import Job, Jobs

PROGRAMS = {
    "prints": "import sys; print('half', file=sys.stderr); print('{\"version\": 1}')",
    "writes": "import sys; print('noise'); open(sys.argv[1], 'w').write('[1, 2]')",
    "fails": "import sys; print('first\\nno rows', file=sys.stderr); sys.exit(3)",
    "says nonsense": "print('NaN or not')",
    "waits": "import sys, time; print('there', file=sys.stderr, flush=True); time.sleep(600)",
}


def program(_tenant: str, _scenario: str, kind: str, wish: Mapping[str, Any]) -> Command:
    """One of the programs above, instead of a verb of the command line."""
    return Command(
        (sys.executable, "-c", PROGRAMS[str(wish.get("program", kind))], OUTCOME)[: 4 if kind == "writes" else 3]
    )


@pytest.fixture
def runner(database: Database) -> Iterator[JobRunner]:
    """Works on the programs above."""
    with closing(JobRunner(Jobs(database), program)) as held:
        yield held


@pytest.fixture
def ended(runner: JobRunner, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Job]:
    """Waits until a job has ended; gives it."""
    told: dict[str, Event] = {}
    end, tell = runner.jobs.end, runner.jobs.tell

    def ends(name: str, *args: Any, **more: Any) -> None:
        end(name, *args, **more)
        told.setdefault(name, Event()).set()

    def tells(name: str, said: str, *args: Any) -> None:
        tell(name, said, *args)
        told.setdefault(f"{name} {said}", Event()).set()

    monkeypatch.setattr(runner.jobs, "end", ends)
    monkeypatch.setattr(runner.jobs, "tell", tells)

    def wait(name: str, said: str = "") -> Job:
        assert told.setdefault(f"{name} {said}".strip(), Event()).wait(60)
        return runner.jobs.get(DEFAULT_TENANT, name)

    return wait


def submit(runner: JobRunner, kind: str) -> str:
    """One of `PROGRAMS`."""
    return runner.submit(DEFAULT_TENANT, "demand", kind, {})


def test_what_comes_of_it(runner: JobRunner, ended: Callable[..., Job]) -> None:
    """The value that it prints or writes; or its exit code and what it said last. The next one runs anyway."""
    names = {kind: submit(runner, kind) for kind in ("prints", "writes", "fails", "says nonsense")}
    jobs = {kind: ended(name) for kind, name in names.items()}
    assert (jobs["prints"].outcome, jobs["prints"].failed) == ({"version": 1}, False)
    assert (jobs["writes"].outcome, jobs["writes"].failed) == ([1, 2], False)
    assert (jobs["fails"].outcome, jobs["fails"].said, jobs["fails"].failed) == ({"exit": 3}, "first\nno rows", True)
    assert jobs["says nonsense"].failed


def test_stopped(runner: JobRunner, ended: Callable[..., Job]) -> None:
    """One that runs and one that waits; a job that has ended cannot be."""
    runs, waits = submit(runner, "waits"), submit(runner, "prints")
    assert ended(runs, "there").said == "there"
    runner.stop(waits)
    runner.stop(runs)
    assert [(ended(name).said, ended(name).failed) for name in (runs, waits)] == [("stopped", True)] * 2
    with pytest.raises(NotFound):
        runner.stop(runs)


def test_through_http(
    service: Service, runner: JobRunner, ended: Callable[..., Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked for, listed, stopped; what is not known is refused."""
    monkeypatch.setitem(PROGRAMS, "meta-update", PROGRAMS["waits"])
    with TestClient(create_app(service, jobs=runner)) as client:
        card = client.post("/v1/jobs?scenario=demand", json={"kind": "meta-update", "share": 0.5}).json()
        assert (card["kind"], card["wish"]["share"], card["outcome"]) == ("meta-update", 0.5, None)
        ended(card["id"], "there")
        assert client.get(f"/v1/jobs/{card['id']}").json()["state"] == "running"
        assert client.delete(f"/v1/jobs/{card['id']}").status_code == 200
        ended(card["id"])
        (listed,) = client.get("/v1/jobs?scenario=demand").json()
        assert (listed["id"], listed["state"], listed["said"]) == (card["id"], "failed", "stopped")
        assert client.delete(f"/v1/jobs/{card['id']}").json()["state"] == "failed"
        assert client.get("/v1/jobs/no-such-job").status_code == 404
        for body in ({"kind": "shell"}, {"kind": "evaluate", "seeds": 0}, {"kind": "evaluate", "data": "/etc/passwd"}):
            assert client.post("/v1/jobs?scenario=demand", json=body).status_code == 422


def test_without_data(client: TestClient) -> None:
    """A service that was given none says how to start it."""
    refused = client.post("/v1/jobs?scenario=demand", json={"kind": "evaluate"})
    assert (refused.status_code, "--data" in refused.json()["message"]) == (400, True)


def test_the_command() -> None:
    """Of the scenario's own table alone; the password of the database is in no argument."""
    command = job_command("postgresql://anna:secret@db/shop", {"price": "uk-used-car-prices"})
    update = command("t", "price", "meta-update", {"share": 0.1})
    assert " ".join(update.arguments[1:]) == "update price --tenant t --share 0.1 --json --data uk-used-car-prices"
    assert update.environment == {"WARMSTART_DB": "postgresql://anna:secret@db/shop"}
    assert OUTCOME in command("t", "price", "evaluate", {"seeds": 3}).arguments
    with pytest.raises(UsageError, match="--data demand="):
        command("t", "demand", "evaluate", {"seeds": 3})
    with pytest.raises(UsageError, match="kind"):
        command("t", "price", "shell", {})
