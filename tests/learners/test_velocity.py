"""`Velocity` by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

from warmstart.learners.velocity import Velocity


def test_takers_over_time(choices: Any, context: Any, support: Any, catalogue: Any, blank: Any) -> None:
    """Two more takers in .2 of the time, one more in .8; three waited a third of that, as a new item will."""
    world = choices([[(0, 0), (0, 1)], [(1, 0), (8, 1)], [(2, 0)], [(10, 2)]], 4)
    learner = Velocity()
    params = learner.fit(world, context)
    wait = (0.2 + 0.8) / 3
    found = learner.predict(params, learner.adapt(params, blank(2), support([[0], [-1]])), catalogue(4)).mean
    expected = [3 / (0.2 + wait), 2 / (0.8 + wait), 1 / wait, 1 / wait]
    np.testing.assert_allclose(np.exp(found), [expected, expected], rtol=1e-5)
