"""`warmstart scenarios`: what is ready-made, and what one scenario asks, trains and is judged by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._show import show_json, show_table

if TYPE_CHECKING:
    from warmstart.scenarios.scenario import Scenario

__all__ = ["scenarios"]


def scenarios(
    name: Annotated[str | None, typer.Argument(help="Show this one in full.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the scenarios, or all that one of them declares."""
    from warmstart.scenarios import catalog

    chosen = catalog.scenarios().values() if name is None else [catalog.scenario(name)]
    described = [_described(scenario) for scenario in chosen]
    if as_json:
        show_json(described if name is None else described[0])
    elif name is None:
        show_table(
            ("name", "what it is for", "data"), ((d["name"], d["summary"], ", ".join(d["data"])) for d in described)
        )
    else:
        _show(described[0])


def _described(scenario: Scenario) -> dict[str, Any]:
    """The declaration as JSON values."""
    said = {key: getattr(scenario, key) for key in ("name", "summary", "task", "asks", "decides")}
    targets = {
        likelihood: {
            "protocol": scenario.protocols[likelihood],
            "learners": list(contest.learners),
            "baselines": list(contest.baselines),
            "metrics": list(contest.metrics),
        }
        for likelihood, contest in scenario.contests.items()
    }
    return {**said, "data": list(scenario.data), "targets": targets}


def _show(described: dict[str, Any]) -> None:
    print(f"{described['name']}: {described['summary']}")
    labels = {"task": "one task", "asks": "support → query", "decides": "good for", "data": "data sets"}
    values = {**described, "data": ", ".join(described["data"])}
    show_table(("", ""), ((label, values[key]) for key, label in labels.items()))
    rows = (
        (likelihood, *(value if isinstance(value, str) else ", ".join(value) for value in target.values()))
        for likelihood, target in described["targets"].items()
    )
    show_table(("target", "protocol", "learners", "baselines", "metrics"), rows)
