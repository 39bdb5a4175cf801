"""`drift_routes`: whether events still tell what the model learned from, over HTTP."""

from typing import Annotated, Literal

from anyio import to_thread
from fastapi import Depends, FastAPI, Request
from pydantic import BaseModel
from starlette.responses import Response

from warmstart.service.door import Doors
from warmstart.service.route import OfScenario, described, told
from warmstart.service.service import Service
from warmstart.store.keys import Access, KeyKind

__all__ = ["DriftReport", "FloodingTask", "WatchedSignal", "drift_routes"]


class WatchedSignal(BaseModel):
    """A figure of a column, before and after it changed."""

    column: str
    measure: Literal["mean", "spread", "missing", "unknown", "surprise"]
    """Mean or standard deviation in the column's unit; share of rows; how far off the model was, from 0 to 1."""
    alarm: bool
    since: str | None
    """When the first row happened after which it is another one."""
    before: float | None
    after: float | None
    """Until now; without an alarm, of all rows that are remembered."""


class FloodingTask(BaseModel):
    """A task with more rows than one may have: further ones are kept, and not looked at here."""

    task: str
    rows: int
    share: float


class DriftReport(BaseModel):
    """What the latest interactions say of the columns."""

    scenario: str
    model_version: str
    current: bool
    """Whether every acknowledged event is in it."""
    rows: int
    """Interactions that are remembered."""
    signals: list[WatchedSignal]
    tasks: list[FloodingTask]
    request_id: str


def drift_routes(app: FastAPI, service: Service, may: Doors) -> None:
    """Mount them."""

    @app.get("/v1/drift", operation_id="drift", **described(None, DriftReport))
    async def drift(
        request: Request,
        scenario: OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.READ])],
    ) -> Response:
        """Which columns of the events are not what they were, and which task tells more than its share."""
        report = await to_thread.run_sync(service.drift.report, access.tenant, scenario)
        return told(request, {"scenario": scenario, **report})
