"""`Repeat`: support first."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learners.repeat import Repeat


def test_support_first_heavier_before_lighter_then_popular(
    choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """Items 3 (weight 2) and 2 (weight 1) lead, then popularity: 0 before 1."""
    learner = Repeat()
    params = learner.fit(choices([[(1, 0)], [(1, 0), (1, 1)]], 4), context)
    told = support([[2, 3, -1]])
    told.weight[0, 1] = 2
    scores = learner.predict(params, learner.adapt(params, blank(1), told), catalogue(4)).mean
    assert np.argsort(-scores[0], kind="stable").tolist() == [3, 2, 0, 1]
    np.testing.assert_allclose(scores[0], [2 / 3, 1 / 3, 2, 3], rtol=1e-6)
