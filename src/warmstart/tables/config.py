"""`Config`: a user's TOML, strictly checked: which tables, which columns, how to split and train."""

from __future__ import annotations

import difflib
import json
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails

from warmstart.errors import DataError, NotFound, UsageError
from warmstart.tables._join import join_rows, split_items
from warmstart.tables._join_latest import join_latest
from warmstart.tables._sections import (
    STRICT,
    CalendarSection,
    ColumnSection,
    DataSection,
    JoinSection,
    SplitSection,
    TargetSection,
    TrainSection,
)
from warmstart.tables.calendar import CALENDAR, add_calendar
from warmstart.tables.readers import read_table
from warmstart.tables.schema import Column, Role, Schema
from warmstart.tables.table import Table

__all__ = ["Config", "load_config"]

PREFIX = "WARMSTART__"


class Config(BaseModel):
    """Everything that a user says about one problem; paths are absolute."""

    model_config = STRICT
    scenario: str
    name: str
    data: DataSection
    join: tuple[JoinSection, ...] = ()
    calendar: CalendarSection | None = None
    target: TargetSection = TargetSection()
    columns: dict[str, ColumnSection] = Field(min_length=1)
    split: SplitSection = SplitSection()
    train: TrainSection = TrainSection()

    @property
    def row_schema(self) -> Schema:
        """The declared columns, and those of the calendar.

        Errors: `UsageError` when their roles contradict each other, and for a calendar of rows with an item column,
        whose features are those of the items.
        """
        declared = (Column(n, c.role, c.kind, c.separator, c.log, c.levels) for n, c in self.columns.items())
        dated = () if self.calendar is None else (c for c in CALENDAR if c.name not in self.columns)
        split = self.split
        schema = Schema((*declared, *dated), self.target.type, split.group, split.domain, split.target_domain)
        if self.calendar is not None and schema.item is not None:
            raise UsageError(f"[calendar] tells of a row; with item column {schema.item!r} features are of items only")
        return schema

    def table(self) -> Table:
        """Read and join the tables, and add the calendar.

        With an item column, its features are in `Table.items`, which also holds items that no row has.

        Errors: `NotFound` for a missing file; `DataError` for a declared column that no table has, a join that would
        multiply rows, or when no complete row is left; those of `add_calendar`.
        """
        schema = self.row_schema
        source, day_first = self.data.path or self.data.url, self.data.day_first
        frame = read_table(source, query=self.data.sql, day_first=day_first)
        tables = [(read_table(j.path, day_first=day_first), j) for j in self.join]
        notes = []
        for right, join in tables:
            frame, missed = _joined(frame, right, join, schema.used)
            notes += [f"{Path(join.path).name}: {missed:,} of {frame.height:,} rows find nothing there"] * (missed > 0)
        frame = self._completed(frame, schema)
        if schema.item is None:
            return Table(self.name, frame, schema, notes=tuple(notes))
        rows, items = split_items(frame, schema, [(right, join.on) for right, join in tables if not join.asof])
        return Table(self.name, rows, schema, items, notes=tuple(notes))

    def _completed(self, frame: pl.DataFrame, schema: Schema) -> pl.DataFrame:
        """The columns of the schema, those of the calendar among them, of the rows that have all they must have."""
        dated = () if self.calendar is None else tuple(c.name for c in CALENDAR)
        schema.check((*frame.columns, *dated))
        if self.data.skip_incomplete:
            frame = frame.drop_nulls(schema.named(Role.TASK, Role.TIME, Role.ITEM, Role.TARGET))
        if not frame.height:
            raise DataError("no row has task, time, item and target", expected="a row or more", got=0)
        if self.calendar is not None:
            kept = [c for c in frame.columns if c in self.columns or c == self.calendar.column]
            frame = add_calendar(frame.select(kept), **self.calendar.model_dump())
        return frame.select(schema.used)


def _joined(
    frame: pl.DataFrame, right: pl.DataFrame, join: JoinSection, used: tuple[str, ...]
) -> tuple[pl.DataFrame, int]:
    """The rows with what this table knows of them, and how many it knows nothing of."""
    if not join.asof:
        return join_rows(frame, right, join.on, used)
    (asof,) = join.asof.items()
    return join_latest(frame, right, join.on, asof, used, join.delay_days)


SECTIONS: Mapping[str, type[BaseModel]] = {
    "data": DataSection,
    "join": JoinSection,
    "calendar": CalendarSection,
    "target": TargetSection,
    "columns": ColumnSection,
    "split": SplitSection,
    "train": TrainSection,
}


def load_config(path: str | Path) -> Config:
    """Read a TOML; `WARMSTART__SECTION__KEY` in the environment comes before what it says.

    Errors: `NotFound` for a missing file; `UsageError` for broken TOML, an unknown key (with the nearest known one), a
    value of another type or out of range.
    """
    file = Path(path)
    if not file.is_file():
        near = [p.name for p in file.parent.glob("*.toml")]
        raise NotFound(f"settings file in {file.parent}", file.name, near)
    try:
        settings = tomllib.loads(file.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file.name}: not TOML: {error}") from error
    _override(settings, os.environ)
    _anchor(settings, file.parent)
    try:  # through JSON, since strict checking then takes text for a role and a list for a tuple
        return Config.model_validate_json(json.dumps(settings, default=str))
    except ValidationError as error:
        # A misspelt key may be a missing one too: the misspelling is what to say.
        first = min(error.errors(), key=lambda e: e["type"] != "extra_forbidden")
        raise UsageError(f"{file.name}: {_explained(first)}") from error


def _override(settings: dict[str, Any], environment: Mapping[str, str]) -> None:
    """Put `WARMSTART__SECTION__KEY=value` in its place; a value that is no TOML is text."""
    for name in sorted(n for n in environment if n.startswith(PREFIX)):
        *sections, key = name.removeprefix(PREFIX).split("__")
        place = settings
        for section in sections:
            inner = place.setdefault(_known(section, place), {})
            if not isinstance(inner, dict):
                raise UsageError(f"{name}: {section.lower()} is no section that a variable can reach into")
            place = inner
        place[_known(key, place)] = _value(environment[name])


def _known(name: str, place: Mapping[str, Any]) -> str:
    """The key that is written so but for case, else the name in lower case."""
    return next((key for key in place if key.lower() == name.lower()), name.lower())


def _value(text: str) -> Any:
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _anchor(settings: dict[str, Any], folder: Path) -> None:
    """Make relative paths absolute; anything of a wrong type is left for the check to name."""
    match settings:
        case {"data": {"path": str(path)}}:
            settings["data"]["path"] = str(folder.resolve() / Path(path).expanduser())
        case {"data": {"url": str(url)}} if url.startswith("sqlite:///"):
            settings["data"]["url"] = f"sqlite:///{folder.resolve() / url.removeprefix('sqlite:///')}"
    joins = settings.get("join")
    for join in joins if isinstance(joins, list) else []:
        match join:
            case {"path": str(path)}:
                join["path"] = str(folder.resolve() / Path(path).expanduser())


def _explained(error: ErrorDetails) -> str:
    """Which key, what is wrong, and the nearest known key or value."""
    place = [str(part) for part in error["loc"]]
    key = ".".join(place) or "the file"
    if error["type"] == "extra_forbidden":
        model = SECTIONS[place[0]] if len(place) > 1 else Config
        return f"unknown key {key!r}: {_hint(place[-1], list(model.model_fields))}"
    if error["type"] == "enum":
        allowed = [part.strip(" '") for part in str(error["ctx"]["expected"]).replace(" or ", ",").split(",")]
        return f"{key}: unknown value {error['input']!r}: {_hint(str(error['input']), allowed)}"
    if error["type"] == "missing":
        return f"key {key!r} is missing"
    return f"{key}: {error['msg'].removeprefix('Value error, ')}; got {error['input']!r}"


def _hint(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
