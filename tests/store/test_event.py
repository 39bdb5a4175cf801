"""`Event`: what is accepted, what is refused by name, and one line for equal events."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from warmstart.store.event import event_of, to_json

BOUGHT: dict[str, Any] = {"id": "1", "kind": "interaction", "task": "anna", "time": "2026-01-05T10:00:00Z", "row": {}}
SHOWN = {**BOUGHT, "kind": "impression", "shown": ["a", "b"], "propensities": [0.5, 1.0]}
del SHOWN["row"]


def line(**changed: Any) -> str:
    """The purchase, changed."""
    return json.dumps({**BOUGHT, **changed})


def test_four_kinds() -> None:
    """Each is told by its `kind`."""
    assert event_of(line()).task == "anna"
    assert event_of(json.dumps(SHOWN)).propensities == [0.5, 1.0]
    assert event_of(line(kind="user", row={"age": 30})).row == {"age": 30}
    item = {name: value for name, value in BOUGHT.items() if name != "task"} | {"kind": "item", "item": "tea"}
    assert event_of(json.dumps(item)).item == "tea"


def test_equal_events_are_one_line() -> None:
    """Neither the order of keys nor the zone matters."""
    one = event_of(line(row={"a": 1, "b": [1.5, "x"]}))
    other = event_of(line(row={"b": [1.5, "x"], "a": 1}, time="2026-01-05T12:00:00+02:00"))
    assert to_json(one) == to_json(other)


def test_a_line_is_read_again() -> None:
    """Written and read, nothing is lost: emoji, right-to-left text, null, -0.0 and full-width digits too."""
    row = {"a": "🫖 שלום \uff11", "b": None, "c": -0.0, "d": True, "e": -(2**63)}
    event = event_of(line(row=row, person="anna@home"))
    assert event_of(to_json(event)) == event


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ('"row": {"price": NaN}', "row.price"),
        ('"row": {"price": 1e400}', "row.price"),
        ('"row": {"price": -Infinity}', "row.price"),
        ('"row": {"price": 9223372036854775808}', "row.price"),
        ('"row": {"price": {"deep": 1}}', "row.price"),
        ('"row": {"price": [[1]]}', "row.price"),
        ('"row": {"name": "a\\u0000b"}', "row.name"),
        ('"row": {"": 1}', "row"),
        ('"row": []', "row"),
        ('"task": ""', "task"),
        ('"task": 7', "task"),
        (f'"task": "{"x" * 257}"', "task"),
        ('"time": "2026-01-05T10:00:00"', "time"),
        ('"time": 1767607200', "time"),
        ('"time": "0001-01-01T00:00:00+14:00"', "time"),
        ('"time": "9999-12-31T23:59:59-14:00"', "time"),
        ('"colour": "red"', "colour"),
        ('"kind": "purchase"', "kind"),
    ],
)
def test_refused_by_name(changed: str, named: str) -> None:
    """Each error names the field."""
    text = line()[:-1] + ", " + changed + "}"
    with pytest.raises(ValidationError) as refused:
        event_of(text)
    assert named in str(refused.value)


def test_lone_surrogate() -> None:
    """Half a character is no text."""
    with pytest.raises(ValidationError):
        event_of(line().replace("anna", "\\ud800"))


def test_one_propensity_for_each_item() -> None:
    """Two items, one propensity: refused; a propensity of 0 or above 1 too."""
    for wrong in ([0.5], [0.0, 1.0], [0.5, 1.5]):
        with pytest.raises(ValidationError, match="propensities"):
            event_of(json.dumps({**SHOWN, "propensities": wrong}))


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
        st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_every_legal_row_comes_back(row: dict[str, Any]) -> None:
    """As it was sent."""
    event = event_of(line(row=row))
    assert event_of(to_json(event)).row == event.row == row
