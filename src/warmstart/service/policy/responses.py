"""`responses`: what followed each list that was shown, as the log tells it."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from warmstart.service.rows import label
from warmstart.store.log import Logged

__all__ = ["Response", "responses"]


@dataclass(frozen=True, eq=False)
class Response:
    """An impression, and which of its items were taken."""

    event: Any
    """The `Impression`."""
    taken: npt.NDArray[np.bool_]
    """bool[places]"""

    @property
    def explored(self) -> bool:
        """Whether anything was left to chance."""
        return bool(min(self.event.propensities) < 1)


def responses(events: Iterable[Logged], item: str, window: timedelta) -> list[Response]:
    """Impressions in the order in which they happened; `item` names the column of an interaction's item.

    An item is taken by an interaction of the same task at or within `window` after the impression. Where several
    impressions show it, it is the latest one's; an item counts once in a list.
    """
    told = sorted((logged.event for logged in events), key=lambda event: event.time)
    shown = [event for event in told if event.kind == "impression"]
    taken = [np.zeros(len(event.shown), bool) for event in shown]
    seen: dict[tuple[str, str], list[tuple[datetime, int, int]]] = defaultdict(list)
    for number, event in enumerate(shown):
        for place, name in reversed(list(enumerate(event.shown))):
            seen[event.task, name].append((event.time, number, place))
    for event in told:
        name = event.row.get(item) if event.kind == "interaction" else None
        earlier = [] if name is None or isinstance(name, list) else seen.get((event.task, label(name)), [])
        at = bisect_right(earlier, event.time, key=lambda each: each[0])
        if at and event.time - earlier[at - 1][0] <= window:
            _, number, place = earlier[at - 1]
            taken[number][place] = True
    return [Response(event, own) for event, own in zip(shown, taken, strict=True)]
