"""`needs`: who may come in, by the key that a request carries."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from warmstart.service.refusal import Refusal
from warmstart.service.service import Service
from warmstart.store.keys import Access, KeyKind

__all__ = ["Doors", "needs"]

Doors = Mapping[KeyKind, Callable[..., Awaitable[Access]]]
"""By kind of key, the dependency that lets its holders in."""
_KEY = HTTPBearer(auto_error=False, scheme_name="key", description="Asked for as soon as there is a key.")


def needs(service: Service, kind: KeyKind) -> Callable[..., Awaitable[Access]]:
    """A dependency: the caller's access, if it opens what needs this kind of key."""

    async def access(request: Request, _: Annotated[Any, Depends(_KEY)]) -> Access:
        given = request.headers.get("authorization", "")
        scheme, _, key = given.partition(" ")
        if given and scheme.lower() != "bearer":
            raise _no_key("authorization: expected `Bearer KEY`")
        told = key.strip() or None
        found = service.remembered(told) or await to_thread.run_sync(service.access, told)
        if found is None:
            raise _no_key("expected the header `authorization: Bearer KEY` with a key that is valid")
        service.rate.take(found.id)
        if not found.may(kind):
            raise Refusal(403, "WrongKey", f"this needs a key of kind {kind.value} or admin; got {found.kind.value}")
        return found

    return access


def _no_key(message: str) -> Refusal:
    return Refusal(401, "NoKey", message, headers={"www-authenticate": "Bearer"})
