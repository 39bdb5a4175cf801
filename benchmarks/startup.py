"""How long `import warmstart` takes in a fresh interpreter, beyond starting Python."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

_ROUNDS = 9


def measure() -> Iterator[tuple[str, float, str, str]]:
    """Interleaved with an empty interpreter, so that a busy machine slows both."""
    empty, full = [], []
    for _ in range(_ROUNDS):
        empty.append(_seconds("pass"))
        full.append(_seconds("import warmstart"))
    yield "import warmstart", statistics.median(full) - statistics.median(empty), "s", "< 0.3"


def _seconds(code: str) -> float:
    started = perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    return perf_counter() - started
