"""Errors are what they say, in whatever process."""

from __future__ import annotations

import copy

import pytest

from warmstart import errors
from warmstart.errors import DataError, NotFound, Overloaded, WarmstartError

MADE: dict[str, WarmstartError] = {
    "DataError": DataError("too flat", column="price", row=3, expected="a slope", got="none"),
    "NotFound": NotFound("learner", "bayes_haed", ["bayes_head"]),
    "Overloaded": Overloaded("full", retry_after_s=3.0),
}
"""Those that are not made of a message alone."""


@pytest.mark.parametrize("name", errors.__all__)
def test_crosses_processes(name: str) -> None:
    """What is sent as bytes, as between the machines of a cluster, comes back as itself; a copy goes the same way."""
    error = MADE.get(name) or getattr(errors, name)("why")
    again = copy.copy(error)
    assert type(again) is type(error)
    assert (str(again), vars(again)) == (str(error), vars(error))
