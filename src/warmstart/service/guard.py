"""`Guard`: what every request passes first: a number, a place in the queue, a body that is small, whole and in time."""

from __future__ import annotations

import asyncio
import logging
import re
import zlib
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any
from uuid import uuid4

from warmstart.service.limits import Limits
from warmstart.service.refusal import Refusal, refusal_of, refused

__all__ = ["Guard", "Seen"]

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
_App = Callable[[MutableMapping[str, Any], _Receive, _Send], Awaitable[None]]
Seen = Callable[[str, str, int, float, str], None]
"""Told of each request: method, route, status, seconds, request id."""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_LOG = logging.getLogger("warmstart.service")
_OUR_FAULT = 500
_ALWAYS = ("/healthz", "/readyz", "/metrics")  # answered in any crowd
_GZIP = 16 + zlib.MAX_WBITS


class Guard:
    """ASGI around ASGI."""

    def __init__(self, app: _App, limits: Limits, seen: Seen) -> None:
        self._app, self._limits, self._seen = app, limits, seen
        self._inside = 0

    async def __call__(self, scope: MutableMapping[str, Any], receive: _Receive, send: _Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        given = headers.get(b"x-request-id", b"")
        name = given.decode() if _REQUEST_ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = name
        started, status, begun = perf_counter(), _OUR_FAULT, False

        async def numbered(message: _Message) -> None:
            nonlocal status, begun
            if message["type"] == "http.response.start":
                status, begun = message["status"], True
                message["headers"] = [*message.get("headers", ()), (b"x-request-id", name.encode())]
            await send(message)

        self._inside += 1
        try:
            await self._through(scope, headers, receive, numbered)
        except Exception as error:  # here every error becomes an answer
            refusal = refusal_of(error)
            if refusal.status == _OUR_FAULT:
                _LOG.exception("request %s failed", name)
            if begun:
                raise
            await refused(refusal, name)(scope, receive, numbered)
        finally:
            self._inside -= 1
            route = getattr(scope.get("route"), "path_format", "")
            self._seen(scope["method"], route, status, perf_counter() - started, name)

    async def _through(
        self, scope: MutableMapping[str, Any], headers: dict[bytes, bytes], receive: _Receive, send: _Send
    ) -> None:
        limits = self._limits
        if self._inside > limits.at_once and scope["path"] not in _ALWAYS:
            raise Refusal(429, "Overloaded", f"{limits.at_once} requests are worked on", retry_after_s=1)
        try:
            async with asyncio.timeout(limits.seconds):
                body = await self._body(headers, receive)
        except TimeoutError:
            raise Refusal(408, "TooSlow", f"the body was not there after {limits.seconds:g} s") from None
        given = False

        async def replay() -> _Message:
            nonlocal given
            if given:
                return await receive()
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        try:
            async with asyncio.timeout(limits.seconds):
                await self._app(scope, replay, send)
        except TimeoutError:
            raise Refusal(503, "TooSlow", f"no answer within {limits.seconds:g} s", retry_after_s=1) from None

    async def _body(self, headers: dict[bytes, bytes], receive: _Receive) -> bytes:
        most = self._limits.body_bytes
        length = headers.get(b"content-length", b"0")
        if length.isdigit() and int(length) > most:
            raise _too_large(most)
        encoding = headers.get(b"content-encoding", b"identity").lower()
        if encoding not in (b"identity", b"gzip"):
            raise Refusal(415, "UnknownEncoding", "content-encoding: expected gzip or none")
        parts, size, more = [], 0, True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "Disconnected", "the caller left before the body was whole")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            more = message.get("more_body", False)
            if size > most:
                raise _too_large(most)
        body = b"".join(parts)
        return _unpacked(body, most) if encoding == b"gzip" else body


def _unpacked(body: bytes, most: int) -> bytes:
    unpack = zlib.decompressobj(_GZIP)
    try:
        plain = unpack.decompress(body, most + 1)
    except zlib.error as error:
        raise Refusal(400, "DamagedBody", f"the body is no gzip: {error}") from None
    if len(plain) > most:
        raise _too_large(most)
    if not unpack.eof or unpack.unused_data:
        raise Refusal(400, "DamagedBody", "the body is not one whole gzip stream")
    return plain


def _too_large(most: int) -> Refusal:
    return Refusal(413, "TooLarge", f"a body of up to {most:,} bytes, unpacked too, is read")
