"""`responses`: which interaction followed which list."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from warmstart.service.policy.responses import responses
from warmstart.store.event import event_of
from warmstart.store.log import Logged

HOUR = timedelta(hours=1)


def shown(hour: int, *items: str, task: str = "anna", chance: float = 0.5) -> dict[str, Any]:
    """An impression."""
    return {
        "kind": "impression",
        "task": task,
        "time": f"2026-01-05T{hour:02d}:00:00Z",
        "shown": items,
        "propensities": [chance] * len(items),
    }


def took(time: str, item: Any, task: str = "anna") -> dict[str, Any]:
    """An interaction."""
    return {"kind": "interaction", "task": task, "time": f"2026-01-05T{time}:00Z", "row": {"item": item}}


def taken(*events: dict[str, Any], window: timedelta = HOUR) -> Sequence[Sequence[bool]]:
    """Of each list in the order of time."""
    logged = [Logged(i, "recommend", event_of(json.dumps({"id": str(i), **each})), 0) for i, each in enumerate(events)]
    return [each.taken.tolist() for each in responses(logged, "item", window)]


def test_within_the_window_by_the_same_task() -> None:
    """At once and at its end; not before, not later, not by others, not what was not shown."""
    assert taken(shown(10, "a", "b"), took("10:00", "a"), took("11:00", "b")) == [[True, True]]
    assert taken(shown(10, "a"), took("09:59", "a"), took("11:01", "a"), took("10:30", "b")) == [[False]]
    assert taken(shown(10, "a"), took("10:30", "a", task="bert")) == [[False]]


def test_the_latest_list_has_it() -> None:
    """Whatever the order of arrival; taken twice it counts once."""
    events = [took("11:10", "a"), shown(11, "b", "a"), shown(10, "a"), took("11:20", "a")]
    assert taken(*events, window=3 * HOUR) == [[False], [False, True]]


def test_names_of_items() -> None:
    """A number is the text that names it; nothing, and lists, are no item."""
    assert taken(shown(10, "17"), took("10:30", 17.0)) == [[True]]
    assert taken(shown(10, "17"), took("10:30", None), took("10:30", ["17"])) == [[False]]
    assert taken(shown(10, "17", "17"), took("10:30", "17")) == [[True, False]]


def test_explored() -> None:
    """Where any place was left to chance."""
    logged = [Logged(0, "recommend", event_of(json.dumps({"id": "1", **shown(1, "a", chance=c)})), 0) for c in (0.5, 1)]
    assert [each.explored for each in responses(logged, "item", HOUR)] == [True, False]
