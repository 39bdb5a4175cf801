"""`policy_routes`: what the lists that were shown earned, over HTTP."""

from datetime import timedelta
from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, FastAPI, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from warmstart.service.door import Doors
from warmstart.service.policy.live_policy import Attribution, followed, live_policy
from warmstart.service.route import OfScenario, described, told
from warmstart.service.service import Service
from warmstart.store.keys import Access, KeyKind

__all__ = ["Estimated", "PolicyValue", "policy_routes"]

_EVENTS = 20_000  # that one request reads, the latest
_LONGEST_H = 24 * 90


class Estimated(BaseModel):
    """A mean, its 95 % interval over tasks, and how many lists the log is worth for it."""

    mean: float
    low: float
    high: float
    effective: float


class PolicyValue(BaseModel):
    """What was shown lately, and what came of it."""

    scenario: str
    window_hours: float
    lists: int
    waiting: int
    """Lists that are too young to count."""
    tasks: int
    explored: int
    taken: Estimated | None
    """Items taken of a list; null where no list counts."""
    taken_of_shown: float
    request_id: str


def policy_routes(app: FastAPI, service: Service, may: Doors) -> None:
    """Mount them."""

    @app.get("/v1/policy", operation_id="policy", **described(None, PolicyValue))
    async def policy(
        request: Request,
        scenario: OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.READ])],
        window_hours: Annotated[float, Query(gt=0, le=_LONGEST_H)] = 24.0,
    ) -> Response:
        """What the lists earned that the latest 20,000 events tell of."""

        def answer() -> dict[str, Any]:
            item = service.live(access.tenant, scenario).model.schema.item
            first = service.log.before_latest(access.tenant, scenario, _EVENTS)
            events = service.log.since(access.tenant, first, scenario)
            rule = Attribution(window=timedelta(hours=window_hours))
            return live_policy(*followed(events, item, service.clock(), rule)).to_dict()

        value = await to_thread.run_sync(answer)
        return told(request, {"scenario": scenario, "window_hours": window_hours, **value})
