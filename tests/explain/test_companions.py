"""`companions`: tea goes with sugar, one cola stands in for the other, and chance is neither."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.explain.companions import Companions, companions

TEA, SUGAR, RED, BLUE, BREAD = range(5)
CATEGORY = np.array([0, 1, 2, 2, 3])
CUSTOMERS = 40


def lines(*baskets: tuple[int, ...]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Basket and item of each line, owner of each basket: every customer has these baskets, bystanders bread alone."""
    sizes = [len(b) for b in baskets]
    basket = np.repeat(np.arange(CUSTOMERS * len(baskets)), np.tile(sizes, CUSTOMERS))
    item = np.tile(np.concatenate([np.array(b) for b in baskets]), CUSTOMERS)
    owner = np.repeat(np.arange(CUSTOMERS), len(baskets))
    extra = np.arange(3 * CUSTOMERS)
    return (
        np.concatenate([basket, len(owner) + extra]),
        np.concatenate([item, np.full(len(extra), BREAD)]),
        np.concatenate([owner, CUSTOMERS + extra]),
    )


def pair(found: Companions, a: int, b: int) -> int:
    """Where the pair stands."""
    return int(np.flatnonzero((found.first == a) & (found.second == b))[0])


@pytest.fixture
def found() -> Companions:
    """Four baskets a customer: tea with sugar twice, one cola each in the two others."""
    return companions(*lines((TEA, SUGAR), (TEA, SUGAR), (RED, BREAD), (BLUE, BREAD)), CATEGORY)


def test_chance_by_hand(found: Companions) -> None:
    """Four baskets of two: sum(s²) / sum(s)² = 1/4; tea and sugar meet 80 times where 40 · 2 · 2 / 4 = 40 were due."""
    at = pair(found, TEA, SUGAR)
    assert found.together[at, 1] == pytest.approx((80 + 2) / (40 + 2))
    at = pair(found, RED, BLUE)
    assert found.together[at, 1] == pytest.approx((0 + 2) / (40 / 4 + 2))


def test_complements_and_substitutes(found: Companions) -> None:
    """Tea and sugar are complements, the two colas substitutes; tea and cola never meet but are of two categories."""
    assert found.complement[pair(found, TEA, SUGAR)]
    assert found.substitute[pair(found, RED, BLUE)]
    apart = pair(found, TEA, RED)
    assert found.together[apart, 2] < 1
    assert not found.complement[apart]
    assert not found.substitute[apart]


def test_one_basket_says_nothing() -> None:
    """Who shopped once had no choice of baskets: whatever was bought was bought together, as expected."""
    found = companions(*lines((TEA, SUGAR)), CATEGORY)
    assert found.together[pair(found, TEA, SUGAR), 1] == pytest.approx(1)
    assert not found.complement.any()


def test_few_customers_are_left_out() -> None:
    """A pair that fewer customers share than asked for is not judged; neither is one item alone."""
    told = lines((TEA, SUGAR), (BREAD,))
    assert len(companions(*told, CATEGORY, least=CUSTOMERS + 1).first) == 0
    assert len(companions(np.array([0]), np.array([0]), np.array([0]), np.array([0])).first) == 0


@pytest.mark.parametrize("wrong", [{"least": 0}, {"level": 1.0}])
def test_range(wrong: dict[str, float]) -> None:
    """Limits out of range are refused."""
    with pytest.raises(UsageError, match="companions: expected"):
        companions(*lines((TEA, SUGAR)), CATEGORY, **wrong)  # type: ignore[arg-type]
