"""`Measures`: what Prometheus is told; no name of a task or a person is in it."""

from __future__ import annotations

from collections.abc import Mapping

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.responses import Response

__all__ = ["Measures"]

_METHODS = frozenset(("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"))
_SECONDS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30)


class Measures:
    """Of one app: its own registry, so that two apps in one process do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._seconds = Histogram(
            "warmstart_request_seconds",
            "Time of a request, by route and status",
            ("method", "route", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._answers = Counter(
            "warmstart_answers", "Answers", ("scenario", "model", "verb", "tier"), registry=self._registry
        )
        self._events = Counter("warmstart_events", "Events", ("scenario", "outcome"), registry=self._registry)
        self._drift = Gauge(
            "warmstart_drift_alarms",
            "Signals of a column that are not what they were",
            ("scenario", "column"),
            registry=self._registry,
        )

    def request(self, method: str, route: str, status: int, seconds: float, _request_id: str) -> None:
        """A request is over; `route` is empty for a path that there is not."""
        self._seconds.labels(method if method in _METHODS else "other", route, str(status)).observe(seconds)

    def answered(self, scenario: str, model: str, verb: str, tier: str) -> None:
        """A verb was answered."""
        self._answers.labels(scenario, model, verb, tier).inc()

    def ingested(self, scenario: str, new: int, known: int) -> None:
        """Events were acknowledged."""
        self._events.labels(scenario, "new").inc(new)
        self._events.labels(scenario, "known").inc(known)

    def drifted(self, scenario: str, alarms: Mapping[str, int], _: object = ()) -> None:
        """Events were looked at; alarms by column."""
        for column, count in alarms.items():
            self._drift.labels(scenario, column).set(count)

    def response(self) -> Response:
        """All of it as text."""
        return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)
