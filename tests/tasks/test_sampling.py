"""`Sampling` and the `[split]` of a TOML are one thing."""

from __future__ import annotations

from dataclasses import asdict

from warmstart.tables._sections import SplitSection
from warmstart.tasks.sampling import Sampling


def test_same_keys_and_defaults_as_the_toml() -> None:
    """What a user leaves out means the same in Python and in a TOML."""
    assert SplitSection().model_dump(exclude={"group", "domain", "target_domain"}) == asdict(Sampling())
