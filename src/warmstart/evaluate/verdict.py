"""The sentence on top of a report: does adapting gain over the strongest baseline, and who beats the default."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from warmstart.errors import UsageError
from warmstart.evaluate.result import Row

__all__ = ["Difference", "verdict"]


@dataclass(frozen=True)
class Difference:
    """The default learner minus another one over the same tasks, with its paired bootstrap interval."""

    slice: str
    learner: str
    """The other one."""
    k: int | None
    metric: str
    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class _Duel:
    """The default against one other learner at one k; `low` and `high` bound how much better the default is."""

    ours: Row
    other: Row
    low: float
    high: float

    @property
    def won(self) -> bool:
        return self.low > 0

    @property
    def lost(self) -> bool:
        return self.high < 0

    @property
    def behind(self) -> bool:
        return self.other.better_than(self.ours) and not self.lost

    @property
    def gain_percent(self) -> float:
        return 100 * abs(self.ours.mean - self.other.mean) / max(abs(self.other.mean), 1e-12)


_Key = tuple[str, str, int | None]
Differences = Mapping[_Key, Difference]


def verdict(
    rows: Sequence[Row],
    differences: Iterable[Difference],
    default: str,
    baselines: Sequence[str],
    metric: str | None = None,
) -> str:
    """One line per slice, by `metric` (that of the first row by default).

    Without a paired difference for a learner the two separate intervals are compared, which is stricter.
    Errors: `UsageError` where the default or every baseline is missing on a slice.
    """
    metric = metric or rows[0].metric
    paired = {(d.slice, d.learner, d.k): d for d in differences if d.metric == metric}
    judged = [row for row in rows if row.metric == metric]
    slices = tuple(dict.fromkeys(row.slice for row in judged))
    lines = [_judge([row for row in judged if row.slice == name], paired, default, baselines) for name in slices]
    return lines[0] if slices == ("all",) else "\n".join(f"{s}: {line}" for s, line in zip(slices, lines, strict=True))


def _judge(rows: Sequence[Row], paired: Differences, default: str, baselines: Sequence[str]) -> str:
    ours = {row.k: row for row in rows if row.learner == default}
    duels = [_duel(ours[row.k], row, paired) for row in rows if row.learner != default and row.k in ours]
    strongest = _strongest([duel for duel in duels if duel.other.learner in baselines])
    if not strongest:
        raise UsageError(
            f"verdict: {default!r} and at least one of the baselines {list(baselines)} need rows at the same k"
        )
    adapted = [duel for duel in strongest if duel.ours.k != 0]
    start = [duel for duel in strongest if duel.ours.k == 0]
    return " ".join([*_gain(adapted), *map(_at_zero, start), _who_is_ahead(duels, default)])


def _duel(ours: Row, other: Row, paired: Differences) -> _Duel:
    found = paired.get((other.slice, other.learner, other.k))
    low, high = (found.low, found.high) if found else (ours.low - other.high, ours.high - other.low)
    return _Duel(ours, other, low, high) if ours.higher_is_better else _Duel(ours, other, -high, -low)


def _strongest(duels: Sequence[_Duel]) -> list[_Duel]:
    """Of the duels at each k, the one with the best other learner."""
    best: dict[int | None, _Duel] = {}
    for duel in duels:
        k = duel.ours.k
        if k not in best or duel.other.better_than(best[k].other):
            best[k] = duel
    return list(best.values())


def _gain(duels: Sequence[_Duel]) -> list[str]:
    if not duels:
        return []
    won, lost = [d for d in duels if d.won], [d for d in duels if d.lost]
    level = [d for d in duels if not d.won and not d.lost]
    word = "gains" if won else "does not gain"
    details = [
        *(
            [f"{duels[0].ours.learner} has the better {duels[0].ours.metric} {_at(won)}{_by_how_much(won)}"]
            if won
            else []
        ),
        *([f"no clear difference {_at(level)}"] if level else []),
        *([f"worse {_at(lost)}"] if lost else []),
    ]
    return [f"Adapting {word} over {_names(duels)} on this data: {'; '.join(details)}."]


def _by_how_much(won: Sequence[_Duel]) -> str:
    most = max(won, key=lambda duel: -1 if duel.ours.k is None else duel.ours.k)
    where = f" {_at([most])}" if len(won) > 1 else ""
    return f" (by {most.gain_percent:.1f} %{where})"


def _names(duels: Sequence[_Duel]) -> str:
    names = dict.fromkeys(duel.other.learner for duel in duels)
    if len(names) == 1:
        return next(iter(names))
    parts = (f"{name} {_at([d for d in duels if d.other.learner == name])}" for name in names)
    return f"the strongest baseline ({'; '.join(parts)})"


def _at_zero(duel: _Duel) -> str:
    word = "better than" if duel.won else "worse than" if duel.lost else "level with"
    return f"Before any support row (K = 0) it is {word} {duel.other.learner}."


def _who_is_ahead(duels: Sequence[_Duel], default: str) -> str:
    names = dict.fromkeys(duel.other.learner for duel in duels)
    beats = {name: [d for d in duels if d.other.learner == name and d.lost] for name in names}
    ahead = {name: [d for d in duels if d.other.learner == name and d.behind] for name in names}
    told = [
        *(f"{name} beats {default} {_at(lost)}." for name, lost in beats.items() if lost),
        *(f"{name} is ahead of {default} {_at(few)}, within chance." for name, few in ahead.items() if few),
    ]
    return " ".join(told) or f"No other learner here is ahead of {default}."


def _at(duels: Sequence[_Duel]) -> str:
    shots = [duel.ours.k for duel in duels]
    return "at each task's own K" if shots == [None] else f"at K = {', '.join(map(str, shots))}"
