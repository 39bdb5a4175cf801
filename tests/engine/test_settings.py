"""`Settings`: ranges, and the same keys as a TOML."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.tables._sections import TrainSection


@pytest.mark.parametrize(
    "wrong",
    [
        {"steps": 0},
        {"batch": -1},
        {"learning_rate": 0.0},
        {"queries": 0},
        {"validate_every": 0},
        {"patience": 0},
        {"validation": 0.0},
        {"validation": 1.0},
        {"new_items": 1.0},
        {"new_items": -0.1},
        {"shots": ()},
        {"shots": (0, -1)},
    ],
    ids=str,
)
def test_range(wrong: dict[str, Any]) -> None:
    """A value out of range is refused by its name."""
    with pytest.raises(UsageError, match=f"train.*{next(iter(wrong))}"):
        Settings(**wrong)


def test_keys_of_the_toml() -> None:
    """Whatever a user may write under [train] is a setting."""
    assert set(TrainSection.model_fields) <= {f.name for f in fields(Settings)}
