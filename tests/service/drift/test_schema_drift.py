"""Tables that change while the service runs: a column that is gone, renamed or new, a category that nobody knew."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from warmstart.service.service import DEFAULT_TENANT, Service

Make = Callable[..., dict[str, Any]]
ROW = {"price": 1.0, "kind": "u"}
TOLD = {**ROW, "sold": 90.0}


def without(name: str, row: dict[str, Any]) -> dict[str, Any]:
    """The row, less a column."""
    return {key: value for key, value in row.items() if key != name}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("renamed", [None, "Price", "prix"])
def test_a_column_that_is_gone(
    client: TestClient, service: Service, sold: Make, name: str, renamed: str | None
) -> None:
    """Or is called something else: support, query and event are refused with its name, and nothing is kept."""
    told = without(name, TOLD) | ({renamed: TOLD[name]} if renamed else {})
    asked = without("sold", told)
    answers = [
        client.post("/v1/demand/predict", json={"support": [TOLD, told], "query": [ROW]}),
        client.post("/v1/events?scenario=demand", json=[sold("1"), {**sold("2"), "row": told}]),
    ]
    if name != "sold":
        answers.append(client.post("/v1/demand/predict", json={"query": [ROW, asked]}))
    for answer in answers:
        assert (answer.status_code, answer.json()["error"]) == (422, "DataError"), answer.text
        assert f"column '{name}': row 1: missing" in answer.json()["message"]
    assert not list(service.log.since(DEFAULT_TENANT))


@pytest.mark.parametrize("name", ["colour", "Price ", "sold_2", "\uff50rice"])
def test_a_column_that_is_new(client: TestClient, sold: Make, name: str) -> None:
    """Is refused with its name and those that there are: it may be one of them, misspelt."""
    for path, body in (
        ("/v1/demand/predict", {"query": [{**ROW, name: 1}]}),
        ("/v1/events?scenario=demand", sold("1", **{name: 1})),
    ):
        message = client.post(path, json=body).json()["message"]
        assert f"column {name!r}: row 0: unknown column; expected shop, day, town, price, kind, sold" in message


def test_a_category_that_is_new(client: TestClient, sold: Make) -> None:
    """Is one that nobody knows: answered as a missing one is, in a row, an event and a descriptor."""
    asked = [{**ROW, "kind": kind} for kind in ("brand new", None, "another", "u")]
    new, missing, another, known = client.post("/v1/demand/predict", json={"query": asked}).json()["mean"]
    assert new == another == missing
    assert known != new
    assert client.post("/v1/events?scenario=demand", json=sold("1", kind="brand new")).json()["new"] == 1
    assert client.post("/v1/demand/adapt", json={"task": "s1"}).json()["k"] == 1
    towns = [client.post("/v1/demand/predict", json={"descriptor": {"town": t}, "query": [ROW]}) for t in ("t9", None)]
    assert towns[0].json()["mean"] == towns[1].json()["mean"]


def test_a_type_that_is_new(client: TestClient) -> None:
    """Numbers that became text are refused by name; a label that became a number is one that nobody knows."""
    for price in ("1.0", "1,50 \u20ac", "12:30", [1.0]):
        message = client.post("/v1/demand/predict", json={"query": [{**ROW, "price": price}]}).json()["message"]
        assert "column 'price': row 0: unfit value; expected a number" in message
    assert client.post("/v1/demand/predict", json={"query": [{**ROW, "kind": 7}]}).status_code == 200


def test_an_item_that_is_new(client: TestClient) -> None:
    """In a support it says nothing; asked about, it is refused by name."""
    told = client.post("/v1/recommend/predict", json={"support": [{"item": "new"}]}).json()
    assert (told["tier"], told["k"]) == ("prior", 0)
    message = client.post("/v1/recommend/predict", json={"query": [{"item": "new"}]}).json()["message"]
    assert "column 'item': row 0: unknown item" in message
