"""`Global`: it learns the shared part, knows its own noise, and ignores the support."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.learners._boosting import folds_of
from warmstart.learners.global_boost import Global
from warmstart.tables.encode import fit_encoder
from warmstart.tables.schema import Column, Kind, Role
from warmstart.tasks.arrays import take_rows
from warmstart.tasks.episodes import draw, gather
from warmstart.types import Query, Rows

KIND = Column("kind", Role.FEATURE, Kind.CATEGORY)
LEARNER = Global(max_rounds=60, min_rows=10, threads=1)


def test_it_learns_slopes_and_reports_the_level_as_noise(table: Any, context: Any) -> None:
    """Levels of new tasks (variance 1) and noise (0.09) remain; the rest of the variance is explained."""
    params = LEARNER.fit(table(tasks=300), context)
    new = table(tasks=300, rows=18, seed=9)
    batch = gather(new, draw(new, "random", np.random.default_rng(0), shots=5, queries=12), 5)
    state = LEARNER.adapt(params, batch.descriptor, batch.support)
    said = LEARNER.predict(params, state, batch.query)
    error = ((said.mean - batch.y) ** 2).mean()
    assert error < 0.55 * batch.y.var()
    assert 0.8 < float(said.noise) / error < 1.25
    other = LEARNER.adapt(params, batch.descriptor, batch.support._replace(y=batch.support.y + 5))
    np.testing.assert_array_equal(LEARNER.predict(params, other, batch.query).mean, said.mean)


def test_unknown_categories_are_answered(table: Any, context: Any) -> None:
    """A category number beyond all that training saw counts as unknown."""
    train = table(tasks=20, rows=8)
    params = LEARNER.fit(train, context)
    batch = gather(train, draw(train, "random", np.random.default_rng(0), shots=2, queries=2), 2)
    strange = batch.query._replace(x=batch.query.x._replace(codes=batch.query.x.codes * 0 + 3000))
    unknown = batch.query._replace(x=batch.query.x._replace(codes=batch.query.x.codes * 0))
    state = LEARNER.adapt(params, batch.descriptor, batch.support)
    a, b = (LEARNER.predict(params, state, query).mean for query in (strange, unknown))
    np.testing.assert_array_equal(a, b)


def test_folds_never_split_a_group() -> None:
    """Rows of one group share a fold; a single group is split by rows."""
    group = np.array([5, 5, 8, 9, 9, 9])
    fold = folds_of(group, 3, np.random.default_rng(0))
    assert all(len(set(fold[group == g])) == 1 for g in (5, 8, 9))
    assert len(set(fold)) == 3
    assert set(folds_of(np.zeros(6, int), 2, np.random.default_rng(0))) == {0, 1}


def test_one_row_is_too_little(table: Any, context: Any) -> None:
    """A single row cannot be held out."""
    with pytest.raises(DataError, match="too little to train on"):
        LEARNER.fit(table(tasks=1, rows=1), context)


def test_ranges_are_checked() -> None:
    """One leaf is no tree."""
    with pytest.raises(UsageError, match=r"global_boost\.leaves: expected 2 or more; got 1"):
        Global(leaves=1)


def test_what_may_only_rise_does(table: Any, context: Any) -> None:
    """Named by its column, a feature raises the answer or leaves it; without the constraint trees dip somewhere."""
    encoder = fit_encoder(
        pl.DataFrame({"a": np.linspace(-2, 2, 50), "b": np.linspace(-2, 2, 50)}),
        [Column(c, Role.FEATURE) for c in "ab"],
    )
    train = replace(table(tasks=60), encoder=encoder)
    batch = gather(train, draw(train, "random", np.random.default_rng(0), shots=1, queries=1), 1)
    grid = np.linspace(-2, 2, 60, dtype=np.float32)

    def along(learner: Global) -> np.ndarray:
        params = learner.fit(train, context)
        rows = tuple(np.repeat(np.asarray(leaf)[:1, :1], 60, axis=1) for leaf in batch.query.x[:2])
        numbers = rows[0].copy()
        numbers[0, :, 0] = grid
        bags = tuple(np.repeat(bag[:1, :1], 60, axis=1) for bag in batch.query.x.bags)
        query = Query(Rows(numbers, rows[1], bags), np.full((1, 60), -1), np.zeros((1, 60), np.float32))
        state = learner.adapt(params, take_rows(batch.descriptor, np.s_[:1]), batch.support)
        return learner.predict(params, state, query).mean[0]

    assert (np.diff(along(replace(LEARNER, monotone=(("a", 1),)))) >= -1e-6).all()
    assert (np.diff(along(LEARNER)) < -1e-6).any()


def test_a_constraint_needs_a_known_column_and_a_sign(table: Any, context: Any) -> None:
    """Neither a category nor a stranger, and nothing but 1 and -1."""
    encoder = fit_encoder(pl.DataFrame({"a": [0.0, 1.0], "kind": ["u", "v"]}), [Column("a", Role.FEATURE), KIND])
    train = replace(table(tasks=4, rows=4), encoder=encoder)
    with pytest.raises(UsageError, match="no feature 'kind' of kind 'number'; there are: a"):
        replace(LEARNER, monotone=(("kind", 1),)).fit(train, context)
    with pytest.raises(UsageError, match="its columns have no names"):
        replace(LEARNER, monotone=(("a", 1),)).fit(table(tasks=4, rows=4), context)
    with pytest.raises(UsageError, match="expected 1 or -1 for 'a'; got 2"):
        Global(monotone=(("a", 2),))
