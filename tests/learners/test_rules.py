"""`Rules`: confidences and minimum support by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.rules import Rules

BASKETS = [[(1, 0), (1, 1)], [(1, 0), (1, 1)], [(1, 0), (1, 2)], [(1, 2)]]  # n = 3, 2, 2; co(0, 1) = 2, co(0, 2) = 1


@pytest.mark.parametrize(
    ("least_support", "least_confidence", "first"),
    [(1, 0.0, [0, 2 / 3, 1 / 3]), (2, 0.0, [0, 2 / 3, 0]), (1, 0.5, [0, 2 / 3, 0])],
)
def test_rules_of_one_item(
    least_support: int,
    least_confidence: float,
    first: list[float],
    choices: Any,
    context: Any,
    support: Any,
    catalogue: Any,
    blank: Any,
) -> None:
    """Of {0}: 0 → 1 holds in two of three baskets, 0 → 2 in one, which a higher bar drops."""
    learner = Rules(least_support, least_confidence)
    params = learner.fit(choices(BASKETS, 3), context)
    scores = learner.predict(params, learner.adapt(params, blank(1), support([[0]])), catalogue(3)).mean
    np.testing.assert_allclose(scores, [first], atol=1e-5)


def test_the_most_confident_rule_speaks(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Of {1, 2}: 1 → 0 is sure, 2 → 0 holds in one basket of two; without a support popularity decides."""
    learner = Rules(least_support=1)
    params = learner.fit(choices(BASKETS, 4), context)
    scores = learner.predict(params, learner.adapt(params, blank(2), support([[2, 1], [-1, -1]])), catalogue(4)).mean
    np.testing.assert_allclose(scores[0], [1, 0, 0, 0], atol=1e-5)
    assert np.argsort(-scores[1], kind="stable").tolist() == [0, 1, 2, 3]


def test_ranges_are_checked() -> None:
    """A rule needs a basket."""
    with pytest.raises(UsageError, match=r"rules\.least_support"):
        Rules(least_support=0)
