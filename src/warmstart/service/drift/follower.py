"""`Follower`: a thread that reads behind the acknowledgements, with a small share of one core."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from threading import Event, Thread
from time import perf_counter
from typing import Self, TypeVar

from warmstart.errors import NotReady
from warmstart.service.drift.drift import Drift

__all__ = ["Follower"]

_LOG = logging.getLogger("warmstart.service")
_AT_ONCE = 20  # events between two rests: who asks meanwhile waits for a few milliseconds
_SHARE = 0.02  # of the time it works; the rest of it belongs to who asks and who tells
_LOOK_AGAIN_S = 10.0  # for what other processes have written
_T = TypeVar("_T")


class Follower:
    """Works between `with` and its end; `scenarios` gives tenant and scenario of everything that answers."""

    def __init__(self, drift: Drift, scenarios: Callable[[], list[tuple[str, str]]]) -> None:
        self._drift, self._scenarios = drift, scenarios
        self._ended = Event()
        self._thread = Thread(target=self._work, name="drift", daemon=True)

    def __enter__(self) -> Self:
        self._drift.wake()
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._drift.wake()
        self._thread.join()

    def _work(self) -> None:
        while not self._ended.is_set():
            self._drift.told.wait(_LOOK_AGAIN_S)
            self._drift.told.clear()
            while self._some():
                pass

    def _some(self) -> bool:
        """A few events of each scenario, and a rest; whether there are more. False at the end."""
        more, none = False, list[tuple[str, str]]()
        for tenant, scenario in self._tried(self._scenarios, none):
            began = perf_counter()
            read = self._tried(partial(self._drift.read, tenant, scenario, _AT_ONCE), 0)
            more |= read == _AT_ONCE
            if self._ended.wait((perf_counter() - began) * (1 / _SHARE - 1)):
                return False
        return more

    def _tried(self, work: Callable[[], _T], otherwise: _T) -> _T:
        try:
            return work()
        except NotReady:  # the database is away, as readiness says; what was acknowledged is read when it is back
            return otherwise
        except Exception:  # whatever it is, the other scenarios are watched on, and this one's next events
            _LOG.exception("events were not watched for drift")
            return otherwise
