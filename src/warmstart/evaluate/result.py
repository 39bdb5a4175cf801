"""`Report`: the rows of one evaluation, and the JSON that scripts rely on."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Self

from warmstart.errors import DamagedFile
from warmstart.evaluate._atomic import write_whole
from warmstart.evaluate.calibration import Calibration

__all__ = ["Report", "Row"]


@dataclass(frozen=True)
class Row:
    """One learner at one number of support rows on one slice, by one metric: mean over tasks, 95 % interval."""

    slice: str
    """ "all" or the protocol's part: user_cold, item_cold, both_cold; novel."""
    learner: str
    k: int | None
    """Support rows; None where the protocol gives each task its own number."""
    metric: str
    mean: float
    low: float
    high: float
    higher_is_better: bool
    n_tasks: int
    ms_per_task: float
    """Milliseconds to adapt to one task and predict its query."""

    @property
    def is_finite(self) -> bool:
        """Whether every number can stand in JSON."""
        return all(math.isfinite(value) for value in (self.mean, self.low, self.high, self.ms_per_task))

    def better_than(self, other: Row) -> bool:
        """Whether the mean of this row is the better one."""
        return self.mean > other.mean if self.higher_is_better else self.mean < other.mean


_JSON_KEYS = ("scenario", "data", "protocol", "seeds", "default", "rows", "chosen", "verdict")


@dataclass(frozen=True)
class Report:
    """What an evaluation found. Rows without a finite value are dropped at once and named in `notes`."""

    scenario: str
    data: str
    protocol: str
    seeds: int
    """How many."""
    default: str
    """The learner that a user gets who names none."""
    rows: tuple[Row, ...]
    chosen: str
    """What the default chose on validation tasks; its own name where it had no choice."""
    verdict: str = ""
    baselines: tuple[str, ...] = ()
    """Learners that do not meta-learn; not part of the JSON."""
    notes: tuple[str, ...] = ()
    """Not part of the JSON."""
    choice: str = ""
    """What the default chose from, as a table in plain text; not part of the JSON."""
    calibration: tuple[Calibration, ...] = ()
    """Of numbers and of two classes, every learner at every K; not part of the JSON."""

    def __post_init__(self) -> None:
        dropped = tuple(f"dropped, not finite: {_name(row)}" for row in self.rows if not row.is_finite)
        object.__setattr__(self, "rows", tuple(row for row in self.rows if row.is_finite))
        object.__setattr__(self, "notes", (*self.notes, *dropped))

    @property
    def learners(self) -> tuple[str, ...]:
        """The default, then the other learners, then the baselines, each in order of appearance."""
        found = dict.fromkeys(row.learner for row in self.rows)
        return tuple(sorted(found, key=lambda name: (name != self.default, name in self.baselines)))

    def blocks(self) -> tuple[tuple[str, str], ...]:
        """(slice, metric) pairs in order of appearance: one table and one picture each."""
        return tuple(dict.fromkeys((row.slice, row.metric) for row in self.rows))

    def block(self, slice_: str, metric: str) -> tuple[Row, ...]:
        """The rows of one slice and metric."""
        return tuple(row for row in self.rows if (row.slice, row.metric) == (slice_, metric))

    def to_json(self) -> str:
        """Exactly the contract of `warmstart evaluate --json`."""
        content = {key: getattr(self, key) for key in _JSON_KEYS} | {"rows": [asdict(row) for row in self.rows]}
        return json.dumps(content, allow_nan=False, ensure_ascii=False, indent=1) + "\n"

    def write_json(self, path: Path) -> Path:
        """Write the JSON file whole or not at all; `UsageError` where the place is not writable."""
        return write_whole(path, self.to_json().encode())

    @classmethod
    def from_json(cls, text: str) -> Self:
        """The report of `to_json`, without baselines and notes; `DamagedFile` for any other text."""
        try:
            content = json.loads(text)
            _same_keys("report", content, _JSON_KEYS)
            return cls(**(content | {"rows": tuple(_row(row) for row in content["rows"])}))
        except (ValueError, TypeError, AttributeError) as error:
            raise DamagedFile(f"not the JSON of an evaluation: {error}") from error


def _name(row: Row) -> str:
    return f"{row.metric} of {row.learner} at k = {row.k} on slice {row.slice}"


def _row(content: Any) -> Row:
    _same_keys("row", content, [field.name for field in fields(Row)])
    return Row(**content)


def _same_keys(what: str, content: Any, expected: Iterable[str]) -> None:
    if content.keys() != set(expected):
        raise ValueError(f"{what}: expected keys {sorted(expected)}, got {sorted(content)}")
