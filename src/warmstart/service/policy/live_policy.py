"""`live_policy` and `candidate_policy`: what the lists that were shown earned, and what another version's would have.

A place earns 1 where its item was taken; lists are compared by the sum over places, each a choice of its own
(`evaluate.off_policy`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import numpy as np

from warmstart.decide.rank import Chances
from warmstart.engine.model import MetaModel
from warmstart.errors import NotReady, UsageError
from warmstart.evaluate.off_policy import Estimate, Guess, Logged, Method, policy_value
from warmstart.scenarios.choose_items import chosen_chances
from warmstart.service.held_tasks import Task
from warmstart.service.live import Live
from warmstart.service.policy.responses import Response, responses
from warmstart.store.log import EventLog
from warmstart.store.log import Logged as LoggedEvent

__all__ = ["Attribution", "CandidatePolicy", "LivePolicy", "candidate_policy", "followed", "known_then", "live_policy"]

_SEED = 0
_ROWS = 10_000  # of a task that are read, the latest
_OF_ITEM = 1.0  # clicks of the place's mean rate that an item's own count against


@dataclass(frozen=True)
class Attribution:
    """Which interactions follow from a list, and how much one may count. Errors: `UsageError` for a value <= 0."""

    window: timedelta = timedelta(days=1)
    """From the list to what is taken because of it; younger lists do not count yet."""
    most: int = 500
    """Lists a candidate is asked about, the latest."""
    clip: float = 100.0
    """The most that one list counts for."""

    def __post_init__(self) -> None:
        if not (self.window > timedelta(0) and self.most > 0 and self.clip > 0):
            raise UsageError(f"expected a window, a number of lists and a clip above 0; got {self}")


@dataclass(frozen=True)
class LivePolicy:
    """What was shown, and what came of it."""

    lists: int
    """Whose window is over."""
    waiting: int
    """Whose window is not: they do not count yet."""
    tasks: int
    explored: int
    """Lists of which something was left to chance."""
    taken: Estimate | None
    """Items taken of a list, with its interval over tasks; None where no list counts."""
    taken_of_shown: float
    """Share of the items shown that were taken."""

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return _told(self)


@dataclass(frozen=True)
class CandidatePolicy:
    """What a version would have earned on explored lists, had it answered and explored as `recommend` does."""

    version: str
    lists: int
    """Of `places` items or more, of which the first `places` count; shorter ones are left out."""
    places: int
    shown: float
    """How much of what it would show is in the log: the mean weight, about 1 where all is, of the place with least."""
    live: Estimate
    """Items taken of these lists as they were shown."""
    ips: Estimate
    snips: Estimate
    dr: Estimate

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return _told(self)


def followed(
    events: Iterable[LoggedEvent], item: str | None, now: datetime, rule: Attribution
) -> tuple[list[Response], int]:
    """The lists whose window is over, with what followed, and how many others there are.

    Errors: `UsageError` for a model without items: it shows no lists.
    """
    if item is None:
        raise UsageError("this model has no catalogue: no list of items is shown, and none followed")
    all_of_them = responses(events, item, rule.window)
    over = [each for each in all_of_them if each.event.time + rule.window <= now]
    return over, len(all_of_them) - len(over)


def live_policy(lists: Sequence[Response], waiting: int) -> LivePolicy:
    """The value of what was shown: a mean, since the log is its own."""
    groups, shown = _tasks(lists), sum(len(each.taken) for each in lists)
    taken = np.array([[each.taken.sum()] for each in lists], np.float64)
    own = np.ones_like(taken)
    return LivePolicy(
        lists=len(lists),
        waiting=waiting,
        tasks=len(set(groups.tolist())),
        explored=sum(each.explored for each in lists),
        taken=policy_value(Logged(taken, own), own, "ips", groups=groups) if lists else None,
        taken_of_shown=float(taken.sum() / shown) if shown else 0.0,
    )


def candidate_policy(
    lists: Sequence[Response], model: MetaModel, known: Callable[[Any], Task], rule: Attribution
) -> CandidatePolicy:
    """The value of another version on the explored lists, by the items that it would have shown where.

    `known` gives the task of an impression as the model knew it then. Lists are cut to the most common length. Errors:
    `NotReady` where no list was explored or the candidate would show none of it; those of `chosen_chances`.
    """
    explored = [each for each in lists if each.explored]
    if not explored:
        raise NotReady("no list was left to chance: ask `recommend` with `explore`, and log its propensities")
    ((places, _),) = Counter(len(each.taken) for each in explored).most_common(1)
    long = [each for each in explored if len(each.taken) >= places][-rule.most :]
    found = [
        chosen_chances(known(each.event).adapted, each.event.shown[:places], _SEED + at) for at, each in enumerate(long)
    ]
    logged = Logged(
        np.array([each.taken[:places] for each in long], np.float64),
        np.array([each.event.propensities[:places] for each in long]),
    )
    chance, groups = np.array([each.shown for each in found]), _tasks(long)
    weight = (chance / logged.propensity).mean(axis=0)
    if not weight.all():
        raise NotReady(f"{model.version} would show none of what the log shows at some place: nothing to compare by")

    def value(method: Method, guess: Guess | None = None) -> Estimate:
        return policy_value(logged, chance, method, guess, clip=rule.clip, groups=groups)

    return CandidatePolicy(
        version=model.version,
        lists=len(long),
        places=places,
        shown=float(weight.min()),
        live=policy_value(logged, logged.propensity, "ips", groups=groups),
        ips=value("ips"),
        snips=value("snips"),
        dr=value("dr", _guess(logged.reward, _items(long, model, places), found, groups % 2)),
    )


def known_then(live: Live, log: EventLog, model: MetaModel) -> Callable[[Any], Task]:
    """Gives the task of an impression as what had happened before it made it, by this model."""

    @cache
    def told(task: str) -> list[LoggedEvent]:
        return log.of_task(live.tenant, live.scenario, task, most=_ROWS)

    return lambda event: live.of(model, [each for each in told(event.task) if each.event.time < event.time])


def _told(found: LivePolicy | CandidatePolicy) -> dict[str, Any]:
    return {name: value._asdict() if isinstance(value, Estimate) else value for name, value in vars(found).items()}


def _tasks(lists: Sequence[Response]) -> np.ndarray:
    """int64[lists]: the number of each one's task."""
    number: dict[str, int] = {}
    return np.array([number.setdefault(each.event.task, len(number)) for each in lists], np.int64)


def _items(lists: Sequence[Response], model: MetaModel, places: int) -> np.ndarray:
    """int64[lists, places]: what was shown, as places in the catalogue; of strangers the place after the last."""
    index = {name: at for at, name in enumerate(model.codec.items)}
    return np.array([[index.get(name, len(index)) for name in each.event.shown[:places]] for each in lists], np.int64)


def _guess(reward: np.ndarray, item: np.ndarray, found: Sequence[Chances], half: np.ndarray) -> Guess:
    """What the other half of the tasks says of places and items: the rate of a place times how well an item does."""
    shown, policy = np.zeros(reward.shape), np.zeros(reward.shape)
    size = int(max(item.max(), *(each.lists.max() for each in found))) + 1
    for own in (0, 1):
        other, asked = half != own, np.flatnonzero(half == own).tolist()
        rate = reward[other].mean(axis=0) if other.any() else np.zeros(reward.shape[1])
        expected = np.bincount(item[other].ravel(), np.broadcast_to(rate, item[other].shape).ravel(), size)
        fit = (np.bincount(item[other].ravel(), reward[other].ravel(), size) + _OF_ITEM) / (expected + _OF_ITEM)
        shown[asked] = rate * fit[item[asked]]
        for at in asked:
            drawn = found[at].lists
            policy[at] = rate * np.where(drawn < 0, 0.0, fit[drawn]).mean(axis=0)
    return Guess(shown, policy)
