"""`Scenario`: one commerce problem as data; what the engine, the reports and the command line need to know of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.learners.auto import Auto
from warmstart.learners.registry import create

__all__ = ["Contest", "Scenario"]


@dataclass(frozen=True)
class Contest:
    """Who competes, and how they are judged, for one likelihood."""

    learners: tuple[str, ...]
    """Registry names of learners that adapt; the first is the default."""
    baselines: tuple[str, ...]
    """Registry names of what must be beaten."""
    metrics: tuple[str, ...]
    """Names of metrics; the first decides the verdict."""
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Hyper-parameters by learner, where they differ from its own defaults."""
    candidates: tuple[str, ...] = ()
    """What `auto` chooses from; all other contenders where nothing is said."""

    def make(self, name: str) -> Any:
        """The learner of this name as it competes here. Errors: those of `create`."""
        parameters = dict(self.parameters.get(name, {}))
        if name == Auto.name and "candidates" not in parameters:
            names = self.candidates or tuple(n for n in (*self.learners, *self.baselines) if n != name)
            parameters["candidates"] = tuple(map(self.make, names))
        return create(name, **parameters)


@dataclass(frozen=True)
class Scenario:
    """One declaration: no loops, no input or output."""

    name: str
    summary: str
    """One sentence: what it is for."""
    task: str
    """What one task is."""
    asks: str
    """Support → query."""
    decides: str
    """What the answer is good for."""
    contests: Mapping[str, Contest]
    """By likelihood."""
    protocols: Mapping[str, str]
    """Default protocol by likelihood."""
    settings: Mapping[str, Settings] = field(default_factory=dict)
    """How to train, by likelihood."""
    data: tuple[str, ...] = ()
    """Data sets of the catalogue that prove it."""
    items: bool = False
    """Whether its rows name items of a catalogue; `warmstart init` looks for them then."""

    def contest(self, likelihood: str) -> Contest:
        """Who competes; errors: `UsageError` for a target that the scenario cannot predict."""
        if likelihood not in self.contests:
            raise UsageError(
                f"scenario {self.name!r} cannot predict a {likelihood} target; it can: {', '.join(self.contests)}"
            )
        return self.contests[likelihood]

    def settings_for(self, likelihood: str) -> Settings:
        """How to train."""
        return self.settings.get(likelihood, Settings())
