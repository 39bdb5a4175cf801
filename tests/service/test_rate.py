"""`Rate`: by a clock that the test turns."""

from __future__ import annotations

import pytest

from warmstart.errors import Overloaded
from warmstart.service.rate import Rate


def test_a_bucket_for_each_key() -> None:
    """Ten at once at five a second; then one each fifth of a second; another key has its own."""
    now = [0.0]
    rate = Rate(5, clock=lambda: now[0])
    for _ in range(10):
        rate.take("a")
    with pytest.raises(Overloaded, match="5 times a second") as refused:
        rate.take("a")
    assert refused.value.retry_after_s == pytest.approx(0.2)
    rate.take("b")
    now[0] += 0.2
    rate.take("a")
    with pytest.raises(Overloaded):
        rate.take("a")
    now[0] += 1000
    for _ in range(10):
        rate.take("a")
    with pytest.raises(Overloaded):
        rate.take("a")
