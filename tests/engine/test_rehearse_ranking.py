"""Rankings of held-out tasks: what is wanted and what is shown, with and without the support's items."""

from __future__ import annotations

import numpy as np
import pytest

from warmstart.engine.rehearse_ranking import Pool, missed, pool
from warmstart.tasks.episodes import Batch
from warmstart.types import Latent, Query, Rows, Support

ITEMS = 12


def batch() -> Batch:
    """Task 0 chose item 11 and wants 11 and 0; task 1 chose nothing (its row is padding) and wants 1."""
    none = Rows(np.zeros((2, 1, 0)), np.zeros((2, 1, 0), np.int32))
    one = np.ones((2, 1), np.float32)
    support = Support(none, np.array([[11], [5]]), one, np.array([[1.0], [0.0]]), 0 * one)
    query = Query(none, np.array([[11, 0], [1, -1]]), np.zeros((2, 2)))
    return Batch(Rows(np.zeros((2, 0)), np.zeros((2, 0))), support, query, np.ones((2, 2)), np.array([[1, 1], [1, 0]]))


def falling(_batch: Batch) -> Latent:
    """Item 11 is best, item 0 worst, for both tasks."""
    scores = np.tile(np.arange(ITEMS, dtype=np.float32), (2, 1))
    return Latent(scores, 0 * scores, np.float32(0))


@pytest.mark.parametrize(("barred", "relevant", "loss"), [(False, [2, 1], [0.5, 1.0]), (True, [1, 1], [1.0, 1.0])])
def test_barred(barred: bool, relevant: list[int], loss: list[float]) -> None:
    """As it is, task 0 finds one of two; without its own item 11 it wants item 0 alone, which stands in place 11."""
    made = pool([falling], np.ones(1), [batch()], np.random.default_rng(0), barred=barred)
    assert made.relevant.tolist() == relevant
    assert missed([made], 0, made.said[0]).tolist() == loss


def test_barred_items_make_room() -> None:
    """With ten others to show, item 1 comes into the list of the task whose own item leaves it."""
    wants = batch()
    wants = wants._replace(query=wants.query._replace(item=np.array([[11, 1], [1, -1]])))
    losses = [
        missed([made := pool([falling], np.ones(1), [wants], np.random.default_rng(0), barred=barred)], 0, made.said[0])
        for barred in (False, True)
    ]
    assert [each.tolist() for each in losses] == [[0.5, 1.0], [0.0, 1.0]]


def test_missed_counts_the_first_ten() -> None:
    """Of four relevant items one stands third, one tenth, one eleventh and one is not in the pool at all."""
    place = np.random.default_rng(0).permutation(60)
    mixed = 1 / (1.0 + place)[None]
    made = Pool(mixed[None], np.isin(place, [2, 9, 10])[None], np.array([4.0]))
    assert missed([made], 0, mixed).tolist() == [0.5]


def test_a_pool_may_be_shorter_than_the_list() -> None:
    """Five items, both relevant ones among them: found, however low they stand."""
    mixed = np.array([[5.0, 4.0, 3.0, 2.0, 1.0]])
    made = Pool(mixed[None], np.array([[False, True, False, False, True]]), np.array([2.0]))
    assert missed([made], 0, mixed).tolist() == [0.0]
