"""`Rerank`: what is counted, by hand; candidates; features that equal their definition; nothing learned from itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.learners._interactions import unpack
from warmstart.learners._item_statistics import NETWORKS, fit_statistics
from warmstart.learners._shortlist import Asked, features, shortlist
from warmstart.learners.rerank import Rerank
from warmstart.tasks.arrays import TaskArrays
from warmstart.types import Rows, Widths

OWN, NEAR, NEXT = 0, slice(1, 4), 3


def _with_categories(arrays: TaskArrays, category: list[int]) -> TaskArrays:
    """The same choices, from items of these categories (the code 0 is unknown)."""
    spec = replace(arrays.spec, row=Widths(codes=(max(category) + 1,)))
    codes = np.array(category, np.int32)[:, None]
    return replace(arrays, spec=spec, catalogue=Rows(np.zeros((len(category), 0), np.float32), codes))


def _asked(*supports: list[int]) -> Asked:
    """Tasks without a descriptor."""
    return Asked(np.array(supports, np.int32), np.zeros((len(supports), 0), np.int32), np.zeros((len(supports), 0)))


def test_next_is_what_follows_the_first_moment(choices: Any) -> None:
    """Of three tasks that begin with 0 two return, one of them with 1: 1 / (2 + 20), and 2 / 3 never follow."""
    world = choices([[(1, 0), (2, 1)], [(1, 0), (2, 0)], [(1, 0)], [(1, 2), (1, 3)]], 4)
    after = unpack(fit_statistics(world)["next"]).toarray()
    assert after[0, 1] == pytest.approx(1 / 22)
    assert np.count_nonzero(after) == 1


def test_categories_follow_and_share_by_hand(choices: Any) -> None:
    """Both returning tasks begin in category 1; one comes back for 1, one for 2; item 1 has 1.5 / 2 of category 1."""
    baskets = [[(1, 0), (2, 1)], [(1, 0), (2, 2)], [(1, 2)]]
    found = fit_statistics(_with_categories(choices(baskets, 3), [1, 1, 2]))
    assert found["follows"]["0"][1, 1] == pytest.approx((1 + 10 * 0.5) / (2 + 10))
    later = np.exp(found["later"])  # half a pair is added to each: .5, 1.5, 1.5 of 3.5
    np.testing.assert_allclose(later, np.array([0.5, 1.5, 1.5]) / 3.5, rtol=1e-5)
    np.testing.assert_allclose(np.exp(found["of_category"]["0"]), [0.25, 0.75, 1.0], rtol=1e-5)


def test_shortlist_holds_each_candidate_once(choices: Any) -> None:
    """The support item, what is near it and what is popular; an item from two sources is real once."""
    world = choices([[(1, 0), (1, 1)], [(1, 0), (1, 1)], [(1, 2)]], 5)
    listed = shortlist(fit_statistics(world), _asked([0], [-1]))
    assert [sorted(row[real].tolist()) for row, real in zip(listed.item, listed.real, strict=True)] == [[*range(5)]] * 2


def test_features_of_networks_equal_the_dense_product(choices: Any) -> None:
    """Mean and largest value over the support of every network, against matrices written out."""
    rng = np.random.default_rng(0)
    world = choices(
        [
            [(int(t), int(i)) for t, i in zip(np.sort(rng.integers(0, 3, 8)), rng.integers(0, 12, 8), strict=True)]
            for _ in range(60)
        ],
        12,
    )
    statistics, asked = fit_statistics(world), _asked([3, 5, -1], [-1, -1, -1], [7, 1, 0])
    listed = shortlist(statistics, asked)
    x = features(statistics, asked, listed)
    for i, name in enumerate(NETWORKS):
        dense = unpack(statistics[name]).toarray()
        for t, support in enumerate([[3, 5], [], [7, 1, 0]]):
            rows = dense[support][:, listed.item[t]] if support else np.zeros((1, listed.item.shape[1]))
            real = listed.real[t]
            np.testing.assert_allclose(x[t, real, 1 + i], rows.mean(axis=0)[real], rtol=1e-5)
            np.testing.assert_allclose(x[t, real, 4 + i], rows.max(axis=0)[real], rtol=1e-5)


def test_an_item_that_always_follows_comes_first(
    choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """Item i is followed by i + 10; ten more items are just popular. New customers get what follows, not what sells."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 10, 400)
    baskets = [
        [(int(day), int(i)), (int(day), 20 + int(rng.integers(10))), (int(day) + 20, int(i) + 10)]
        for i, day in zip(first, rng.integers(0, 40, 400), strict=True)
    ]
    learner = Rerank(rounds=30, min_rows=20, threads=1)
    params = learner.fit(choices(baskets, 30), context)
    state = learner.adapt(params, blank(3), support([[4], [9], [0]]))
    assert learner.predict(params, state, catalogue(30)).mean.argmax(axis=1).tolist() == [14, 19, 10]


def test_no_trial_task_counts_in_its_own_statistics(choices: Any) -> None:
    """Every task has two items of its own; counted in, one would foretell the other."""
    world = choices([[(t % 7, 2 * t), (t % 7 + 5, 2 * t + 1)] for t in range(40)], 80)
    lists = Rerank(shots=(1,))._lists([(world, world)], np.random.default_rng(0))
    assert lists.hit.any()
    assert not lists.x[:, 1:7].any()


@pytest.mark.parametrize(("order", "most"), [("session", 1), ("moments", 3)])
def test_trial_supports_come_as_the_order_says(choices: Any, order: Any, most: int) -> None:
    """Six moments of one item each: the first moment alone, or up to half of them."""
    world = choices([[(day, day) for day in range(1, 7)]] * 60, 7)
    trials = Rerank(order=order)._trials(world, np.random.default_rng(0))
    assert max(int((asked.item >= 0).sum(axis=1).max()) for asked, _, _ in trials) == most


def test_items_beyond_the_shortlist_follow_by_popularity(
    choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """400 items, of which at most 241 are listed: every other one scores less than any of those, the popular more."""
    rng = np.random.default_rng(1)
    item = np.minimum(rng.geometric(0.01, 6000) - 1, 399)
    world = choices([[(int(j) // 2, int(i)) for j, i in enumerate(item[s : s + 6])] for s in range(0, 6000, 6)], 400)
    learner = Rerank(rounds=5, threads=1)
    params = learner.fit(world, context)
    state = learner.adapt(params, blank(1), support([[3]]))
    scores = learner.predict(params, state, catalogue(400)).mean[0]
    listed = shortlist(params["statistics"], state)
    rest = np.setdiff1d(np.arange(400), listed.item)
    assert 0 < len(rest) < 400
    assert scores[rest].max() < scores[listed.item].min()
    order = rest[np.argsort(-scores[rest])]
    assert (np.diff(params["statistics"]["later"][order]) <= 1e-6).all()


def test_nothing_to_learn_is_refused(choices: Any, context: Any) -> None:
    """Tasks that never return have no order to teach."""
    with pytest.raises(DataError, match="order"):
        Rerank().fit(choices([[(1, 0)], [(2, 1)], [(3, 2)]], 3), context)


def test_one_model_learns_where_halves_of_the_time_tell_nothing(choices: Any, context: Any) -> None:
    """Everybody comes on day 1 and on day 9: within a half nobody comes back."""
    rng = np.random.default_rng(0)
    baskets = [[(1, int(2 * p)), (9, int(2 * p) + 1)] for p in rng.integers(0, 10, 300)]
    params = Rerank(rounds=5, min_rows=20, threads=1).fit(choices(baskets, 24), context)
    assert "model0" in params
    assert "model1" not in params


def test_without_time_one_model_learns_from_random_halves(
    choices: Any, context: Any, support: Any, catalogue: Any, blank: Any
) -> None:
    """Pairs (2i, 2i + 1) are taken together in no order: each foretells the other."""
    rng = np.random.default_rng(0)
    baskets = [[(0, int(2 * p)), (0, int(2 * p) + 1), (0, 20 + int(rng.integers(4)))] for p in rng.integers(0, 10, 300)]
    learner = Rerank(rounds=30, min_rows=20, threads=1)
    params = learner.fit(choices(baskets, 24), context)
    assert "model1" not in params
    scores = learner.predict(params, learner.adapt(params, blank(1), support([[6]])), catalogue(24)).mean[0]
    assert int(np.argmax(np.where(np.arange(24) == 6, -np.inf, scores))) == 7
