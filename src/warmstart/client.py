"""`Client` and `AsyncClient`: the HTTP service from Python, with httpx alone.

    with Client("http://127.0.0.1:8000") as shop:
        shop.tell("price", [shop.interaction("audi.a1", {"year": 2017, "price": 11200, …})])
        answer = shop.predict("price", task="audi.a1", query=[{"year": 2019, …}])

Both have the same verbs from one definition; those of `AsyncClient` are awaited. A call that found the service away or
crowded is made again: nothing counts twice, since events carry their own ids.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from abc import ABC, abstractmethod
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import quote
from uuid import uuid4

import httpx

from warmstart.errors import (
    Conflict,
    DamagedFile,
    DataError,
    InternalError,
    NotReady,
    Overloaded,
    UsageError,
    UserError,
    WarmstartError,
)

__all__ = ["AsyncClient", "Client"]

_ERRORS = {each.__name__: each for each in (Conflict, DamagedFile, DataError, NotReady, Overloaded, UsageError)}
_AGAIN = (408, 429, 503)
_Rows = Sequence[Mapping[str, Any]]
_Step = dict[str, Any] | float  # a request, or seconds to wait
_Exchange = Generator[_Step, httpx.Response | None, Any]


@dataclass(frozen=True)
class _Call:
    """One request; `safe` to be made twice."""

    method: str
    path: str
    body: Any = None
    query: Mapping[str, str] = field(default_factory=dict)
    safe: bool = True


class _Verbs(ABC):
    """What can be asked; `_send` makes of each call what the kind of client does."""

    @abstractmethod
    def _send(self, call: _Call) -> Any: ...

    @staticmethod
    def interaction(
        task: str, row: Mapping[str, Any], *, name: str | None = None, at: datetime | None = None
    ) -> dict[str, Any]:
        """An event: a row of a task, happened now unless `at` (with its offset from UTC) says when."""
        when = (at or datetime.now(UTC)).isoformat()
        return {"id": name or uuid4().hex, "kind": "interaction", "task": task, "time": when, "row": dict(row)}

    def tell(self, scenario: str, events: Sequence[Mapping[str, Any]]) -> Any:
        """Acknowledge events, all of them or none: how many are `new`, and how many were `known`."""
        return self._send(_Call("POST", "/v1/events", list(events), {"scenario": scenario}))

    def adapt(self, scenario: str, **about: Any) -> Any:
        """What is known of a task: of its name `task`, or of its `descriptor` and `support` rows."""
        return self._verb("adapt", scenario, about)

    def predict(self, scenario: str, query: _Rows | None = None, **about: Any) -> Any:
        """A distribution for each query row, or the best of the catalogue."""
        return self._verb("predict", scenario, about | {"query": query})

    def recommend(self, scenario: str, n: int = 10, **about: Any) -> Any:
        """Items to show; further: block, allowed, already, explore, seed."""
        return self._verb("recommend", scenario, about | {"n": n})

    def decide(self, scenario: str, query: _Rows, n: int = 20, **about: Any) -> Any:
        """Rows to act on."""
        return self._verb("decide", scenario, about | {"query": query, "n": n})

    def explain(self, scenario: str, query: _Rows | None = None, **about: Any) -> Any:
        """What moved each answer."""
        return self._verb("explain", scenario, about | {"query": query})

    def models(self, scenario: str) -> Any:
        """The versions of a scenario."""
        return self._send(_Call("GET", "/v1/models", query={"scenario": scenario}))

    def promote(self, scenario: str, version: str, share: float = 1.0) -> Any:
        """Let this version answer; with a share below 1 that part of the tasks alone."""
        query = {"scenario": scenario, "share": str(share)}
        return self._send(_Call("POST", f"/v1/models/{_part(version)}/promote", query=query))

    def roll_back(self, scenario: str) -> Any:
        """Let the version before answer. Never made twice: that would lead forward again."""
        return self._send(_Call("POST", "/v1/models/roll-back", query={"scenario": scenario}, safe=False))

    def forget(self, person: str) -> Any:
        """Take a person's events and states away."""
        return self._send(_Call("DELETE", f"/v1/subjects/{_part(person)}"))

    def start_job(self, scenario: str, kind: str, **wish: Any) -> Any:
        """A `meta-update` (`share`) or `evaluate` (`seeds`), which waits for its turn. Never made twice."""
        asked = {"kind": kind, **wish}
        return self._send(_Call("POST", "/v1/jobs", asked, {"scenario": scenario}, safe=False))

    def jobs(self, scenario: str) -> Any:
        """The last hundred, the newest first."""
        return self._send(_Call("GET", "/v1/jobs", query={"scenario": scenario}))

    def job(self, name: str) -> Any:
        """How far it is, or what came of it."""
        return self._send(_Call("GET", f"/v1/jobs/{_part(name)}"))

    def stop_job(self, name: str) -> Any:
        """End one that waits or runs."""
        return self._send(_Call("DELETE", f"/v1/jobs/{_part(name)}"))

    def ready(self) -> Any:
        """Whether it can answer."""
        return self._send(_Call("GET", "/readyz"))

    def _verb(self, verb: str, scenario: str, asked: Mapping[str, Any]) -> Any:
        told = {name: value for name, value in asked.items() if value is not None}
        return self._send(_Call("POST", f"/v1/{_part(scenario)}/{verb}", told))


class _Connected:
    def __init__(self, url: str, key: str | None, timeout_s: float, tries: int) -> None:
        if tries < 1:
            raise UsageError(f"tries: expected 1 or more; got {tries}")
        self._tries = tries
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        self._settings: dict[str, Any] = {"base_url": url, "timeout": timeout_s, "headers": headers}

    def _waits(self, call: _Call) -> Iterator[float]:
        """Seconds before each further try: they double, and are drawn so that callers do not come back together."""
        for each in range(self._tries - 1 if call.safe else 0):
            yield random.uniform(0.05, 0.1) * 2**each

    def _exchange(self, call: _Call) -> _Exchange:
        """What to do next, a request or seconds to wait; is sent the response, or thrown that there is none."""
        for wait in (*self._waits(call), None):
            asked = 0.0
            try:
                response = yield _request(call)
                assert response is not None
            except httpx.TransportError as error:
                if wait is None:
                    reason = str(error) or type(error).__name__
                    raise NotReady(f"the service does not answer: {reason}") from error
            else:
                if wait is None or response.status_code not in _AGAIN:
                    return _read(response)
                asked = _asked_to_wait(response)
            yield max(wait, asked)
        raise InternalError("no try was made")


class Client(_Verbs, _Connected):
    """Errors: those of `warmstart.errors` that the service names; `NotReady` where nobody answers."""

    def __init__(self, url: str, key: str | None = None, *, timeout_s: float = 30.0, tries: int = 5) -> None:
        _Connected.__init__(self, url, key, timeout_s, tries)
        self._http = httpx.Client(**self._settings)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def _do(self, step: _Step) -> httpx.Response | None:
        if isinstance(step, dict):
            return self._http.request(**step)
        time.sleep(step)
        return None

    def _send(self, call: _Call) -> Any:
        exchange = self._exchange(call)
        step = next(exchange)
        while True:
            try:
                try:
                    got = self._do(step)
                except httpx.TransportError as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(got)
            except StopIteration as ended:
                return ended.value


class AsyncClient(_Verbs, _Connected):
    """As `Client`; each verb is awaited."""

    def __init__(self, url: str, key: str | None = None, *, timeout_s: float = 30.0, tries: int = 5) -> None:
        _Connected.__init__(self, url, key, timeout_s, tries)
        self._http = httpx.AsyncClient(**self._settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def _do(self, step: _Step) -> httpx.Response | None:
        if isinstance(step, dict):
            return await self._http.request(**step)
        await asyncio.sleep(step)
        return None

    async def _send(self, call: _Call) -> Any:
        exchange = self._exchange(call)
        step = next(exchange)
        while True:
            try:
                try:
                    got = await self._do(step)
                except httpx.TransportError as error:
                    step = exchange.throw(error)
                else:
                    step = exchange.send(got)
            except StopIteration as ended:
                return ended.value


def _request(call: _Call) -> dict[str, Any]:
    """What httpx is told; a body that JSON cannot hold is refused here."""
    told = {"method": call.method, "url": call.path, "params": call.query}
    if call.body is None:
        return told
    try:
        text = json.dumps(call.body, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise DataError(f"JSON cannot hold this: {error}") from error
    return told | {"content": text, "headers": {"content-type": "application/json"}}


def _read(response: httpx.Response) -> Any:
    if response.is_success:
        return response.json()
    try:
        told = response.json()
        name, message = told["error"], f"{told['message']} (request {told['request_id']})"
    except (ValueError, KeyError, TypeError):
        name, message = "", f"{response.status_code} without a reason"
    raise _error(response.status_code, name, message)


def _error(status: int, name: str, message: str) -> WarmstartError:
    if name in _ERRORS:
        return _ERRORS[name](message)
    kind = InternalError if status >= httpx.codes.INTERNAL_SERVER_ERROR else UserError
    return kind(message)


def _asked_to_wait(response: httpx.Response) -> float:
    said = response.headers.get("retry-after", "0")
    return float(said) if said.isdigit() else 0.0


def _part(name: str) -> str:
    """A name as one part of a path."""
    return quote(name, safe="")
