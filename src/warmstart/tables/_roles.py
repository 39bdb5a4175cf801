"""Guess which column plays which role, by types, counts and structure; names are only a weak hint."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from warmstart.errors import NotFound, UsageError
from warmstart.tables._keys import constant_within, panel_key, rises
from warmstart.tables._profile import Profile
from warmstart.tables.schema import Kind, Role, Target

__all__ = ["Guess", "guess_recommend", "guess_table"]

FEWEST_ROWS, FEWEST_TASKS = 10, 3
MOST_CLASSES = 50
MOST_RATINGS = 11
LARGE_FAMILY = 3
SMALL_COUNT = 1000
EPOCH = (1e8, 5e9)  # seconds
PAIR = 2
ONCE = 0.5
MOSTLY = 0.7  # items are described a little differently at times

CLOCK = re.compile(r"week|month|day|date|time|year|period|quarter|hour|^ts$", re.I)
PERSON = re.compile(r"user|customer|member|visitor|household|client|buyer|shopper|hhid|person", re.I)
THING = re.compile(r"item|product|sku|stock|movie|article|asin|book|song|goods|isbn", re.I)
LABEL = re.compile(r"target|label|outcome|churn|response|default|^y$", re.I)
GOAL = re.compile(r"price|sales|units|quantity|qty|demand|revenue|rating|score|amount|move|volume", re.I)


@dataclass(frozen=True)
class Guess:
    """Roles by column, what is predicted, and which tasks belong together."""

    roles: Mapping[str, Role]
    target_type: Target
    group: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)
    """Why a column has its role, where that is not plain."""


def guess_table(
    frame: pl.DataFrame, profiles: Mapping[str, Profile], task: Sequence[str] | None, target: str | None
) -> Guess:
    """Roles for one table with a task key and a target."""
    _check(frame, [*(task or ()), *([target] if target else [])])
    dates = [p.name for p in profiles.values() if p.kind is Kind.DATE]
    naming = [p for p in profiles.values() if _could_name(p) and p.name not in (target, *(task or ()))]
    time, keys = _clock_and_keys(frame, profiles, naming, dates, task)
    target = target or _goal(profiles, {*keys, time})
    keys = keys or _largest(frame, [p for p in naming if p.name != target])
    crossed = len(keys) == PAIR and not _nested(frame, keys)
    group = (max(keys, key=lambda k: profiles[k].distinct),) if crossed else ()
    roles = {**dict.fromkeys(keys, Role.TASK), target: Role.TARGET}
    if time is not None:
        roles[time] = Role.TIME
    roles |= _rest(frame, profiles, roles, keys)
    notes = {d: "a date that may not be known yet when you predict: ignore it then" for d in dates if d != time}
    return Guess(roles, _target_type(profiles[target]), group, notes)


def guess_recommend(
    frame: pl.DataFrame, profiles: Mapping[str, Profile], task: Sequence[str] | None, target: str | None
) -> Guess:
    """Roles for a log of who took what, with a rating or without."""
    _check(frame, [*(task or ()), *([target] if target else [])])
    naming = [p for p in profiles.values() if _could_name(p) and p.name != target and p.name not in (task or ())]
    naming.sort(key=lambda p: -p.distinct)
    keys = tuple(task) if task else (_first(naming, PERSON),)
    item = _first([p for p in naming if p.name not in keys], THING)
    others = [p.name for p in profiles.values() if p.name not in (*keys, item)]
    of_item = constant_within(frame, [item], others, MOSTLY)
    of_task = constant_within(frame, keys, others)
    varying = [profiles[n] for n in others if n not in of_item | of_task]
    target = target or next((p.name for p in varying if _is_rating(p)), None)
    moments = sorted((p for p in varying if p.name != target and _is_moment(p)), key=lambda p: p.kind is not Kind.DATE)
    time = moments[0].name if moments else None
    alive = {n for n in others if profiles[n].distinct > 1}
    roles = dict.fromkeys(others, Role.IGNORE)
    roles |= dict.fromkeys(of_item & alive, Role.FEATURE) | dict.fromkeys(of_task & alive, Role.DESCRIPTOR)
    roles |= {**dict.fromkeys(keys, Role.TASK), item: Role.ITEM}
    roles |= {name: role for name, role in ((time, Role.TIME), (target, Role.TARGET)) if name is not None}
    return Guess(roles, Target.CHOICE if target is None else _target_type(profiles[target]))


def _check(frame: pl.DataFrame, names: Sequence[str]) -> None:
    for name in names:
        if name not in frame.columns:
            raise NotFound("column", name, frame.columns)


def _could_name(p: Profile) -> bool:
    """Values that come back often enough to name tasks."""
    return p.discrete and p.kind in (Kind.CATEGORY, Kind.NUMBER) and FEWEST_TASKS <= p.distinct <= p.rows / 2


def _clock_and_keys(
    frame: pl.DataFrame,
    profiles: Mapping[str, Profile],
    naming: Sequence[Profile],
    dates: Sequence[str],
    task: Sequence[str] | None,
) -> tuple[str | None, tuple[str, ...]]:
    """The time; and the task, where it is given or where with the time it names every row (a panel)."""
    whole = [p.name for p in profiles.values() if p.discrete and p.kind is Kind.NUMBER and p.distinct > FEWEST_TASKS]
    rising = [n for n in whole if rises(frame[n]) and n not in (task or ())]
    hinted = [n for n in whole if CLOCK.search(n) and n not in (*rising, *(task or ()))]
    for time in (*dates, *rising, *hinted):
        if task:
            found = time in (*dates, *rising) or not frame.select(*task, time).is_duplicated().any()
            keys: tuple[str, ...] | None = tuple(task) if found else None
        else:
            keys = panel_key(frame, [p.name for p in naming if p.name != time], time)
        if keys:
            return time, keys
    return next(iter((*dates, *rising)), None), tuple(task or ())


def _goal(profiles: Mapping[str, Profile], taken: set[str | None]) -> str:
    """A number whose name sounds like a goal, else the number with most values, else a small category."""
    stems = Counter(re.sub(r"\d+$", "", name) for name in profiles)
    free = [p for p in profiles.values() if p.name not in taken and p.distinct > 1]
    numbers = [p for p in free if p.kind is Kind.NUMBER and stems[re.sub(r"\d+$", "", p.name)] < LARGE_FAMILY]
    real = [p for p in numbers if not (p.unique and p.discrete)]
    named = [p for pattern in (LABEL, GOAL) for p in real if pattern.search(p.name)]
    if named:
        return named[0].name
    if real:
        return max(real, key=lambda p: p.distinct).name
    small = [p for p in free if p.kind is Kind.CATEGORY and p.distinct <= MOST_CLASSES]
    if not small:
        raise UsageError(f"no column looks like a target; name one of {', '.join(profiles)}")
    return min(small, key=lambda p: p.distinct).name


def _largest(frame: pl.DataFrame, naming: Sequence[Profile]) -> tuple[str, ...]:
    """The text column (or whole number named like a code) with most tasks of enough rows, within what it nests in."""
    if not naming:
        raise UsageError(f"no column looks like a task key; name one or more of {', '.join(frame.columns)}")
    sure = [p for p in naming if p.kind is Kind.CATEGORY] or list(naming)
    best = max(sure, key=lambda p: _tasks(frame[p.name])).name
    whole = [p for p in sure if p.kind is Kind.CATEGORY and not p.missing and p.name != best]
    outer = [p for p in whole if constant_within(frame, [best], [p.name])]
    return (max(outer, key=lambda p: p.distinct).name, best) if outer else (best,)


def _tasks(values: pl.Series) -> float:
    """Tasks with enough rows, by the share of all rows that they hold."""
    counts = values.drop_nulls().alias("value").value_counts(name="rows")["rows"]
    enough = counts.filter(counts >= FEWEST_ROWS)
    return len(enough) * (float(enough.sum()) / len(values)) ** 2


def _nested(frame: pl.DataFrame, keys: Sequence[str]) -> bool:
    """Whether one of the two columns decides the other."""
    a, b = keys
    return bool(constant_within(frame, [b], [a])) or bool(constant_within(frame, [a], [b]))


def _rest(
    frame: pl.DataFrame, profiles: Mapping[str, Profile], roles: Mapping[str, Role], keys: Sequence[str]
) -> dict[str, Role]:
    """Ignore what never varies or names rows; what is fixed within tasks describes them; the rest are features."""
    free = [p for p in profiles.values() if p.name not in roles]
    fixed = constant_within(frame, keys, [p.name for p in free])

    def role(p: Profile) -> Role:
        if p.distinct <= 1 or _names_rows(p):
            return Role.IGNORE
        return Role.DESCRIPTOR if p.name in fixed else Role.FEATURE

    return {p.name: role(p) for p in free}


def _names_rows(p: Profile) -> bool:
    """Most rows have a value of their own, and it is no measurement."""
    return p.discrete and p.distinct > ONCE * p.present and (p.kind is Kind.CATEGORY or p.unique)


def _target_type(p: Profile) -> Target:
    if p.kind is not Kind.NUMBER or p.distinct == PAIR:
        return Target.CLASS
    return Target.COUNT if p.discrete and p.low == 0 and p.high < SMALL_COUNT else Target.NUMBER


def _first(naming: Sequence[Profile], words: re.Pattern[str]) -> str:
    """The column named so, else the one with most values."""
    named = [p for p in naming if words.search(p.name)]
    if not naming:
        raise UsageError("the table needs a column that names users and one that names items, whose values come back")
    return (named or list(naming))[0].name


def _is_moment(p: Profile) -> bool:
    clock = CLOCK.search(p.name) or EPOCH[0] < p.low <= p.high < EPOCH[1]
    return p.kind is Kind.DATE or (p.kind is Kind.NUMBER and p.discrete and bool(clock))


def _is_rating(p: Profile) -> bool:
    few = FEWEST_TASKS <= p.distinct <= MOST_RATINGS
    return p.kind is Kind.NUMBER and few and 0 <= p.low <= p.high <= MOST_RATINGS
