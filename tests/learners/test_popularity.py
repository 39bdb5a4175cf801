"""`Popularity`: shares by hand, segments, recency."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners.popularity import Popularity, best_segment, item_counts, smoothed_shares
from warmstart.types import Rows

BASKETS = [[(1, 0), (2, 0), (9, 1)], [(1, 0)], [(9, 2)]]


def test_a_task_counts_once_for_an_item(choices: Any) -> None:
    """Task 0 bought item 0 twice and counts once; task 1 adds one."""
    np.testing.assert_array_equal(item_counts(choices(BASKETS, 4), None), [[2, 1, 1, 0]])


def test_recency_halves_old_rows(choices: Any) -> None:
    """With a half-life of 7 ticks, task 0's latest row of item 0 (7 ticks ago) counts 1/2, task 1's (8 ago) less."""
    counts = item_counts(choices(BASKETS, 4), None, half_life=7.0)[0]
    np.testing.assert_allclose(counts, [0.5 + 0.5 ** (8 / 7), 1, 1, 0])


def test_segments_are_shrunk_to_all() -> None:
    """One row of item 0 against a strength of one: half from the segment, half from everybody."""
    counts = np.array([[1.0, 0.0], [0.0, 1.0]])
    np.testing.assert_allclose(smoothed_shares(counts, 1.0), [[0.75, 0.25], [0.25, 0.75]])


def test_each_segment_has_its_own_list(choices: Any, context: Any, support: Any, catalogue: Any) -> None:
    """Segment 1 buys item 0, segment 2 item 1; the support is ignored; an unseen segment gets everybody's list."""
    train = choices([[(1, 0)]] * 3 + [[(1, 1)]] * 2, 3, [1, 1, 1, 2, 2])
    learner = Popularity(segment=0, strength=1.0)
    params = learner.fit(train, context)
    told = Rows(np.zeros((3, 0)), np.array([[1], [2], [0]]))
    scores = learner.predict(params, learner.adapt(params, told, support([[2], [2], [2]])), catalogue(3)).mean
    assert scores.argmax(axis=1).tolist() == [0, 1, 0]


def test_the_segment_that_matters_is_found(choices: Any) -> None:
    """Where the code decides what is bought it is chosen; where it says nothing the one list stays."""
    rng = np.random.default_rng(0)
    codes = [1 + i % 2 for i in range(200)]
    telling = choices([[(1, int(rng.integers(3)) + 3 * (code - 1))] for code in codes], 6, codes)
    idle = choices([[(1, int(rng.integers(50)))] for _ in codes], 50, [int(c) for c in rng.integers(1, 40, 200)])
    assert best_segment(telling, np.random.default_rng(0)) == 0
    assert best_segment(idle, np.random.default_rng(0)) is None


def test_ranges_are_checked() -> None:
    """A strength of zero is refused by name."""
    with pytest.raises(UsageError, match=r"popularity\.strength: expected more than 0"):
        Popularity(strength=0.0)
