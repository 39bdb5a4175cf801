"""`live_policy`: what lists earned, and what another version's would have: against a truth that is known."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest

from warmstart.engine.model import MetaModel
from warmstart.errors import NotReady, UsageError
from warmstart.scenarios.choose_items import choose_items, chosen_chances
from warmstart.service.live import Task
from warmstart.service.policy.live_policy import Attribution, candidate_policy, followed, known_then, live_policy
from warmstart.service.policy.responses import Response
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.store.event import event_of

PLACES = 3
CLICK = np.array([0.6, 0.1, 0.5, 0.1, 0.3, 0.05])
"""Chance that an item of the baskets is taken where it is shown."""
DAY = datetime(2026, 1, 5, tzinfo=UTC)
Make = Callable[..., MetaModel]


def impression(task: str, shown: list[str], chances: list[float], hour: int = 10) -> Any:
    """As the log tells it."""
    time = (DAY + timedelta(hours=hour)).isoformat()
    told = {"id": f"{task} {hour}", "kind": "impression", "task": task, "time": time}
    return event_of(json.dumps(told | {"shown": shown, "propensities": chances}))


def log(model: MetaModel, seed: int, lists: int = 300) -> list[Response]:
    """Lists that a model has shown to tasks of which it knew nothing, left to chance; clicks as `CLICK` has them."""
    rng = np.random.default_rng(seed)
    nobody, made = model.adapt(), []
    for at in range(lists):
        chosen = choose_items(nobody, PLACES, seed * lists + at, explore=True)
        event = impression(f"t{at % 100}", chosen.names, np.clip(chosen.ranking.propensity, 1e-6, 1).tolist())
        made.append(Response(event, rng.random(PLACES) < CLICK[chosen.ranking.items]))
    return made


def truth(model: MetaModel) -> float:
    """What its lists earn, by twenty thousand of them."""
    return float(CLICK[chosen_chances(model.adapt(), ["i0"] * PLACES, 0, 20_000).lists].sum(axis=1).mean())


def test_a_candidate_against_the_truth(model: Make) -> None:
    """Of twelve logs ten or more intervals hold what it is worth, by each estimate: with 0.95 each a chance of 0.98."""
    logging, candidate = model("choice", seed=0), model("choice", seed=1)
    nobody, worth = Task(candidate.adapt(), 0), truth(candidate)
    held = dict.fromkeys(("ips", "snips", "dr"), 0)
    for seed in range(12):
        found = candidate_policy(log(logging, seed, 150), candidate, lambda _: nobody, Attribution())
        for name, hits in held.items():
            estimate = getattr(found, name)
            held[name] = hits + (estimate.low <= worth <= estimate.high)
        assert (found.lists, found.places) == (150, PLACES)
        assert found.shown == pytest.approx(1, abs=0.3)
    assert min(held.values()) >= 10, held


def test_the_version_of_the_log_is_worth_what_it_earned(model: Make) -> None:
    """Its own weights are one, but for what simulating propensities leaves open."""
    own = model("choice", seed=0)
    lists = log(own, 0)
    found = candidate_policy(lists, own, lambda _: Task(own.adapt(), 0), Attribution())
    earned = live_policy(lists, 0)
    assert earned.taken is not None
    assert found.live == earned.taken
    assert found.snips.mean == pytest.approx(earned.taken.mean, rel=0.05)
    assert found.snips.effective > 280


def test_by_hand(model: Make) -> None:
    """Two lists of one task and one of another, not explored; a list that waits does not count."""
    lists = [
        Response(impression("a", ["i0", "i1"], [1, 1]), np.array([True, True])),
        Response(impression("a", ["i0"], [1]), np.array([False])),
        Response(impression("b", ["i2"], [1]), np.array([True])),
    ]
    found = live_policy(lists, 4)
    assert (found.lists, found.waiting, found.tasks, found.explored) == (3, 4, 2, 0)
    assert found.taken is not None
    assert found.taken.mean == pytest.approx((2 + 0 + 1) / 3)
    assert found.taken_of_shown == pytest.approx(3 / 4)
    with pytest.raises(NotReady, match="left to chance"):
        candidate_policy(lists, model("choice"), lambda _: Task(model("choice").adapt(), 0), Attribution())
    assert live_policy([], 0).taken is None


def test_lists_of_other_lengths(model: Make) -> None:
    """Longer ones are cut to the most common length, shorter ones left out; unknown items have no chance."""
    own = model("choice")
    shown = [["i0", "i1"], ["i2", "i3", "i4"], ["i5"], ["i1", "i0"], ["new", "i2"]]
    lists = [Response(impression("a", each, [0.2] * len(each)), np.zeros(len(each), bool)) for each in shown]
    found = candidate_policy(lists, own, lambda _: Task(own.adapt(), 0), Attribution())
    assert (found.lists, found.places) == (4, 2)
    strangers = [Response(impression("a", ["new"], [0.5]), np.array([True]))]
    with pytest.raises(NotReady, match="nothing to compare"):
        candidate_policy(strangers, own, lambda _: Task(own.adapt(), 0), Attribution())


def test_what_followed_from_the_log(service: Service) -> None:
    """An interaction after a list is what it earned, and not what the candidate knew; a fresh list waits."""
    told = [
        {"id": "1", "kind": "interaction", "task": "anna", "time": "2026-01-04T10:00:00Z", "row": {"item": "i3"}},
        {"id": "2", "kind": "interaction", "task": "anna", "time": "2026-01-04T12:00:00Z", "row": {"item": "i1"}},
    ]
    lists = [impression("anna", ["i0", "i1"], [0.5, 0.5], hour) for hour in (-13, 23)]
    events = [event_of(json.dumps(each)) for each in told]
    service.ingest(DEFAULT_TENANT, "recommend", [*lists, *events]).result()
    live = service.live(DEFAULT_TENANT, "recommend")
    logged = service.log.since(DEFAULT_TENANT, scenario="recommend")
    over, waiting = followed(logged, "item", service.clock(), Attribution())
    assert [each.taken.tolist() for each in over] == [[False, True]]
    assert waiting == 1
    known = known_then(live, service.log, live.model)
    assert [known(each).adapted.k for each in lists] == [1, 2]
    with pytest.raises(UsageError, match="no catalogue"):
        followed([], None, service.clock(), Attribution())


@pytest.mark.parametrize("wrong", [{"window": timedelta(0)}, {"most": 0}, {"clip": 0.0}])
def test_refused_rules(wrong: dict[str, Any]) -> None:
    """Each is above 0."""
    with pytest.raises(UsageError, match="above 0"):
        Attribution(**wrong)
