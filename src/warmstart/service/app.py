"""`create_app`: the routes of the service."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.security import HTTPBearer
from pydantic import BaseModel, TypeAdapter
from starlette.convertors import register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from warmstart._version import __version__
from warmstart.errors import UsageError, WarmstartError
from warmstart.service import verbs, wire
from warmstart.service.any_name import AnyName
from warmstart.service.bodies import events_in
from warmstart.service.guard import Guard, Seen
from warmstart.service.live import Live
from warmstart.service.measures import Measures
from warmstart.service.refusal import Refusal, json_response, refusal_of, refused
from warmstart.service.service import Service
from warmstart.store.event import Event, Name
from warmstart.store.keys import Access, KeyKind
from warmstart.store.log import Receipt

__all__ = ["create_app"]

_Name = Annotated[Name, Path()]
_Scenario = Annotated[Name, Path(examples=["price"])]
_OfScenario = Annotated[Name, Query()]
_KEY = HTTPBearer(auto_error=False, scheme_name="key", description="Asked for as soon as there is a key.")
_LOG = logging.getLogger("warmstart.service")
_REFUSALS = (400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 503)
_Work = Callable[[Live, Any], dict[str, Any]]
_Doors = Mapping[KeyKind, Callable[..., Awaitable[Access]]]

_VERBS: Mapping[str, tuple[type[wire.About], type[BaseModel], _Work]] = {
    "adapt": (wire.About, wire.Card, verbs.adapt),
    "predict": (wire.AskedRows, wire.Predicted, verbs.predict),
    "recommend": (wire.AskedItems, wire.Recommended, verbs.recommend),
    "decide": (wire.AskedRows, wire.Decided, verbs.decide),
    "explain": (wire.AskedRows, wire.Explained, verbs.explain),
}


def create_app(service: Service, log: Seen | None = None) -> FastAPI:
    """ASGI; the service is closed by whoever made it. `log` is told of each request."""
    register_url_convertor("any", AnyName())
    measures = Measures()
    watchers = (measures.request, log) if log else (measures.request,)

    def seen(*request: Any) -> None:
        for each in watchers:
            each(*request)

    app = FastAPI(
        title="warmstart",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url="/openapi.json",
        redirect_slashes=False,
    )
    app.add_middleware(Guard, limits=service.limits, seen=seen)
    for kind in (HTTPException, RequestValidationError):
        app.add_exception_handler(kind, _handled)
    may = {kind: _needs(service, kind) for kind in KeyKind}
    for name, (asked, answered, work) in _VERBS.items():
        app.add_api_route(
            f"/v1/{{scenario}}/{name}",
            _verb(service, measures, asked, work, may[KeyKind.READ]),
            methods=["POST"],
            summary=(work.__doc__ or "").splitlines()[0],
            operation_id=name,
            **_described(asked.__name__, answered),
        )
    _learning(app, service, measures, may)
    _models(app, service, may)
    _health(app, service, measures, may)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _learning(app: FastAPI, service: Service, measures: Measures, may: _Doors) -> None:
    """Events, and the wish to be forgotten."""

    @app.post("/v1/events", operation_id="events", **_described("Events", wire.Acknowledged))
    async def events(
        request: Request,
        scenario: _OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.INGEST])],
    ) -> Response:
        """Acknowledge events, when they are durable: one, a list, or JSON lines (application/x-ndjson)."""
        body, kind = await request.body(), request.headers.get("content-type", "")

        def submit() -> Future[Receipt]:
            return service.ingest(access.tenant, scenario, events_in(body, kind))

        receipt = await asyncio.wrap_future(await to_thread.run_sync(submit))
        measures.ingested(scenario, receipt.new, receipt.known)
        return _told(request, {"new": receipt.new, "known": receipt.known})

    @app.get("/v1/tasks/{name:any}", operation_id="task", **_described(None, list[wire.Card]))
    async def task(
        request: Request,
        name: _Name,
        access: Annotated[Access, Depends(may[KeyKind.READ])],
    ) -> Response:
        """What each scenario knows of a task that events have told of."""
        told = await to_thread.run_sync(lambda: verbs.cards(service.lives(access.tenant), name))
        return json_response([card | {"request_id": request.state.request_id} for card in told])

    @app.delete("/v1/subjects/{person:any}", operation_id="forget", **_described(None, wire.Forgotten))
    async def forget(
        request: Request,
        person: _Name,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
    ) -> Response:
        """Take a person's events and states away, in every scenario."""
        emptied = await to_thread.run_sync(service.forget, access.tenant, person)
        return _told(request, {"events": dict(emptied)})


def _models(app: FastAPI, service: Service, may: _Doors) -> None:
    """Which version answers."""

    @app.get("/v1/models", operation_id="models", **_described(None, list[wire.ServedModel]))
    async def models(scenario: _OfScenario, access: Annotated[Access, Depends(may[KeyKind.READ])]) -> Response:
        """The versions of a scenario, the newest first."""
        entries = await to_thread.run_sync(service.registry.entries, access.tenant, scenario)
        return json_response([{"scenario": scenario, **each.to_dict()} for each in entries])

    @app.post("/v1/models/{version}/promote", operation_id="promote", **_described(None, wire.Pointed))
    async def promote(
        request: Request,
        version: _Name,
        scenario: _OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
    ) -> Response:
        """Let this version answer from now on."""
        await to_thread.run_sync(service.promote, access.tenant, scenario, version, f"by key {access.id or 'none'}")
        return _told(request, {"scenario": scenario, "version": version})

    @app.post("/v1/models/roll-back", operation_id="roll_back", **_described(None, wire.Pointed))
    async def roll_back(
        request: Request,
        scenario: _OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
    ) -> Response:
        """Let the version answer that did before this one."""
        version = await to_thread.run_sync(service.roll_back, access.tenant, scenario, f"by key {access.id or 'none'}")
        return _told(request, {"scenario": scenario, "version": version})


def _health(app: FastAPI, service: Service, measures: Measures, may: _Doors) -> None:
    """What whoever runs it looks at."""

    @app.get("/healthz", operation_id="healthz")
    async def healthz() -> Response:
        """Whether the process is there."""
        return json_response({"status": "up", "version": __version__})

    @app.get("/readyz", operation_id="readyz", responses=_refused(503))
    async def readyz() -> Response:
        """Whether it can answer: the database does, and every model that serves is loaded."""
        try:
            await to_thread.run_sync(service.ready)
        except WarmstartError as error:  # whoever asks has shown no key
            _LOG.warning("not ready: %s", error)
            raise Refusal(503, "NotReady", "not ready; the log says why", retry_after_s=1) from error
        return json_response({"ready": True})

    text: dict[int | str, Any] = {
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **_refused(401, 403, 429),
    }

    @app.get("/metrics", operation_id="metrics", response_class=Response, responses=text)
    async def metrics(access: Annotated[Access, Depends(may[KeyKind.READ])]) -> Response:
        """Counts and times, as Prometheus reads them."""
        return measures.response()


def _verb(
    service: Service, measures: Measures, asked: type[wire.About], work: _Work, may: Any
) -> Callable[..., Awaitable[Response]]:
    """The endpoint of one verb."""

    async def endpoint(request: Request, scenario: _Scenario, access: Annotated[Access, Depends(may)]) -> Response:
        body = await request.body()

        def answer() -> dict[str, Any]:
            question = asked.model_validate_json(body)
            rows = max(len(question.support), len(getattr(question, "query", None) or ()))
            if rows > service.limits.rows:
                raise UsageError(f"expected {service.limits.rows:,} rows at most; got {rows:,}")
            return work(service.live(access.tenant, scenario), question)

        told = await to_thread.run_sync(answer)
        measures.answered(scenario, told["model_version"], work.__name__, told["tier"])
        return _told(request, told)

    return endpoint


def _needs(service: Service, kind: KeyKind) -> Callable[..., Awaitable[Access]]:
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


def _told(request: Request, content: dict[str, Any]) -> Response:
    return json_response(content | {"request_id": request.state.request_id})


async def _handled(request: Request, error: Exception) -> Response:
    """Of what the framework itself refuses."""
    match error:
        case HTTPException():
            refusal = Refusal(error.status_code, "HTTPError", str(error.detail), headers=error.headers or {})
        case _:
            refusal = refusal_of(error)
    return refused(refusal, request.state.request_id)


def _described(body: str | None, answer: Any) -> dict[str, Any]:
    """What OpenAPI says of a route: the form of its body, its answer, and of a refusal."""
    schema = {"$ref": f"#/components/schemas/{body}"}
    extra = {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}} if body else None
    return {
        "response_model": None,
        "responses": {200: {"model": answer}, **_refused(*_REFUSALS)},
        "openapi_extra": extra,
    }


def _refused(*statuses: int) -> dict[int | str, Any]:
    return {status: {"model": wire.Refused} for status in statuses}


def _openapi(app: FastAPI) -> dict[str, Any]:
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        held = made.setdefault("components", {}).setdefault("schemas", {})
        for name, schema in _forms().items():
            held |= schema.pop("$defs", {})
            held[name] = schema
        app.openapi_schema = made
    return app.openapi_schema


def _forms() -> dict[str, dict[str, Any]]:
    """The JSON schemas of all bodies, by name."""
    at = "#/components/schemas/{model}"
    asked = {each.__name__: each for each, _, _ in _VERBS.values()}
    forms = {name: each.model_json_schema(ref_template=at) for name, each in asked.items()}
    told: dict[str, Any] = {"Event": Event, "Events": Event | list[Event]}
    return forms | {name: TypeAdapter(form).json_schema(ref_template=at) for name, form in told.items()}
