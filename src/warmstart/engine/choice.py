"""`Choice`: what `Auto` chose on held-out tasks, and what each candidate would have cost; for manifests and reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np

__all__ = ["Candidate", "Choice"]

_SHOWN = 0.005


@dataclass(frozen=True)
class Candidate:
    """One line of the table."""

    name: str
    loss: tuple[float, ...] = ()
    """Mean on held-out tasks, by support size; empty for one that was left out."""
    weight: tuple[float, ...] = ()
    """In the mixture, by support size; they sum to 1 over candidates."""
    reason: str = ""
    """Why it was left out."""
    fit_seconds: float = 0.0
    ms_per_task: float = 0.0
    """To adapt to one task with the largest support and predict its query."""


_MEASURED = ("fit_seconds", "ms_per_task")


@dataclass(frozen=True)
class Choice:
    """All candidates, and the mixture."""

    measure: str
    """What `loss` is."""
    tasks: int
    """Held-out tasks."""
    shots: tuple[int, ...]
    loss: tuple[float, ...]
    """Of the mixture."""
    candidates: tuple[Candidate, ...]

    @classmethod
    def mean(cls, choices: Sequence[Self]) -> Self:
        """Losses, weights and times averaged over runs of the same candidates."""
        first = choices[0]
        lines = zip(*(each.candidates for each in choices), strict=True)
        loss = _mean([each.loss for each in choices])
        tasks = round(float(np.mean([each.tasks for each in choices])))
        return cls(first.measure, tasks, first.shots, loss, tuple(map(_mean_line, lines)))

    def __str__(self) -> str:
        """Members and weights at each support size, in one line."""
        said = (" + ".join(self._at(i)) for i in range(len(self.shots)))
        return "; ".join(f"K={k}: {members}" for k, members in zip(self.shots, said, strict=True))

    def text(self) -> str:
        """The whole table."""
        head = f"Chosen on {self.tasks:,} held-out tasks by {self.measure} (lower is better), weight in brackets."
        kept = [each for each in self.candidates if each.loss]
        width = max(len(each.name) for each in (*kept, Candidate("mixture")))
        title = "".join(f"{f'K={k}':>15}" for k in self.shots)
        lines = [f"{'':{width}}{title}{'fit s':>9}{'ms/task':>9}"]
        for each in kept:
            cells = "".join(map(_cell, each.loss, each.weight))
            lines.append(f"{each.name:{width}}{cells}{each.fit_seconds:>9.1f}{each.ms_per_task:>9.2f}")
        lines.append(f"{'mixture':{width}}{''.join(f'{loss:>8.4f}       ' for loss in self.loss)}".rstrip())
        lines += [f"left out: {each.name}: {each.reason}" for each in self.candidates if each.reason]
        return "\n".join([head, *lines])

    def to_json(self) -> dict[str, Any]:
        """Everything but what was measured with a clock, so that the same run gives the same content."""
        content = asdict(self)
        content["candidates"] = [
            {key: value for key, value in line.items() if key not in _MEASURED} for line in content["candidates"]
        ]
        return content

    def timings(self) -> dict[str, dict[str, float]]:
        """What was measured with a clock, by candidate."""
        return {each.name: {key: getattr(each, key) for key in _MEASURED} for each in self.candidates}

    @classmethod
    def from_json(cls, content: Mapping[str, Any], timings: Mapping[str, Mapping[str, float]]) -> Self:
        """What `to_json` and `timings` gave."""
        lines = tuple(
            Candidate(line["name"], tuple(line["loss"]), tuple(line["weight"]), line["reason"], **timings[line["name"]])
            for line in content["candidates"]
        )
        shots, loss = tuple(content["shots"]), tuple(content["loss"])
        return cls(content["measure"], content["tasks"], shots, loss, lines)

    def _at(self, shot: int) -> list[str]:
        held = sorted(((each.weight[shot], each.name) for each in self.candidates if each.weight), reverse=True)
        return [f"{weight:.2f} {name}" for weight, name in held if weight >= _SHOWN]


def _cell(loss: float, weight: float) -> str:
    return f"{loss:>8.4f} ({weight:.2f})" if weight >= _SHOWN else f"{loss:>8.4f}       "


def _mean(values: Sequence[Sequence[float]]) -> tuple[float, ...]:
    return tuple(np.mean(values, axis=0).tolist())


def _mean_line(lines: Sequence[Candidate]) -> Candidate:
    """Over the runs where it competed; where it was left out its weight was 0."""
    able = [each for each in lines if not each.reason]
    if not able:
        return lines[0]
    seconds, ms = (float(np.mean([getattr(each, key) for each in able])) for key in _MEASURED)
    weight = np.sum([each.weight for each in able], axis=0) / len(lines)
    return Candidate(able[0].name, _mean([e.loss for e in able]), tuple(weight.tolist()), "", seconds, ms)
