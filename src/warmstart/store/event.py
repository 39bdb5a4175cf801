"""`Event`: one thing that happened, as JSON lines carry it; four kinds, told apart by `kind`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import isfinite
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    model_validator,
)

__all__ = [
    "Event",
    "Impression",
    "Interaction",
    "ItemSeen",
    "Name",
    "Row",
    "Share",
    "UserSeen",
    "event_of",
    "events_of",
    "to_json",
]

_LONGEST_NAME = 256
_LONGEST_TEXT = 10_000
_MOST_COLUMNS = 1_000
_MOST_MEMBERS = 4_096  # of a list: a vector, a set, the items of an impression
_MOST_EVENTS = 100_000  # of one list
_INT64 = 2**63
_FIRST, _LAST = datetime(1000, 1, 2, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


def _clean(text: str) -> str:
    """Text that every database and every UTF-8 reader can hold. Errors: `ValueError`."""
    if "\0" in text:
        raise ValueError("NUL is not allowed")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("a lone surrogate is not allowed: the text is not valid Unicode") from error
    return text


def _in_reach(moment: datetime) -> datetime:
    """A moment that every reader of dates can hold, in each zone. Errors: `ValueError`."""
    if not _FIRST <= moment < _LAST:
        raise ValueError(f"expected a moment of the years {_FIRST.year} to {_LAST.year - 1}")
    return moment


def _value(value: object) -> object:
    """A value of a column, as JSON has them. Errors: `ValueError`."""
    if isinstance(value, list) and len(value) <= _MOST_MEMBERS:
        return [_scalar(each) for each in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    match value:
        case None | bool():
            return value
        case int() if -_INT64 <= value < _INT64:
            return value
        case float() if isfinite(value):
            return value
        case str() if len(value) <= _LONGEST_TEXT:
            return _clean(value)
    raise ValueError(
        f"expected a finite number (a whole one of 64 bits), a text of up to {_LONGEST_TEXT:,} characters, true, "
        f"false, null, or a list of up to {_MOST_MEMBERS:,} of these"
    )


_NO_NUL = {"pattern": r"^[^\u0000]*$"}  # what a JSON schema can say of `_clean`
Name = Annotated[str, Field(min_length=1, max_length=_LONGEST_NAME, json_schema_extra=_NO_NUL), AfterValidator(_clean)]
"""Of an event, a task, an item, a person, a tenant."""
Share = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)]
"""A probability above 0."""

_Whole = Annotated[int, Field(ge=-_INT64, lt=_INT64)]
_Text = Annotated[str, Field(max_length=_LONGEST_TEXT, json_schema_extra=_NO_NUL)]
_Scalar = bool | _Whole | float | _Text | None
_Many = Annotated[list[_Scalar], Field(max_length=_MOST_MEMBERS)]
_Value = Annotated[Any, PlainValidator(_value, json_schema_input_type=_Scalar | _Many)]
Row = Annotated[dict[Name, _Value], Field(max_length=_MOST_COLUMNS, fail_fast=True)]
"""Values by column of the scenario's table."""


class _Happened(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    id: Name
    """Names the event for ever: sent twice, it counts once."""
    time: Annotated[AwareDatetime, AfterValidator(_in_reach)]
    """When it happened, with its offset from UTC; not when it arrived."""
    person: Name | None = None
    """Whose deletion request takes it away; by default the task."""


class Interaction(_Happened):
    """A row of a task: what was bought, rated, paid, delivered."""

    kind: Literal["interaction"]
    task: Name
    row: Row


class Impression(_Happened):
    """What was shown to a task, how likely that was, and the request that it answers."""

    kind: Literal["impression"]
    task: Name
    shown: Annotated[list[Name], Field(min_length=1, max_length=_MOST_MEMBERS, fail_fast=True)]
    propensities: Annotated[list[Share], Field(min_length=1, max_length=_MOST_MEMBERS, fail_fast=True)]
    request: Name | None = None

    @model_validator(mode="after")
    def _one_each(self) -> Impression:
        if len(self.shown) != len(self.propensities):
            raise ValueError(
                f"propensities: expected one for each of {len(self.shown)} shown; got {len(self.propensities)}"
            )
        return self


class UserSeen(_Happened):
    """What is known of a task before its first row: its descriptor."""

    kind: Literal["user"]
    task: Name
    row: Row


class ItemSeen(_Happened):
    """A new item and its features."""

    kind: Literal["item"]
    item: Name
    row: Row


Event = Annotated[Interaction | Impression | UserSeen | ItemSeen, Field(discriminator="kind")]
_EVENT: TypeAdapter[Any] = TypeAdapter(Event)
_EVENTS: TypeAdapter[list[Any]] = TypeAdapter(Annotated[list[Event], Field(max_length=_MOST_EVENTS, fail_fast=True)])


def event_of(line: bytes | str) -> Any:
    """The event of one JSON document. Errors: `pydantic.ValidationError`, which names each field."""
    return _EVENT.validate_json(line)


def events_of(lines: bytes) -> list[Any]:
    """The events of a JSON list. Errors: as of `event_of`."""
    return _EVENTS.validate_json(lines)


def to_json(event: Any) -> str:
    """The event as one canonical line: sorted keys, UTC, ASCII; equal events give equal lines."""
    held = event.model_dump(exclude_defaults=True) | {"kind": event.kind, "time": _utc(event.time)}
    return json.dumps(held, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat()
