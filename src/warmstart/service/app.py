"""`create_app`: the routes of the service."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import Future
from http import HTTPStatus
from typing import Annotated, Any

from anyio import CapacityLimiter, to_thread
from fastapi import Depends, FastAPI, Path, Query, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, TypeAdapter
from starlette.convertors import register_url_convertor
from starlette.exceptions import HTTPException
from starlette.responses import Response

from warmstart._version import __version__
from warmstart.errors import UsageError, WarmstartError
from warmstart.service import verbs, wire
from warmstart.service.any_name import AnyName
from warmstart.service.bodies import events_in
from warmstart.service.door import Doors, needs
from warmstart.service.drift.routes import drift_routes
from warmstart.service.guard import Guard, Seen
from warmstart.service.jobs.routes import job_routes
from warmstart.service.jobs.runner import JobRunner
from warmstart.service.live import Live
from warmstart.service.measures import Measures
from warmstart.service.policy.routes import policy_routes
from warmstart.service.refusal import Refusal, json_response, refusal_of, refused
from warmstart.service.route import OfScenario, described, refusals, told
from warmstart.service.service import Service
from warmstart.store.event import Event, Name
from warmstart.store.keys import Access, KeyKind
from warmstart.store.log import Receipt

__all__ = ["create_app"]

_Name = Annotated[Name, Path()]
_Scenario = Annotated[Name, Path(examples=["price"])]
_LOG = logging.getLogger("warmstart.service")
_Work = Callable[[Live, Any], dict[str, Any]]

_VERBS: Mapping[str, tuple[type[wire.About], type[BaseModel], _Work]] = {
    "adapt": (wire.About, wire.Card, verbs.adapt),
    "predict": (wire.AskedRows, wire.Predicted, verbs.predict),
    "recommend": (wire.AskedItems, wire.Recommended, verbs.recommend),
    "decide": (wire.AskedRows, wire.Decided, verbs.decide),
    "explain": (wire.AskedRows, wire.Explained, verbs.explain),
}


def create_app(service: Service, log: Seen | None = None, jobs: JobRunner | None = None) -> FastAPI:
    """ASGI; the service and its jobs are closed by whoever made them. `log` is told of each request."""
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
    may = {kind: needs(service, kind) for kind in KeyKind}
    turns = CapacityLimiter(service.limits.answering)
    for name, (asked, answered, work) in _VERBS.items():
        app.add_api_route(
            f"/v1/{{scenario}}/{name}",
            _verb(service, measures, turns, asked, work, may[KeyKind.READ]),
            methods=["POST"],
            summary=(work.__doc__ or "").splitlines()[0],
            operation_id=name,
            **described(asked.__name__, answered),
        )
    _learning(app, service, measures, may)
    _models(app, service, may)
    job_routes(app, jobs, may)
    policy_routes(app, service, may)
    drift_routes(app, service, may)
    service.drift.hear(measures.drifted)
    _health(app, service, measures, may)
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def _learning(app: FastAPI, service: Service, measures: Measures, may: Doors) -> None:
    """Events, and the wish to be forgotten."""

    @app.post("/v1/events", operation_id="events", **described("Events", wire.Acknowledged))
    async def events(
        request: Request,
        scenario: OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.INGEST])],
    ) -> Response:
        """Acknowledge events, when they are durable: one, a list, or JSON lines (application/x-ndjson)."""
        body, kind = await request.body(), request.headers.get("content-type", "")

        def submit() -> Future[Receipt]:
            return service.ingest(access.tenant, scenario, events_in(body, kind))

        receipt = await asyncio.wrap_future(await to_thread.run_sync(submit))
        measures.ingested(scenario, receipt.new, receipt.known)
        return told(request, {"new": receipt.new, "known": receipt.known})

    @app.get("/v1/tasks/{name:any}", operation_id="task", **described(None, list[wire.Card]))
    async def task(
        request: Request,
        name: _Name,
        access: Annotated[Access, Depends(may[KeyKind.READ])],
    ) -> Response:
        """What each scenario knows of a task that events have told of."""
        found = await to_thread.run_sync(lambda: verbs.cards(service.lives(access.tenant), name))
        return json_response([card | {"request_id": request.state.request_id} for card in found])

    @app.delete("/v1/subjects/{person:any}", operation_id="forget", **described(None, wire.Forgotten))
    async def forget(
        request: Request,
        person: _Name,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
    ) -> Response:
        """Take a person's events and states away, in every scenario."""
        emptied = await to_thread.run_sync(service.forget, access.tenant, person)
        return told(request, {"events": dict(emptied)})


def _models(app: FastAPI, service: Service, may: Doors) -> None:
    """Which version answers."""

    @app.get("/v1/models", operation_id="models", **described(None, list[wire.ServedModel]))
    async def models(scenario: OfScenario, access: Annotated[Access, Depends(may[KeyKind.READ])]) -> Response:
        """The versions of a scenario, the newest first."""
        entries = await to_thread.run_sync(service.registry.entries, access.tenant, scenario)
        return json_response([{"scenario": scenario, **each.to_dict()} for each in entries])

    @app.post("/v1/models/{version}/promote", operation_id="promote", **described(None, wire.Pointed))
    async def promote(
        request: Request,
        version: _Name,
        scenario: OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
        share: Annotated[float, Query(ge=0.001, le=1)] = 1.0,
    ) -> Response:
        """Let this version answer from now on; with a `share` below 1 for that part of the tasks alone."""
        why = f"by key {access.id or 'none'}"
        await to_thread.run_sync(lambda: service.promote(access.tenant, scenario, version, why, share=share))
        return told(request, {"scenario": scenario, "version": version})

    @app.post("/v1/models/roll-back", operation_id="roll_back", **described(None, wire.Pointed))
    async def roll_back(
        request: Request,
        scenario: OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
    ) -> Response:
        """End a trial, or let the version answer that did before this one."""
        version = await to_thread.run_sync(service.roll_back, access.tenant, scenario, f"by key {access.id or 'none'}")
        return told(request, {"scenario": scenario, "version": version})


def _health(app: FastAPI, service: Service, measures: Measures, may: Doors) -> None:
    """What whoever runs it looks at."""

    @app.get("/healthz", operation_id="healthz")
    async def healthz() -> Response:
        """Whether the process is there."""
        return json_response({"status": "up", "version": __version__})

    @app.get("/readyz", operation_id="readyz", responses=refusals(503))
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
        **refusals(401, 403, 429),
    }

    @app.get("/metrics", operation_id="metrics", response_class=Response, responses=text)
    async def metrics(access: Annotated[Access, Depends(may[KeyKind.READ])]) -> Response:
        """Counts and times, as Prometheus reads them."""
        return measures.response()


def _verb(
    service: Service, measures: Measures, turns: CapacityLimiter, asked: type[wire.About], work: _Work, may: Any
) -> Callable[..., Awaitable[Response]]:
    """The endpoint of one verb; whoever comes while all `turns` are taken waits, first come, first served."""

    async def endpoint(request: Request, scenario: _Scenario, access: Annotated[Access, Depends(may)]) -> Response:
        body = await request.body()

        def answer() -> dict[str, Any]:
            question = asked.model_validate_json(body)
            rows = max(len(question.support), len(getattr(question, "query", None) or ()))
            if rows > service.limits.rows:
                raise UsageError(f"expected {service.limits.rows:,} rows at most; got {rows:,}")
            return work(service.live(access.tenant, scenario), question)

        answered = await to_thread.run_sync(answer, limiter=turns)
        measures.answered(scenario, answered["model_version"], work.__name__, answered["tier"])
        return told(request, answered)

    return endpoint


async def _handled(request: Request, error: Exception) -> Response:
    """Of what the framework itself refuses."""
    match error:
        case HTTPException():
            headers = {**(error.headers or {}), **_allowed(request, error.status_code)}
            refusal = Refusal(error.status_code, "HTTPError", str(error.detail), headers=headers)
        case _:
            refusal = refusal_of(error)
    return refused(refusal, request.state.request_id)


def _allowed(request: Request, status: int) -> dict[str, str]:
    """The methods of all routes of this path, where it was asked by another one; the framework tells the first's."""
    if status != HTTPStatus.METHOD_NOT_ALLOWED:
        return {}
    routes = [route for route in request.app.routes if route.path_regex.match(request.url.path)]
    return {"Allow": ", ".join(sorted({method for route in routes for method in route.methods}))}


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
    bodies: list[type[BaseModel]] = [wire.AskedJob, *(asked for asked, _, _ in _VERBS.values())]
    forms = {each.__name__: each.model_json_schema(ref_template=at) for each in bodies}
    told: dict[str, Any] = {"Event": Event, "Events": Event | list[Event]}
    return forms | {name: TypeAdapter(form).json_schema(ref_template=at) for name, form in told.items()}
