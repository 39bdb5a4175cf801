"""`Jobs`: what was asked for, how far it is, what came of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from warmstart.errors import NotFound
from warmstart.store.database import Database
from warmstart.store.jobs import Jobs

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)
LATER = NOW + timedelta(seconds=50)


def test_the_life_of_a_job(database: Database) -> None:
    """Waiting, running, done; each tenant sees its own."""
    jobs = Jobs(database)
    name = jobs.add("shop", "price", "meta-update", {"share": 0.1}, NOW)
    assert jobs.get("shop", name).state(NOW) == "waiting"
    jobs.begin(name, NOW)
    jobs.tell(name, "half", NOW)
    card = jobs.get("shop", name).to_dict(NOW)
    assert (card["state"], card["said"], card["outcome"], card["ended"]) == ("running", "half", None, None)
    jobs.end(name, "", {"version": "v2"}, LATER, failed=False)
    card = jobs.get("shop", name).to_dict(LATER)
    assert (card["state"], card["outcome"], card["ended"]) == ("done", {"version": "v2"}, LATER.isoformat())
    with pytest.raises(NotFound):
        jobs.get("other", name)
    assert jobs.lately("other", "price") == []


def test_a_job_of_a_process_that_is_gone(database: Database) -> None:
    """Lost a minute after its last sign of life; a failed one stays failed."""
    jobs = Jobs(database)
    lost, alive, failed = (jobs.add("shop", "price", "evaluate", {}, NOW + timedelta(seconds=i)) for i in range(3))
    jobs.begin(lost, NOW)
    jobs.end(failed, "no rows", {"exit": 3}, NOW, failed=True)
    jobs.beat([alive], LATER)
    at = NOW + timedelta(seconds=61)
    told = [(job.id, job.state(at)) for job in jobs.lately("shop", "price")]
    assert told == [(failed, "failed"), (alive, "waiting"), (lost, "lost")]
