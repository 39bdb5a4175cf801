"""`Sampling`: how tasks are held out and asked; the same keys as `[split]` in a TOML file."""

from __future__ import annotations

from dataclasses import dataclass

from warmstart.tasks.episodes import Order

__all__ = ["Sampling"]


@dataclass(frozen=True)
class Sampling:
    """How episodes of new tasks are drawn."""

    new_tasks: float = 0.33
    """Share of the task groups that are held out as new."""
    order: Order = "random"
    """How support comes before query."""
    shots: tuple[int, ...] = (0, 1, 2, 5, 10, 20)
    """Support sizes that are judged."""
    queries: int = 200
    """Most query rows an episode."""
    min_rows: int = 10
    """Tasks with fewer rows are left out."""
