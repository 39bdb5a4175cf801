"""The sections of a user's TOML, with their keys, defaults and ranges."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from warmstart.tables.calendar import Period
from warmstart.tables.schema import Kind, Role, Target

__all__ = [
    "CalendarSection",
    "ColumnSection",
    "DataSection",
    "JoinSection",
    "SplitSection",
    "TargetSection",
    "TrainSection",
]

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True)


class DataSection(BaseModel):
    """Where the rows are: a file, or a query to a database."""

    model_config = STRICT
    path: str | None = None
    """File; relative to the TOML's folder."""
    url: str | None = None
    """Database, such as sqlite:///shop.db."""
    sql: str | None = None
    """SELECT that gives the rows."""
    day_first: bool | None = None
    """How to read dates such as 03/04/2024; by default what reads all values, month first in doubt."""
    skip_incomplete: bool = False
    """Leave out rows without task, time, item or target; else they are an error."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.url is None) or (self.url is None) != (self.sql is None):
            raise ValueError("give either path, or url and sql")
        return self


def _paired(names: Any) -> Any:
    """A name, or a list of names, that both tables use; anything else is left for the check to name."""
    match names:
        case str(name):
            return {name: name}
        case [*several] if all(isinstance(name, str) for name in several):
            return {name: name for name in several}
    return names


class JoinSection(BaseModel):
    """A further table, joined from the left."""

    model_config = STRICT
    path: str
    """File; relative to the TOML's folder."""
    on: Annotated[dict[str, str], BeforeValidator(_paired)] = {}
    """Columns of the rows so far → columns of this table, equal in both; a list where they have the same names."""
    asof: Annotated[dict[str, str], BeforeValidator(_paired), Field(max_length=1)] = {}
    """Column of the rows so far → column of this table, whose latest row that is not after it is taken."""
    delay_days: Annotated[int, Field(ge=0)] = 0
    """Days after its `asof` date from which on a row of this table is known."""

    @model_validator(mode="after")
    def _some_key(self) -> Self:
        if not self.on and not self.asof:
            raise ValueError("give on, asof, or both")
        if self.delay_days and not self.asof:
            raise ValueError("delay_days goes with asof")
        return self


class CalendarSection(BaseModel):
    """Public holidays and working days as columns, each a feature unless [columns] says otherwise."""

    model_config = STRICT
    column: str
    """Column of dates, each the first day of a period."""
    country: str
    """ISO code, such as US."""
    subdivision: str | None = None
    """ISO code of a state or province, such as CA, where its own holidays count too."""
    period: Period = "day"
    """day, week or month."""


class TargetSection(BaseModel):
    """What is predicted."""

    model_config = STRICT
    type: Target = Target.NUMBER
    """number, class, count, ordinal (classes in an order), or choice (the row's item was chosen; no target column)."""


class ColumnSection(BaseModel):
    """One column."""

    model_config = STRICT
    role: Role
    kind: Kind = Kind.NUMBER
    separator: Annotated[str, Field(min_length=1)] = ","
    log: bool = False
    levels: tuple[str, ...] = ()


class SplitSection(BaseModel):
    """How tasks are held out and asked."""

    model_config = STRICT
    new_tasks: Annotated[float, Field(gt=0, lt=1)] = 0.33
    """Share of task groups that are held out as new."""
    group: tuple[str, ...] = ()
    """Columns whose equal values keep tasks on one side of the split; by default the task itself."""
    domain: str = ""
    """Feature of the items that says which domain an item is in; empty where there is one domain."""
    target_domain: str = ""
    """Value of that column that is asked; rows of all others are told, never asked."""
    order: Literal["random", "time", "session", "moments"] = "random"
    """Which rows are a task's support: random ones, the first in time, the first session's, or a few first moments'."""
    shots: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Field(min_length=1)] = (0, 1, 2, 5, 10, 20)
    """Numbers of support rows that are judged."""
    queries: Annotated[int, Field(ge=1)] = 200
    """Most query rows a task."""
    min_rows: Annotated[int, Field(ge=1)] = 10
    """Tasks with fewer rows are left out."""


class TrainSection(BaseModel):
    """Meta-training."""

    model_config = STRICT
    steps: Annotated[int, Field(ge=1)] = 2000
    """Most gradient steps."""
    batch: Annotated[int, Field(ge=1)] = 32
    """Tasks a step."""
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.003
    """Largest step size of the schedule."""
    seed: Annotated[int, Field(ge=0)] = 0
    """The same seed gives the same model."""
