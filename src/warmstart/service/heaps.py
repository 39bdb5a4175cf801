"""`few_heaps`: one heap for all threads of a process that holds many small arrays for long."""

from __future__ import annotations

import ctypes
from contextlib import suppress

__all__ = ["few_heaps"]

_ARENA_MAX, _HEAPS = -8, 1
"""`M_ARENA_MAX` of malloc.h."""


def few_heaps() -> None:
    """Before there are threads, or it is too late: glibc gives each one a heap of its own, and they fill side by side.

    Another C library has no such thing, and none of it is needed there.
    """
    with suppress(AttributeError):
        ctypes.CDLL(None).mallopt(_ARENA_MAX, _HEAPS)
