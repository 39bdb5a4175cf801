"""`Watch`: whether the events of one scenario still tell what its model learned from.

Each signal has an adaptive window (ADWIN: Bifet and Gavaldà 2007); where it finds a change, the row is sought since
which the mean differs most (the largest cumulative sum: Page 1954).
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

# Of river the compiled window alone: what wraps it imports every reader and model of river, and scikit-learn with them.
from river._river_rust.drift import AdaptiveWindowing

from warmstart.engine.model import MetaModel
from warmstart.errors import UsageError, UserError
from warmstart.service.drift.remembered import Remembered
from warmstart.service.drift.runs import Runs
from warmstart.service.drift.signals import signals
from warmstart.service.rows import frame_of
from warmstart.store.log import Logged, digest_of, microseconds, moment

__all__ = ["Bounds", "Change", "Watch"]

_PAGE = 500
_FEWEST = 1_000  # rows of which a share is meant: the first ones are nobody's flood
_TIMES_EVEN = 3.0
_NEARLY_ALL = 0.9
_BYTE = 256


@dataclass(frozen=True)
class Bounds:
    """What is looked at, and from where on it is said. Errors: `UsageError` for a value out of range."""

    rows: int = 10_000
    """That are remembered, the latest; >= 500, the most that are read at once."""
    delta: float = 1e-5
    """How likely one signal that does not change is said to, in (0, 1): the confidence of ADWIN."""
    share: float = 0.1
    """Of these rows, in (0, 1): a task with more of them, and with three times its even share, is named, and its
    further rows are not looked at."""
    judged: float = 0.1
    """Share of the rows, in [0, 1], of which it is asked how well they were foreseen."""

    def __post_init__(self) -> None:
        if not (self.rows >= _PAGE and 0 < self.delta < 1 and 0 < self.share < 1 and 0 <= self.judged <= 1):
            raise UsageError(f"expected rows >= {_PAGE}, delta and share in (0, 1), judged in [0, 1]; got {self}")


@dataclass(frozen=True)
class Change:
    """A signal whose mean is another since some row."""

    signal: int
    first: int
    """The row, counted from the first that was looked at."""


class Watch:
    """Of one model version; not safe to share between threads. `judge` gives the surprise of one event, or NaN."""

    def __init__(self, model: MetaModel, judge: Callable[[Logged], float], bounds: Bounds) -> None:
        self.model, self._judge, self._bounds = model, judge, bounds
        surprise = model.codec.target.column or model.schema.item or ""
        self._columns = signals(model)
        self.names = (*((each.column, each.measure) for each in self._columns), (surprise, "surprise"))
        self._detectors = [_detector(bounds.delta) for _ in self.names]
        self._begun = [0] * len(self.names)
        self._changes: list[Change] = []
        self._rows = Remembered(bounds.rows, len(self.names))
        self._runs = Runs(len(self.names))
        self._tasks: deque[str] = deque(maxlen=bounds.rows)
        self._counts: Counter[str] = Counter()

    def observe(self, events: Sequence[Logged]) -> list[Change]:
        """Look at further events, in the order of the log; gives what is found to have changed."""
        told = [each for each in events if each.event.kind == "interaction" and self._usual(each.event.task)]
        read = _fitting(self.model, told)
        if not read:
            return []
        frame = _frame(self.model, read)
        first = self._rows.end
        surprise = np.array([self._judge(each) if self._chosen(each) else np.nan for each in read])
        own = np.stack([*(signal.told(frame) for signal in self._columns), surprise], axis=1)
        scaled = np.stack([*(signal.scaled(frame) for signal in self._columns), surprise], axis=1)
        self._rows.add(own, scaled, [microseconds(each.event.time) for each in read])
        means, ends = self._runs.ended([each.event.task for each in read], scaled)
        rows = [first + end for end in ends]
        found = [change for at, values in enumerate(means.T) for change in self._updated(at, rows, values.tolist())]
        self._changes = [*self._remembered(), *found]
        return found

    def alarms(self) -> Counter[str]:
        """How many signals of each column have changed within the rows that are remembered."""
        return Counter(self.names[at][0] for at in {each.signal for each in self._remembered()})

    def report(self) -> dict[str, Any]:
        """JSON values: rows that are remembered, each signal before and after its last change, and tasks that flood."""
        last = {change.signal: change for change in self._remembered()}
        told = [self._told(at, last.get(at)) for at in range(len(self.names))]
        total = max(len(self._tasks), 1)
        floods = [(task, count) for task, count in self._counts.most_common() if count > self._most]
        return {
            "rows": len(self._tasks),
            "signals": told,
            "tasks": [{"task": task, "rows": count, "share": count / total} for task, count in floods],
        }

    def _remembered(self) -> list[Change]:
        return [each for each in self._changes if each.first >= self._rows.begin]

    def _told(self, at: int, change: Change | None) -> dict[str, Any]:
        column, measure = self.names[at]
        figure = np.std if measure == "spread" else np.mean
        begin = self._rows.begin if change is None else change.first
        earlier = [each.first for each in self._remembered() if each.signal == at and each.first < begin]
        before = self._rows.own(at, max(earlier, default=self._rows.begin), begin)
        after = self._rows.own(at, begin, self._rows.end)
        return {
            "column": column,
            "measure": measure,
            "alarm": change is not None,
            "since": None if change is None else moment(self._rows.moment(begin)).isoformat(),
            "before": float(figure(before)) if len(before) else None,
            "after": float(figure(after)) if len(after) else None,
        }

    def _usual(self, task: str) -> bool:
        """Count a row of a task; whether it has no more rows than one task may."""
        if len(self._tasks) == self._tasks.maxlen:
            oldest = self._tasks[0]
            self._counts[oldest] -= 1
            if not self._counts[oldest]:
                del self._counts[oldest]
        self._tasks.append(task)
        self._counts[task] += 1
        return self._counts[task] <= self._most

    @property
    def _most(self) -> float:
        """Rows of one task."""
        share = min(max(self._bounds.share, _TIMES_EVEN / len(self._counts)), _NEARLY_ALL)
        return share * max(len(self._tasks), min(_FEWEST, self._bounds.rows))

    def _chosen(self, logged: Logged) -> bool:
        """By a hash of its id: the same ones after a restart."""
        return digest_of(logged.event.id)[0] < self._bounds.judged * _BYTE

    def _updated(self, at: int, rows: Sequence[int], values: Sequence[float]) -> list[Change]:
        """What one signal finds in further values, each of what ended before a row."""
        found = []
        for row, value in zip(rows, values, strict=True):
            if np.isnan(value) or not self._detectors[at].update(value):
                continue
            self._detectors[at] = _detector(self._bounds.delta)
            begin = self._begun[at]
            change = Change(at, self._rows.parting(at, begin, row))
            self._begun[at] = change.first
            if self.names[at][1] != "surprise" or self._rows.rises(at, begin, change.first, row):
                found.append(change)
        return found


def _detector(delta: float) -> AdaptiveWindowing:
    return AdaptiveWindowing(delta=delta, clock=32, max_buckets=5, min_window_length=5, grace_period=10)


def _fitting(model: MetaModel, told: Sequence[Logged]) -> Sequence[Logged]:
    """Those that the model could learn from: all, unless it came after them and has other columns."""

    def fits(events: Sequence[Logged]) -> bool:
        try:
            model.check_support(frame_of(model.schema, [each.event.row for each in events], model.told))
        except UserError:
            return False
        return True

    return told if not told or fits(told) else [each for each in told if fits([each])]


def _frame(model: MetaModel, read: Sequence[Logged]) -> pl.DataFrame:
    """One line for each, with every column that may be looked at."""
    frame = frame_of(model.schema, [each.event.row for each in read], ())
    rest = [name for name in model.told if name not in frame.columns]
    return frame.with_columns(pl.lit(None).alias(name) for name in rest)
