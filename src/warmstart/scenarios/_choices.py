"""How learners of choices are trained, where a scenario says nothing else."""

from __future__ import annotations

from warmstart.engine.settings import Settings

__all__ = ["CHOICES"]

CHOICES = Settings(
    order="session",
    shots=(0, 1, 3, 5, 10),
    batch=128,
    steps=300,
    learning_rate=5e-3,
    weight_decay=0.3,
    validate_every=50,
    patience=3,
)
