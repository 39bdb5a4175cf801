"""`Rate`: how many requests a second each key may make: a token bucket each."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from time import monotonic

from warmstart.errors import Overloaded

__all__ = ["Rate"]


class Rate:
    """Up to `per_s` a second in the long run, and twice as many at once."""

    def __init__(self, per_s: float, clock: Callable[[], float] = monotonic) -> None:
        self._per_s, self._most, self._clock = per_s, 2 * per_s, clock
        self._held: dict[str, tuple[float, float]] = {}
        self._lock = Lock()

    def take(self, name: str) -> None:
        """Count one request. Errors: `Overloaded` with the seconds after which the next one is welcome."""
        with self._lock:
            now = self._clock()
            left, since = self._held.get(name, (self._most, now))
            left = min(left + (now - since) * self._per_s, self._most)
            taken = left >= 1
            self._held[name] = (left - 1 if taken else left, now)
        if not taken:
            raise Overloaded(f"this key may ask {self._per_s:g} times a second", retry_after_s=(1 - left) / self._per_s)
