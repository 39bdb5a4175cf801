"""`Lift`: pairs that meet more often than chance, by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import NotFound
from warmstart.learners._interactions import baskets, unpack
from warmstart.learners.lift import Lift

BASKETS = [
    [(1, 0), (1, 1)],
    [(1, 0), (1, 1)],
    [(1, 2)],
    [(1, 2), (1, 0)],
]  # n = 3, 2, 2 of 4; co(0, 1) = 2, co(0, 2) = 1


def test_by_hand(choices: Any, context: Any) -> None:
    """0 and 1 meet twice where chance is 3·2/4; 0 and 2 once, which is less than chance and left out."""
    near = unpack(Lift(shrinkage=0.5).fit(choices(BASKETS, 3), context)["lift"]).toarray()
    log_lift = np.log(2.5 / 2.0)
    np.testing.assert_allclose(near, [[0, log_lift, 0], [log_lift, 0, 0], [0, 0, 0]], rtol=1e-5)


def test_scores_by_hand(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """The mean over the support, popularity where nothing is near or known."""
    learner = Lift(shrinkage=0.5)
    params = learner.fit(choices(BASKETS, 3), context)
    state = learner.adapt(params, blank(2), support([[1, 2], [-1, -1]]))
    scores = learner.predict(params, state, catalogue(3)).mean
    np.testing.assert_allclose(scores[0], [np.log(2.5 / 2.0) / 2, 0, 0], atol=1e-5)
    assert np.argmax(scores[1]) == 0


def test_a_moment_is_a_basket(choices: Any) -> None:
    """Anchors 0 and 1 of one basket each tell what else it held: together {0, 1, 2} and, a moment later, {1, 2}."""
    anchors = choices([[(7, 1), (7, 2)], [(7, 0), (7, 2), (8, 2)], [(8, 1)]], 3)
    assert baskets(anchors, "moment").toarray().tolist() == [[1, 1, 1], [0, 1, 1]]
    assert baskets(anchors, "task", 2).toarray().tolist() == [[0, 1, 1], [0, 0, 1], [0, 1, 0]]
    with pytest.raises(NotFound, match="did you mean moment"):
        baskets(anchors, "momnet")  # type: ignore[arg-type]
