"""What goes over the wire: strict requests, and answers that say where they come from."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from warmstart.store.event import Name, Row

__all__ = [
    "About",
    "Acknowledged",
    "AskedItems",
    "AskedJob",
    "AskedRows",
    "Card",
    "Decided",
    "Explained",
    "Forgotten",
    "JobCard",
    "Pointed",
    "Predicted",
    "Recommended",
    "Refused",
    "ServedModel",
]

_PRICES = {"make": "audi", "model": "a1", "year": 2017, "mileage": 32260, "price": 11200}


def _whole(value: object) -> object:
    """3.0 as 3: JSON has one kind of number."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_MOST = 100_000  # in a list; `Limits` says how many of them are answered
_Rows = Annotated[list[Row], Field(max_length=_MOST, fail_fast=True)]
_Names = Annotated[list[Name], Field(max_length=_MOST, fail_fast=True)]
_Many = Annotated[int, BeforeValidator(_whole), Field(ge=1, le=1000)]
_Seed = Annotated[int, BeforeValidator(_whole), Field(ge=0, lt=2**63)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class About(_Strict):
    """A task: one that events have told of, one that nobody has named, or one after further rows."""

    task: Annotated[Name | None, Field(examples=["audi.a1"])] = None
    """As events name it; without it the task is what descriptor and support say, and nothing is kept."""
    descriptor: Annotated[Row, Field(examples=[{"make": "audi"}])] = {}
    """What is known before the first row."""
    support: Annotated[_Rows, Field(examples=[[_PRICES]])] = []
    """Rows to adapt to, beside those of the events; they are not kept."""


class AskedRows(About):
    """A question about rows; without `query` about the whole catalogue, of which the `n` best are told."""

    query: Annotated[_Rows | None, Field(examples=[[{**_PRICES, "price": None}]])] = None
    n: _Many = 20


class AskedItems(About):
    """A question for items of the catalogue."""

    n: _Many = 10
    block: _Names = []
    """Items not to show."""
    allowed: _Names | None = None
    """What alone to choose from."""
    already: Literal["show", "hide", "last"] = "show"
    """What becomes of the items of the support."""
    explore: bool = False
    """Leave places to chance, and say how likely each was filled as it was."""
    seed: _Seed | None = None
    """Of ties and exploration; by default another one for each request, which the answer tells."""


class AskedJob(_Strict):
    """Long work, beside the answers."""

    kind: Literal["meta-update", "evaluate"]
    """Learn again and judge what came of it; or measure all learners on tasks held out of the training table."""
    share: Annotated[float, Field(ge=0.001, le=1)] = 1.0
    """Of a meta-update: the part of the tasks that a version which is not worse answers."""
    seeds: Annotated[int, Field(ge=1, le=10)] = 3
    """Of an evaluation: how often everything is split, trained and judged anew."""


class _Answer(BaseModel):
    tier: Literal["adapted", "prior"]
    """Whether the answer rests on rows of this task, or on what is known of all tasks."""
    k: int
    """Rows of this task that it rests on."""
    model_version: str
    fresh: bool
    """Whether every acknowledged event of the task is in it; false where the log does not answer."""
    request_id: str


class Card(_Answer):
    """What is known of a task."""

    scenario: str
    task: str | None
    seq: int
    """Place in the log of its last event."""
    bytes: int
    """Memory of its state."""


class Predicted(_Answer):
    """A distribution for each row: its family and that family's values."""

    model_config = ConfigDict(extra="allow")
    family: str


class Recommended(_Answer):
    """Items, best first."""

    items: list[str]
    scores: list[float]
    propensities: list[float] | None
    """How likely each item was to be shown at its place; null where nothing was left to chance."""
    seed: int
    shortfall: str
    """Why places stay empty, if any do."""


class Decided(_Answer):
    """Rows to act on, the largest effect first."""

    rows: list[int]
    effect: list[float]
    low90: list[float]
    high90: list[float]


class Explained(_Answer):
    """Effects of support rows and columns on each answer."""

    model_config = ConfigDict(extra="allow")
    link: str
    about: str
    rows: list[dict[str, Any]]


class Acknowledged(BaseModel):
    """Durable: on the disk before this was said."""

    new: int
    """Events that count."""
    known: int
    """Events that had been acknowledged before: they count once."""
    request_id: str


class JobCard(BaseModel):
    """Long work that was asked for."""

    id: str
    scenario: str
    kind: str
    wish: dict[str, Any]
    state: Literal["waiting", "running", "done", "failed", "lost"]
    """Lost: the process that worked on it is gone."""
    said: str
    """How far it is, or why it failed."""
    outcome: Any
    made: str
    began: str | None
    ended: str | None


class ServedModel(BaseModel):
    """One version of a scenario's model."""

    scenario: str
    version: str
    made: str
    serving: bool
    share: float
    """Of the tasks that it answers."""
    report: dict[str, Any]


class Pointed(BaseModel):
    """Which version answers now."""

    scenario: str
    version: str
    request_id: str


class Forgotten(BaseModel):
    """Events that were emptied, by scenario."""

    events: dict[str, int]
    request_id: str


class Refused(BaseModel):
    """Why nothing was done."""

    error: str
    message: str
    request_id: str
