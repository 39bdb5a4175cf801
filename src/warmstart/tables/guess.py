"""`guess`: a commented TOML for a user's tables, with every default written."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
from pydantic import BaseModel

from warmstart.errors import UsageError
from warmstart.tables._dates import order_is_unclear
from warmstart.tables._join import join_rows
from warmstart.tables._keys import join_key
from warmstart.tables._leaks import find_leaks
from warmstart.tables._profile import Profile, profile
from warmstart.tables._roles import Guess, guess_recommend, guess_table
from warmstart.tables._sections import DataSection, SplitSection, TargetSection, TrainSection
from warmstart.tables.schema import Column, Kind, Role, Schema

__all__ = ["guess"]

_PERIODS, _LONGEST = 5, 28  # one part of so many is asked, but no more periods

SWAPPED = "every day and month is 12 or less: set data.day_first if the file writes the day first"


def guess(
    frames: Mapping[str, pl.DataFrame],
    scenario: str,
    *,
    items: bool = False,
    forecast: bool = False,
    task: Sequence[str] | None = None,
    target: str | None = None,
    name: str | None = None,
) -> str:
    """Guess joins, roles and kinds, and write them as TOML for `load_config`.

    `frames`: tables by the path that the TOML shall name; the first holds the rows, the others are joined to it.
    `items`: whether rows name items of a catalogue; `forecast`: whether the next periods of a series are asked.
    A feature that is the target in another form is set to "ignore".
    `task`, `target`: columns, where the user knows them; `name`: of the data, by default the first file's.

    Errors: `NotFound` for a column that is not there; `DataError` for a table that nothing joins to the rows;
    `UsageError` without a table.
    """
    if not frames:
        raise UsageError("name at least one table")
    (path, frame), *others = frames.items()
    joins = []
    for other, right in others:
        on = join_key(frame, right, other)
        frame, _ = join_rows(frame, right, on, [c for c in right.columns if c not in frame.columns])
        joins.append(_section("[[join]]", {"path": other, "on": on}))
    profiles = {c.name: profile(c) for c in frame.iter_columns()}
    chosen = (guess_recommend if items else guess_table)(frame, profiles, task, target)
    chosen = _without_copies(frame, profiles, chosen)
    split = _split(frame, chosen, items=items, forecast=forecast)
    head = {"scenario": scenario, "name": name or Path(path).name.partition(".")[0]}
    parts = [
        "# Guessed from the tables; every value can be changed. Columns that are not named here are left out.",
        _section("", head),
        _data(path, frame, chosen),
        *joins,
        _model("[target]", TargetSection(type=chosen.target_type)),
        *(_column(frame[p.name], p, chosen) for p in profiles.values()),
        _model("[split]", split),
        _model("[train]", TrainSection()),
    ]
    return "\n\n".join(parts) + "\n"


def _split(frame: pl.DataFrame, chosen: Guess, *, items: bool, forecast: bool) -> SplitSection:
    """Supports that leave half of an ordinary task to be asked; of a series a fifth of all periods is asked."""
    keys, times = ([c for c, role in chosen.roles.items() if role is wanted] for wanted in (Role.TASK, Role.TIME))
    found = SplitSection(group=chosen.group, order="time" if times else "random")
    if items:
        return found
    sizes = frame.drop_nulls(keys).group_by(keys).len()["len"]
    usual = sizes.filter(sizes > 1).median()
    rows = int(usual) if isinstance(usual, float) else 1
    kept = tuple(k for k in found.shots if k <= max(rows // 2, 1))
    asked = min(max(frame[times[0]].n_unique() // _PERIODS, 1), _LONGEST) if forecast and times else found.queries
    return found.model_copy(update={"shots": kept, "queries": asked, "min_rows": min(found.min_rows, max(kept) + 1)})


def _without_copies(frame: pl.DataFrame, profiles: Mapping[str, Profile], chosen: Guess) -> Guess:
    """Features that give the target away, as a logarithm of it would, are ignored, and said to be."""
    columns = tuple(Column(name, role, profiles[name].kind) for name, role in chosen.roles.items())
    features = [column for column in columns if column.role is Role.FEATURE]
    copies = [leak for leak in find_leaks(frame, Schema(columns, chosen.target_type), features) if leak.copy]
    roles = {**chosen.roles, **{leak.column: Role.IGNORE for leak in copies}}
    return replace(chosen, roles=roles, notes={**chosen.notes, **{leak.column: leak.how for leak in copies}})


def _data(path: str, frame: pl.DataFrame, chosen: Guess) -> str:
    """Where the rows are, and whether some lack what every row must have."""
    needed = [c for c, role in chosen.roles.items() if role in (Role.TASK, Role.TIME, Role.ITEM, Role.TARGET)]
    lacking = frame.height - frame.drop_nulls(needed).height
    notes = {
        "path": f"relative to this file; {frame.height:,} rows",
        "skip_incomplete": f"{lacking:,} rows lack task, time, item or target; false refuses them",
    }
    written = _section("[data]", {"path": path, "skip_incomplete": lacking > 0}, notes)
    return f"{written}\n# day_first = true  # {DataSection.model_fields['day_first'].description}"


def _column(values: pl.Series, p: Profile, chosen: Guess) -> str:
    """One column's section."""
    role = chosen.roles[p.name]
    kind = Kind.CATEGORY if role in (Role.TASK, Role.ITEM) else p.kind
    written: dict[str, Any] = {"role": role.value, "kind": kind.value}
    if kind in (Kind.SET, Kind.VECTOR):
        written["separator"] = p.separator
    if role is Role.TARGET and kind is Kind.NUMBER:
        written["log"] = p.wants_log and chosen.target_type.value == "number"
    unclear = kind is Kind.DATE and order_is_unclear(values)
    notes = [p.summary, chosen.notes.get(p.name, ""), SWAPPED if unclear else ""]
    return _section(f"[columns.{_toml(p.name)}]", written, {"": "; ".join(filter(None, notes))})


def _model(title: str, section: BaseModel) -> str:
    """A settings section with the description of each key."""
    fields = type(section).model_fields
    return _section(title, section.model_dump(mode="json"), {k: f.description or "" for k, f in fields.items()})


def _section(title: str, values: Mapping[str, Any], notes: Mapping[str, str] | None = None) -> str:
    """TOML lines with comments; the note under "" is the title's."""
    said = notes or {}
    lines = [_noted(title, said.get("", ""))] if title else []
    lines += [_noted(f"{key} = {_toml(value)}", said.get(key, "")) for key, value in values.items()]
    return "\n".join(lines)


def _noted(line: str, note: str) -> str:
    return f"{line}  # {note}" if note else line


def _toml(value: Any) -> str:
    """JSON's text, numbers and lists are TOML's too; its objects are not."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml(k)} = {_toml(v)}" for k, v in value.items()) + " }"
    return json.dumps(value, ensure_ascii=False)
