"""`Markov`: a chain over three visits by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners._interactions import unpack
from warmstart.learners.markov import Markov

VISITS = [[(1, 0), (2, 1), (2, 0), (3, 2)], [(1, 0), (2, 2)], [(5, 1)]]
"""Task 0: {0} → {1} (0 is no news any more) → {2}; task 1: {0} → {2}; task 2 never comes back."""


def test_chain_by_hand(choices: Any, context: Any) -> None:
    """After 0: 1 once, 2 once of two visits; after 1: 2 once of one; shares 1/3 and 2/3; a strength of one visit."""
    params = Markov(shrinkage=1.0).fit(choices(VISITS, 3), context)
    np.testing.assert_allclose(
        unpack(params["next"]).toarray(), [[0, 1 / 3, 1 / 3], [0, 0, 1 / 2], [0, 0, 0]], rtol=1e-6
    )
    np.testing.assert_allclose(params["share"], [0, 1 / 3, 2 / 3], rtol=1e-6)
    np.testing.assert_allclose(params["pull"], [1 / 3, 1 / 2, 1])


def test_scores_by_hand(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Support {0, 1}: the mean of both rows, each with its pull to the shares; no support: the shares."""
    learner = Markov(shrinkage=1.0)
    params = learner.fit(choices(VISITS, 3), context)
    state = learner.adapt(params, blank(2), support([[0, 1], [-1, -1]]))
    scores = learner.predict(params, state, catalogue(3)).mean
    pull = (1 / 3 + 1 / 2) / 2
    by_hand = [[0, 1 / 6 + pull / 3, (1 / 3 + 1 / 2) / 2 + pull * 2 / 3], [0, 1 / 3, 2 / 3]]
    np.testing.assert_allclose(scores, by_hand, rtol=1e-5)


def test_nobody_came_back(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Without a second visit all scores are zero."""
    learner = Markov()
    params = learner.fit(choices([[(1, 0)], [(2, 1)]], 2), context)
    scores = learner.predict(params, learner.adapt(params, blank(1), support([[0]])), catalogue(2)).mean
    assert scores.tolist() == [[0, 0]]


def test_ranges_are_checked() -> None:
    """A strength of zero is refused by name."""
    with pytest.raises(UsageError, match=r"markov\.shrinkage: expected more than 0"):
        Markov(shrinkage=0.0)
