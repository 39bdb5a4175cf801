"""Rankings of held-out tasks: what a mixture misses, by hand."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.engine.rehearse_ranking import Pool, missed


def test_missed_is_the_mean_of_three_recalls() -> None:
    """Of four relevant items one stands third, one fifteenth, one thirtieth and one is not in the pool at all."""
    place = np.random.default_rng(0).permutation(60)
    mixed = 1 / (1.0 + place)[None]
    pool = Pool(mixed[None], np.isin(place, [2, 14, 29])[None], np.array([4.0]))
    assert missed([pool], 0, mixed) == pytest.approx([1 - np.mean([1 / 4, 2 / 4, 3 / 4])])


def test_a_pool_may_be_shorter_than_the_lists() -> None:
    """Five items, both relevant ones among them: found by every list, however long it could be."""
    mixed = np.array([[5.0, 4.0, 3.0, 2.0, 1.0]])
    pool = Pool(mixed[None], np.array([[False, True, False, False, True]]), np.array([2.0]))
    assert missed([pool], 0, mixed) == pytest.approx([0.0])
