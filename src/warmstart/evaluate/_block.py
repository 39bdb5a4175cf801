"""One slice and metric of a report laid out for readers: learners by shots, what is best, how numbers are written."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from statistics import median

from warmstart.evaluate.metrics import METRICS, Metric
from warmstart.evaluate.result import Report, Row

__all__ = ["Block", "blocks_of"]

_MOST_DECIMALS = 5


@dataclass(frozen=True)
class Block:
    """A table or a picture: rows of one slice and metric."""

    report: Report
    slice: str
    metric: str
    rows: tuple[Row, ...]

    @property
    def learners(self) -> tuple[str, ...]:
        """The default, the other learners, the baselines: those that have rows here."""
        present = {row.learner for row in self.rows}
        return tuple(name for name in self.report.learners if name in present)

    @property
    def shots(self) -> tuple[int | None, ...]:
        """Numbers of support rows, ascending; None (each task its own) last."""
        return tuple(sorted({row.k for row in self.rows}, key=lambda k: math.inf if k is None else k))

    def at(self, shots: tuple[int | None, ...]) -> Block:
        """The same block with these numbers of support rows alone."""
        return replace(self, rows=tuple(row for row in self.rows if row.k in shots))

    @property
    def label(self) -> str:
        """The metric in words."""
        return self._known.label

    @property
    def direction(self) -> str:
        """Which way is better."""
        known = self._known
        if known.target is not None:
            return f"best near {known.target:g}"
        return "higher is better" if known.higher_is_better else "lower is better"

    @property
    def tasks(self) -> str:
        """How many tasks, as text."""
        counts = sorted({row.n_tasks for row in self.rows})
        return f"{'–'.join(f'{n:,}' for n in dict.fromkeys((counts[0], counts[-1])))} tasks"

    @property
    def _known(self) -> Metric:
        return METRICS.get(self.metric) or Metric(self.metric, self.rows[0].higher_is_better, self.metric)

    @property
    def decimals(self) -> int:
        """Decimals at which the typical half-width has two digits."""
        halves = [_half(row) for row in self.rows if _half(row) > 0]
        digits = 1 - math.floor(math.log10(median(halves))) if halves else 3
        return min(max(digits, 0), _MOST_DECIMALS)

    def row(self, learner: str, k: int | None) -> Row | None:
        """The row of one learner at one number of shots."""
        return next((row for row in self.rows if (row.learner, row.k) == (learner, k)), None)

    def line(self, learner: str) -> tuple[Row, ...]:
        """The rows of one learner by ascending shots."""
        found = (self.row(learner, k) for k in self.shots)
        return tuple(row for row in found if row is not None)

    def loss(self, row: Row) -> float:
        """The row's mean such that less is better."""
        return self._known.loss(row.mean)

    def is_best(self, row: Row) -> bool:
        """Whether no learner has a better mean at this number of shots."""
        return self.loss(row) <= min(self.loss(other) for other in self.rows if other.k == row.k)

    @property
    def best_baseline(self) -> str | None:
        """The baseline with the best mean over all shots that it has."""
        lines = {name: self.line(name) for name in self.learners if name in self.report.baselines}
        return min(lines, key=lambda name: sum(map(self.loss, lines[name])) / len(lines[name]), default=None)

    def value(self, row: Row) -> str:
        """The mean, as short as it may be: .0846 or 1,234."""
        return _short(f"{row.mean:,.{self.decimals}f}")

    def half(self, row: Row) -> str:
        """Half the interval's width with one digit that counts: ±.003."""
        half = _half(row)
        digits = max(0, -math.floor(math.log10(half))) if half > 0 else 0
        return f"±{_short(f'{half:,.{min(digits, _MOST_DECIMALS)}f}')}"


def blocks_of(report: Report) -> tuple[Block, ...]:
    """Every slice and metric of the report, in order of appearance."""
    return tuple(Block(report, *block, report.block(*block)) for block in report.blocks())


def _half(row: Row) -> float:
    return (row.high - row.low) / 2


def _short(number: str) -> str:
    return number.replace("0.", ".", 1) if number.lstrip("-").startswith("0.") else number
