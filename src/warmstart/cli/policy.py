"""`warmstart policy`: what the lists that were shown earned, and what another version's would have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from warmstart.cli._show import number, show_json, show_table
from warmstart.cli._store import Db, Tenant

__all__ = ["policy"]


def policy(
    scenario: Annotated[str, typer.Argument(help="A scenario that the database serves.")],
    db: Db = "sqlite:///warmstart.db",
    tenant: Tenant = "default",
    window_hours: Annotated[float, typer.Option(min=0.01, help="From a list to what is due to it.")] = 24.0,
    candidate: Annotated[
        str | None,
        typer.Option(metavar="VERSION", help="Also what this version would have earned."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Say what the lists that were shown earned; with --candidate also what another version's would have."""
    from contextlib import closing
    from datetime import timedelta

    from warmstart.datasets.places import cache_folder
    from warmstart.engine.storage import load
    from warmstart.service.policy.live_policy import Attribution, candidate_policy, followed, known_then, live_policy
    from warmstart.service.service import Service
    from warmstart.store.database import connect

    rule, models = Attribution(window=timedelta(hours=window_hours)), cache_folder() / "models"
    with closing(connect(db)) as database, Service(database, models) as service:
        live = service.live(tenant, scenario)
        events = service.log.since(tenant, scenario=scenario)
        lists, waiting = followed(events, live.model.schema.item, service.clock(), rule)
        told = live_policy(lists, waiting).to_dict()
        if candidate is not None:
            model = load(service.registry.fetch(tenant, scenario, candidate, models))
            told["candidate"] = candidate_policy(lists, model, known_then(live, service.log, model), rule).to_dict()
    if as_json:
        show_json({"scenario": scenario, "window_hours": window_hours, **told})
        return
    print(f"{told['lists']:,} lists to {told['tasks']:,} tasks; {told['waiting']:,} more are too young to count")
    _show(told)


def _show(told: Mapping[str, Any]) -> None:
    judged = told.get("candidate")
    rows = [("shown", "mean", told["taken"])] if told["taken"] else []
    if judged:
        print(f"of {judged['lists']:,} explored lists the first {judged['places']} places are compared")
        rows.append(("shown there", "mean", judged["live"]))
        rows += [(judged["version"], name, judged[name]) for name in ("ips", "snips", "dr")]
    show_table(("policy", "by", "taken of a list", "from", "to", "worth lists"), (_row(*row) for row in rows))


def _row(name: str, method: str, found: Mapping[str, float]) -> tuple[str, ...]:
    return name, method, *(number(found[key]) for key in ("mean", "low", "high", "effective"))
