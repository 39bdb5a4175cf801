"""`drift_log`: one JSON line for each change that is found; columns, no values and no names of tasks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from warmstart.service.drift.drift import Heard
from warmstart.service.json_lines import json_lines

__all__ = ["drift_log"]


def drift_log(stream: TextIO) -> Heard:
    """What is newly found, written to the stream."""
    log = json_lines(stream)

    def heard(scenario: str, _: Mapping[str, int], new: Sequence[Mapping[str, Any]]) -> None:
        for each in new:
            log.warning("drift", level="warning", scenario=scenario, **each)

    return heard
