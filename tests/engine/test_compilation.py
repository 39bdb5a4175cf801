"""The persistent compilation cache: in our folder, unless the user has chosen another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import jax
import pytest

from warmstart.engine.compilation import remember_compiled

OPTIONS = ("jax_compilation_cache_dir", "jax_persistent_cache_min_compile_time_secs")


@pytest.fixture(autouse=True)
def _no_choice() -> Iterator[None]:
    """Nothing is chosen before, and everything is as it was after."""
    before = {name: getattr(jax.config, name) for name in OPTIONS}
    jax.config.update("jax_compilation_cache_dir", None)
    yield
    for name, value in before.items():
        jax.config.update(name, value)


def test_own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside the downloaded data."""
    monkeypatch.setenv("WARMSTART_CACHE", str(tmp_path))
    remember_compiled()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "compiled")


def test_choice_of_the_user(tmp_path: Path) -> None:
    """A folder that is set already stays."""
    jax.config.update("jax_compilation_cache_dir", str(tmp_path / "mine"))
    remember_compiled()
    assert jax.config.jax_compilation_cache_dir == str(tmp_path / "mine")
