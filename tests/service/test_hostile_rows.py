"""Rows that nobody means well: a value is refused by the name of its field, or is legal and answered; never a 500."""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from warmstart.engine.model import MetaModel
from warmstart.service.service import DEFAULT_TENANT, Service

Make = Callable[..., dict[str, Any]]
CASES = 2_000 if "WARMSTART_FAULTS" in os.environ else 60
fuzzed = settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])

NO_JSON = [
    "NaN",
    "Infinity",
    "-Infinity",
    "1e400",
    "-1e400",
    "9223372036854775808",
    "1" * 5_000,
    '"\\ud800"',
    '"\\u0000"',
]
"""As JSON text: refused wherever a value may stand."""
NO_NUMBER = ['""', '"\uff11\uff12"', '"\u0663"', '" 5 "', '"0x10"', '"\u202e5"', '"\U0001fad6"', "[]", "[1]", "{}"]
NUMBERS = [
    "0",
    "-0",
    "-0.0",
    "5e-324",
    "1e308",
    "-1e308",
    "9223372036854775807",
    "-9223372036854775808",
    "null",
    "true",
]
TEXTS = [
    '""',
    '"\uff11\uff12"',
    '"\u05e9\u05dc\u05d5\u05dd"',
    '"\u202eu"',
    '"\U0001fad6\U0001f469\u200d\U0001f469\u200d\U0001f467"',
    '"a\\nb\\tc"',
    '"\\ufeff"',
    "3",
    "-0.0",
    "1e308",
    "true",
    "null",
]
VERBS = ("adapt", "predict", "explain")


def asked(**rows: str) -> str:
    """A body: the values as JSON text in rows of support and query."""
    price, kind, sold = (rows.get(name, usual) for name, usual in (("price", "1.0"), ("kind", '"u"'), ("sold", "90.0")))
    row = f'"price": {price}, "kind": {kind}'
    return f'{{"support": [{{{row}, "sold": {sold}}}], "query": [{{{row}}}]}}'


def body_of(verb: str, **rows: str) -> str:
    """What this verb may be asked: `adapt` takes no query."""
    held = asked(**rows)
    return held.partition(', "query"')[0] + "}" if verb == "adapt" else held


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("column", ["price", "kind", "sold"])
def test_values_that_are_none(client: TestClient, verb: str, column: str) -> None:
    """NaN, infinities, whole numbers beyond 64 bits, lone surrogates, NUL, a megabyte of text: 422."""
    for value in [*NO_JSON, f'"{"x" * 2**20}"', "[" * 2_000, f"[{'1,' * 5_000}1]"]:
        response = client.post(f"/v1/demand/{verb}", content=body_of(verb, **{column: value}))
        assert response.status_code == 422, (value[:20], response.text[:300])
        assert response.json()["error"] == "DataError"
        assert column in response.text or "JSON" in response.text, response.text[:300]


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize(
    ("column", "refused", "legal"),
    [
        ("price", NO_NUMBER, NUMBERS),
        ("kind", ["[]", "{}", '["u"]'], TEXTS),
        ("sold", [*NO_NUMBER, "null", "1e308", "9223372036854775807"], ["0", "-0.0", "5e-324", "1e9"]),
    ],
)
def test_values_of_a_kind(client: TestClient, verb: str, column: str, refused: list[str], legal: list[str]) -> None:
    """What a column cannot hold is refused with its name; what it can hold is answered."""
    for value in refused:
        response = client.post(f"/v1/demand/{verb}", content=body_of(verb, **{column: value}))
        assert (response.status_code, column in response.text) == (422, True), (value, response.text)
    for value in legal:
        response = client.post(f"/v1/demand/{verb}", content=body_of(verb, **{column: value}))
        assert response.status_code == 200, (value, response.text)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("n", ["0", "-1", "1001", "1e400", "1.5", '"3"', "true", "null", "9223372036854775808"]),
        ("seed", ["-1", "9223372036854775808", "1e400", "NaN", '"1"', "true"]),
        ("task", ['""', "1", '"\\u0000"', '"\\ud800"', f'"{"x" * 257}"', "[]", "true"]),
        ("block", ["null", "[1]", '[""]', '"i1"', "{}", '["no such item"]']),
        ("already", ['""', '"SHOW"', "null", "1"]),
        ("explore", ['"true"', "1", "null"]),
    ],
)
def test_fields_of_a_recommendation(client: TestClient, field: str, values: list[str]) -> None:
    """Each refused by its name."""
    for value in values:
        response = client.post("/v1/recommend/recommend", content=f'{{"{field}": {value}}}')
        assert (response.status_code, field in response.text or "JSON" in response.text) == (422, True), response.text


@pytest.mark.parametrize("number", ["3", "3.0", "3e0"])
def test_one_kind_of_number(client: TestClient, number: str) -> None:
    """JSON has one: however it is written, it is the same."""
    told = client.post("/v1/recommend/recommend", content=f'{{"n": {number}, "seed": {number}}}').json()
    assert (len(told["items"]), told["seed"]) == (3, 3)


@pytest.mark.parametrize(
    ("target", "label"), [("three", "low"), ("two", "yes"), ("level", 3), ("level", "3"), ("level", 3.0)]
)
def test_classes_are_labels(
    service: Service, client: TestClient, model: Callable[..., MetaModel], tmp_path: Any, target: str, label: Any
) -> None:
    """As in a table: text or number, whatever the kind that the column was declared to have."""
    version = model(target).save(tmp_path / "classes").version
    service.registry.publish(DEFAULT_TENANT, "classes", version, tmp_path / "classes", service.clock(), {})
    service.promote(DEFAULT_TENANT, "classes", version, "a test")
    row = {"price": 1.0, "kind": "u"}
    told = client.post("/v1/classes/predict", json={"support": [{**row, "sold": label}], "query": [row]})
    assert (told.status_code, told.json()["k"]) == (200, 1), told.text
    assert client.post("/v1/classes/adapt", json={"support": [{**row, "sold": "none of them"}]}).status_code == 422


def many(of: str, count: int = 10**6) -> str:
    """As JSON text: a list."""
    return f"[{','.join([of] * count)}]"


FIELDS = "{" + ",".join(f'"k{i}": 0' for i in range(200_000)) + "}"


@pytest.mark.parametrize(
    ("said", "body"),
    [
        ("support", f'{{"support": {many("{}")}}}'),
        ("support", f'{{"support": {many("0")}}}'),
        ("query", f'{{"query": {many("{}")}}}'),
        ("1000", f'{{"support": [{FIELDS}]}}'),
        ("200,000 fields", FIELDS),
    ],
    ids=["rows", "no rows", "questions", "columns", "fields"],
)
def test_floods(client: TestClient, said: str, body: str) -> None:
    """A million rows, columns or fields are refused as a whole, not one by one."""
    response = client.post("/v1/demand/predict", content=body)
    assert (response.status_code, said in response.text) == (422, True), response.text[:300]
    assert len(response.text) < 2_000


@pytest.mark.parametrize("of", ["{}", "0"])
def test_floods_of_events(client: TestClient, of: str) -> None:
    """As a list and as lines: the first one that is none ends it."""
    for body, kind in ((many(of), "application/json"), (f"{of}\n" * 10**6, "application/x-ndjson")):
        response = client.post("/v1/events?scenario=demand", content=body, headers={"content-type": kind})
        assert (response.status_code, len(response.text) < 2_000) == (422, True), response.text[:300]


SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
    | st.sampled_from(["u", "yes", "i1", "2026-01-05", "2026-01-05T10:00:00+14:00", "9999-12-31"])
)
VALUES = SCALARS | st.lists(SCALARS, max_size=3)
COLUMNS = st.sampled_from(["price", "kind", "sold", "day", "town", "shop", "colour"])
ROWS = st.dictionaries(COLUMNS, VALUES, max_size=6) | st.fixed_dictionaries(
    {"price": VALUES, "kind": VALUES, "sold": st.floats(-1e9, 1e9) | VALUES}, optional={"day": VALUES}
)
TIMES = st.datetimes(timezones=st.timezones()).map(lambda time: time.isoformat())


@fuzzed
@given(st.sampled_from(VERBS), st.lists(ROWS, max_size=3), st.lists(ROWS, max_size=3), st.dictionaries(COLUMNS, VALUES))
def test_any_rows(
    client: TestClient, verb: str, support: list[Any], query: list[Any], descriptor: dict[str, Any]
) -> None:
    """Whatever JSON may say of columns, known or not: an answer or a refusal."""
    body = {"support": support, "descriptor": descriptor} | ({} if verb == "adapt" else {"query": query})
    response = client.post(f"/v1/demand/{verb}", content=json.dumps(body))
    assert response.status_code in (200, 422), response.text


IDS = itertools.count()
"""Each event needs an id of its own."""


@fuzzed
@given(ROWS, TIMES, st.sampled_from(["interaction", "user"]))
def test_what_is_acknowledged_can_be_answered_from(
    client: TestClient, row: dict[str, Any], time: str, kind: str
) -> None:
    """An event that was let in never spoils its task: it is asked right after, then the task is forgotten."""
    event = {"id": f"{next(IDS)}", "kind": kind, "task": "s1", "time": time, "row": row}
    told = client.post("/v1/events?scenario=demand", content=json.dumps(event))
    assert told.status_code in (200, 422), told.text
    answer = client.post("/v1/demand/predict", json={"task": "s1", "query": [{"price": 1.0, "kind": "u"}]})
    assert answer.status_code == 200, (event, answer.text)
    assert client.delete("/v1/subjects/s1").status_code == 200
