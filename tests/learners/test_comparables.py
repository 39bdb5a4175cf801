"""`Comparables`: neighbours by hand, and what it chooses where the own task counts or a column tells nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from warmstart.errors import UsageError
from warmstart.learners._likeness_space import fit_space, place
from warmstart.learners.comparables import Comparables
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Query, Rows, Spec, Support, Widths


def houses(sizes: list[float], y: list[float], tasks: int) -> Any:
    """Rows with one number, spread evenly over so many tasks, each a group."""
    from warmstart.tasks.arrays import TaskArrays

    rows, nothing = len(y), np.zeros((tasks, 0))
    return TaskArrays(
        spec=Spec(Widths(numbers=1), Widths(), "gaussian"),
        offsets=np.linspace(0, rows, tasks + 1).astype(np.int64),
        descriptor=Rows(nothing.astype(np.float32), nothing.astype(np.int32)),
        group=np.arange(tasks, dtype=np.int32),
        x=Rows(np.array(sizes, np.float32)[:, None], np.zeros((rows, 0), np.int32)),
        item=np.full(rows, -1, np.int32),
        y=np.array(y, np.float32),
        weight=np.ones(rows, np.float32),
        time=np.zeros(rows, np.int64),
        offset=np.zeros(rows, np.float32),
        catalogue=Rows(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int32)),
    )


def at(size: float) -> Rows:
    """One row [1, 1] of this size."""
    return Rows(np.array([[[size]]], np.float32), np.zeros((1, 1, 0), np.int32))


def asked(params: Any, way: tuple[float, ...], size: float, told: list[tuple[float, float]]) -> float:
    """The mean at this size, with supports of (size, y), all ways being this one."""
    params = {**params, "ways": np.array([way] * 6)}
    x = Rows(np.array([[[s] for s, _ in told]], np.float32).reshape(1, -1, 1), np.zeros((1, len(told), 0), np.int32))
    y = np.array([[v for _, v in told]], np.float32)
    support = Support(x, np.full(y.shape, -1), y, np.ones_like(y), 0 * y)
    learner = Comparables()
    nobody = Rows(np.zeros((1, 0), np.float32), np.zeros((1, 0), np.int32))
    query = Query(at(size), np.array([[-1]]), np.zeros((1, 1), np.float32))
    return float(learner.predict(params, learner.adapt(params, nobody, support), query).mean[0, 0])


@pytest.fixture
def params(context: Any) -> Any:
    """Four houses of size 0, 1, 2, 3 that cost 0, 1, 2 and 9."""
    return Comparables().fit(houses([0, 1, 2, 3], [0, 1, 2, 9], 4), context)


@pytest.mark.parametrize(("neighbours", "expected"), [(1.0, 2.0), (3.0, (1 + 2 + 9) / 3), (20.0, 12 / 4)])
def test_nearest_of_others(params: Any, neighbours: float, expected: float) -> None:
    """At size 2.1 the nearest costs 2, the three nearest 4 on average; there are no more than four."""
    assert asked(params, (0.0, 0.0, 0.0, neighbours), 2.1, []) == pytest.approx(expected)


def test_own_rows_come_first_where_others_are_put_far(params: Any) -> None:
    """A row of the own task at the other end counts before all others, or as what it is."""
    assert asked(params, (0.0, 0.0, 1e3, 1.0), 2.1, [(0.0, 50.0)]) == pytest.approx(50)
    assert asked(params, (0.0, 0.0, 0.0, 1.0), 2.1, [(0.0, 50.0)]) == pytest.approx(2)


def test_a_neighbour_is_moved_along_the_line(params: Any) -> None:
    """From size 0 to 2 the price rises by twice the slope of all houses, 2.8 a unit but for the ridge."""
    moved = asked(params, (0.0, 1.0, 1e3, 1.0), 2.0, [(0.0, 50.0)])
    assert moved == pytest.approx(50 + 2 * 2.8 / 1.01, rel=1e-4)


def test_padding_is_no_neighbour(params: Any) -> None:
    """A row of weight 0 is not there."""
    learner = Comparables()
    support = Support(at(2.1), np.array([[-1]]), np.array([[77.0]]), np.zeros((1, 1)), np.zeros((1, 1)))
    nobody = Rows(np.zeros((1, 0), np.float32), np.zeros((1, 0), np.int32))
    query = Query(at(2.1), np.array([[-1]]), np.zeros((1, 1), np.float32))
    here = {**params, "ways": np.array([(0.0, 0.0, 1e3, 1.0)] * 6)}
    assert learner.predict(here, learner.adapt(here, nobody, support), query).mean[0, 0] == pytest.approx(2)


def test_a_name_of_one_task_places_nothing() -> None:
    """A category that no other group has gets no scale, however well it tells the prices of its own task."""
    made = houses([0, 1, 2, 3], [0, 0, 9, 9], 2)
    codes = np.array([[1], [2]], np.int32)
    described = replace(made, descriptor=made.descriptor._replace(codes=codes))
    space = fit_space(described)
    assert space["scale"][1] == 0
    near = place(space, at(0), Rows(np.zeros((1, 1, 0), np.float32), np.array([[[2]]], np.int32)))
    assert near.shape == (1, 1, 2)
    assert near[0, 0, 1] == 0


def test_words_place_rows_by_what_they_cost() -> None:
    """Two groups agree that word 1 is dear and word 2 cheap; a word that nobody used stands in the middle."""
    made = houses([0] * 8, [5, -5] * 4, 2)
    bag = np.tile([[1], [2]], (4, 1)).astype(np.int32)
    space = fit_space(replace(made, x=made.x._replace(bags=(bag,))))
    words = Rows(np.zeros((1, 3, 1), np.float32), np.zeros((1, 3, 0), np.int32), (np.array([[[1], [9], [2]]]),))
    nobody = Rows(np.zeros((1, 3, 0), np.float32), np.zeros((1, 3, 0), np.int32))
    dear, unheard, cheap = place(space, words, nobody)[0, :, 1]
    assert dear > unheard > cheap
    assert unheard == pytest.approx((dear + cheap) / 2, abs=1e-6)


def test_it_learns_whom_to_ask(table: Any, context: Any) -> None:
    """Where levels differ by task it beats the mean of others by far with ten rows, and knows by how much it errs."""
    made, new = table(tasks=60, rows=40), table(tasks=40, rows=40, seed=1)
    learner = Comparables()
    params = learner.fit(made, context)
    episodes = draw(new, "random", np.random.default_rng(0), shots=10, queries=20)
    errors = {}
    for k in (0, 10):
        batch = gather(new, episodes.shown(k), 10)
        said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query)
        errors[k] = float(((said.mean - batch.y) ** 2).mean())
        assert errors[k] == pytest.approx(float(np.mean(said.noise)), rel=0.5)
    assert errors[10] < 0.5 * errors[0]


def test_one_fold_is_refused() -> None:
    """The parameter, what was expected and what came are named."""
    with pytest.raises(UsageError, match=r"comparables\.folds: expected 2 or more; got 1"):
        Comparables(folds=1)
