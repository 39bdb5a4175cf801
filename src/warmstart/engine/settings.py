"""`Settings`: how meta-training runs; the same keys as `[train]` in a TOML file."""

from __future__ import annotations

from dataclasses import dataclass

from warmstart.errors import UsageError
from warmstart.tasks.episodes import Order

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Parameters of the outer loop. Errors: `UsageError` for a value out of range."""

    steps: int = 3000
    """Upper limit of outer steps, > 0; early stopping usually ends before."""
    batch: int = 64
    """Tasks per step, > 0."""
    learning_rate: float = 3e-3
    """Adam's peak rate, > 0; rises over the first 5 % of the steps, then falls along a cosine."""
    weight_decay: float = 1e-3
    """Decoupled decay of all parameters, >= 0."""
    shots: tuple[int, ...] = (0, 1, 2, 5, 10, 20)
    """Support sizes at which validation tasks are judged; training draws sizes from the least to the largest."""
    queries: int = 32
    """Query rows per task and step, > 0."""
    order: Order = "random"
    """How support comes before query."""
    ahead: bool = False
    """Whether new tasks are asked about moments after all that was learned from: then `auto` holds out later moments
    beside task groups, and knows what the passing of time costs."""
    new_items: float = 0.1
    """Share of the steps, in [0, 1), at which a random part of the catalogue is shown as new, from content alone."""
    validation: float = 0.15
    """Share of task groups kept for early stopping, in (0, 1)."""
    validate_every: int = 100
    """Steps between two looks at the validation tasks, > 0."""
    patience: int = 6
    """Looks without a better one before training stops, > 0."""
    novel: bool = False
    """Of choices: whether only those that the support lacks are asked for; then `auto` chooses by, and the report rests
    on, rankings without the support's items."""
    seed: int = 0
    """Of everything random."""

    @property
    def from_the_first(self) -> bool:
        """Whether supports begin with a task's first moment: then each task is asked, with fewer rows than K too."""
        return self.order in ("session", "moments")

    def __post_init__(self) -> None:
        for name in ("steps", "batch", "learning_rate", "queries", "validate_every", "patience"):
            if getattr(self, name) <= 0:
                raise UsageError(f"train.{name}: expected a value above 0; got {getattr(self, name)}")
        if not 0 < self.validation < 1 or not 0 <= self.new_items < 1:
            raise UsageError("train.validation and train.new_items: expected a share between 0 and 1")
        if not self.shots or min(self.shots) < 0:
            raise UsageError(f"train.shots: expected support sizes of 0 or more; got {self.shots}")
