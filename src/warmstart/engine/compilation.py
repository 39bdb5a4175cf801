"""The persistent compilation cache: a program that was compiled once is never compiled again on this machine."""

from __future__ import annotations

import jax

from warmstart.datasets.places import cache_folder

__all__ = ["remember_compiled"]


def remember_compiled() -> None:
    """Keep compiled programs in the user's cache folder, unless the user has chosen another."""
    if jax.config.jax_compilation_cache_dir is None:  # type: ignore[attr-defined]
        _set("jax_compilation_cache_dir", str(cache_folder() / "compiled"))
        _set("jax_persistent_cache_min_compile_time_secs", 0.2)


def _set(option: str, value: str | float) -> None:
    jax.config.update(option, value)  # type: ignore[no-untyped-call]
