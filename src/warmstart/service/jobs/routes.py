"""`job_routes`: ask for long work, look how far it is, stop it."""

from typing import Annotated, Any

from anyio import to_thread
from fastapi import Depends, FastAPI, Path, Request
from starlette.responses import Response

from warmstart.errors import UsageError
from warmstart.service import wire
from warmstart.service.door import Doors
from warmstart.service.jobs.runner import JobRunner
from warmstart.service.refusal import json_response
from warmstart.service.route import OfScenario, described, told
from warmstart.service.service import now
from warmstart.store.keys import Access, KeyKind

__all__ = ["job_routes"]

_Id = Annotated[str, Path(max_length=64)]


def job_routes(app: FastAPI, runner: JobRunner | None, may: Doors) -> None:
    """Under `/v1/jobs`; without a runner each says that there is none."""

    def jobs() -> JobRunner:
        if runner is None:
            raise UsageError("no jobs here: start the service with --data SCENARIO=NAME|TOML")
        return runner

    async def card(request: Request, tenant: str, name: str) -> Response:
        job = await to_thread.run_sync(lambda: jobs().jobs.get(tenant, name))
        return told(request, job.to_dict(now()))

    @app.post("/v1/jobs", operation_id="start_job", **described("AskedJob", wire.JobCard))
    async def start(
        request: Request,
        scenario: OfScenario,
        access: Annotated[Access, Depends(may[KeyKind.ADMIN])],
    ) -> Response:
        """Learn again from table and log, or measure all learners; it waits for its turn."""
        body = await request.body()

        def submit() -> str:
            wish = wire.AskedJob.model_validate_json(body).model_dump()
            return jobs().submit(access.tenant, scenario, wish.pop("kind"), wish)

        return await card(request, access.tenant, await to_thread.run_sync(submit))

    @app.get("/v1/jobs", operation_id="jobs", **described(None, list[wire.JobCard]))
    async def lately(scenario: OfScenario, access: Annotated[Access, Depends(may[KeyKind.READ])]) -> Response:
        """The last hundred, the newest first."""
        found = await to_thread.run_sync(lambda: jobs().jobs.lately(access.tenant, scenario))
        cards: list[dict[str, Any]] = [each.to_dict(now()) for each in found]
        return json_response(cards)

    @app.get("/v1/jobs/{name}", operation_id="job", **described(None, wire.JobCard))
    async def one(request: Request, name: _Id, access: Annotated[Access, Depends(may[KeyKind.READ])]) -> Response:
        """How far a job is, or what came of it."""
        return await card(request, access.tenant, name)

    @app.delete("/v1/jobs/{name}", operation_id="stop_job", **described(None, wire.JobCard))
    async def stop(request: Request, name: _Id, access: Annotated[Access, Depends(may[KeyKind.ADMIN])]) -> Response:
        """End a job that waits or runs; it is told as failed when it has ended."""
        job = await to_thread.run_sync(lambda: jobs().jobs.get(access.tenant, name))
        if job.ended is None:
            await to_thread.run_sync(jobs().stop, name)
        return await card(request, access.tenant, name)
