"""`FirstTimePopularity`: what counts and what does not."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learners.first_time_popularity import FirstTimePopularity


def test_by_hand(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Item 1 is new at two later visits, 2 at one; 0 is taken first at first visits only."""
    visits = [[(1, 0), (2, 0), (2, 1), (3, 1)], [(1, 0), (4, 1), (5, 2)], [(9, 0)], []]
    learner = FirstTimePopularity()
    params = learner.fit(choices(visits, 3), context)
    state = learner.adapt(params, blank(2), support([[1], [-1]]))
    scores = learner.predict(params, state, catalogue(3)).mean
    np.testing.assert_allclose(np.exp(scores), [[0.5 / 4.5, 2.5 / 4.5, 1.5 / 4.5]] * 2, rtol=1e-6)
