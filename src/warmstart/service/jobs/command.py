"""`job_command`: what a job runs: the command line, so that there is one way to do it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from warmstart.errors import UsageError
from warmstart.service.jobs.runner import OUTCOME, Command

__all__ = ["KINDS", "job_command"]

KINDS = ("meta-update", "evaluate")


def job_command(database: str, data: Mapping[str, str]) -> Callable[[str, str, str, Mapping[str, Any]], Command]:
    """Of `JobRunner`. `data` says, by scenario, what it is trained on: a data set, or a TOML of `warmstart init`.

    The database goes by the environment: other users of the machine can read command lines.
    Errors, of what is given: `UsageError` for a scenario without data, or another kind.
    """
    program = str(Path(sys.executable).with_name("warmstart"))

    def command(tenant: str, scenario: str, kind: str, wish: Mapping[str, Any]) -> Command:
        if scenario not in data:
            raise UsageError(f"{scenario}: nothing to learn from; start the service with --data {scenario}=NAME|TOML")
        more: tuple[str, ...]
        match kind:
            case "meta-update":
                more = ("update", scenario, "--tenant", tenant, "--share", str(wish["share"]), "--json")
            case "evaluate":
                more = ("evaluate", scenario, "--seeds", str(wish["seeds"]), "--json", OUTCOME)
            case _:
                raise UsageError(f"kind: expected {' or '.join(KINDS)}; got {kind!r}")
        return Command((program, *more, "--data", data[scenario]), {"WARMSTART_DB": database})

    return command
