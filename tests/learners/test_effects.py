"""Doubly robust scores by hand, and in a world whose effects are known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from warmstart.errors import DataError
from warmstart.learners._doubly_robust import Outcomes
from warmstart.learners.effects import Effects, judged
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, gather
from warmstart.tasks.ragged import Ragged
from warmstart.types import Latent, Support, Treated

Table = Callable[..., TaskArrays]


def world(table: Table, seed: int = 0, *, known: bool = False, tasks: int = 24) -> tuple[TaskArrays, np.ndarray]:
    """Rows whose effect is 1 + x0; x1 raises the outcome and the chance of treatment alike. Arrays, true effects."""
    arrays, rng = table(tasks=tasks, rows=150, seed=seed), np.random.default_rng(seed)
    x = arrays.x.numbers
    chance = 1 / (1 + np.exp(-1.5 * x[:, 1]))
    treatment = (rng.random(len(chance)) < chance).astype(np.float32)
    effect = 1 + x[:, 0]
    outcome = (2 * x[:, 1] + effect * treatment + 0.3 * rng.normal(size=len(chance))).astype(np.float32)
    propensity = chance if known else np.full(len(chance), np.nan)
    told = Treated(treatment, propensity.astype(np.float32), outcome, arrays.weight)
    return replace(arrays, y=outcome, treated=told), effect


def told(effects: Effects, arrays: TaskArrays, k: int = 150) -> Support:
    """The first k rows of every task as supports [tasks, k], scored."""
    rows = Ragged(np.arange(len(arrays.y)), arrays.offsets)
    none = Ragged.from_lengths(np.zeros(arrays.n_tasks, np.int64))
    batch = gather(arrays, Episodes(np.arange(arrays.n_tasks), rows.first(k), none), k)
    return effects.told(batch.descriptor, batch.support)


def test_score_of_a_row() -> None:
    """Believed 1 without and 3 with treatment, propensity ¼: treated rows with 4 score 2 + 1 / ¼, others with 1.5 less
    ½ / ¾ of the difference, and what was believed exactly scores the difference.
    """
    believed = Outcomes(*(np.full(3, v, np.float32) for v in (1.0, 3.0, 0.25)))
    told = Treated(np.array([1.0, 0.0, 1.0]), np.full(3, 0.25), np.array([4.0, 1.5, 3.0]), np.ones(3))
    np.testing.assert_allclose(believed.effect(told), [2 + 4, 2 - 0.5 / 0.75, 2])


def test_mean_score_is_the_effect(table: Table) -> None:
    """Where the treated had larger outcomes anyway the difference of means is far off; the scores' mean is not."""
    train, _ = world(table)
    new, effect = world(table, seed=7)
    effects, _ = Effects.fit(train)
    score = told(effects, new).y * effects.scale + effects.shift
    assert new.treated is not None
    treated, y = new.treated.treatment > 0, new.treated.outcome
    assert y[treated].mean() - y[~treated].mean() - effect.mean() > 1
    assert score.mean() == pytest.approx(effect.mean(), abs=0.15)


def test_scores_of_training_rows_are_cross_fitted(table: Table) -> None:
    """Their mean is the effect too, and they are standardised."""
    train, effect = world(table)
    effects, found = Effects.fit(train)
    assert found.y.mean() == pytest.approx(0, abs=1e-5)
    assert found.y.std() == pytest.approx(1, abs=1e-5)
    assert effects.shift == pytest.approx(effect.mean(), abs=0.15)


def test_arms_differ_by_an_encoded_effect(table: Table) -> None:
    """Outcomes are rescaled so that an effect of the target's mean is 0: then both arms have the same outcome."""
    train, _ = world(table, tasks=6)
    effects, found = Effects.fit(train)
    assert found.treated is not None
    assert train.treated is not None
    moved = found.treated.outcome * effects.scale - train.treated.outcome
    np.testing.assert_allclose(moved, -effects.shift * train.treated.treatment, atol=1e-4)


def test_rows_that_could_not_be_otherwise_count_little(table: Table) -> None:
    """Weights are as e (1 - e), the inverse of a score's variance, with mean 1 over the training rows."""
    train, _ = world(table, known=True, tasks=6)
    _, found = Effects.fit(train)
    assert found.treated is not None
    e = found.treated.propensity.astype(np.float64)
    np.testing.assert_allclose(found.weight, e * (1 - e) / (e * (1 - e)).mean(), rtol=1e-4)
    np.testing.assert_array_equal(found.treated.weight, train.weight)


def test_a_new_task_tells_its_own_level(table: Table) -> None:
    """Whom it treats is known: propensities add up to the number of treated rows."""
    train, _ = world(table)
    new, _ = world(table, seed=3, tasks=2)
    assert new.treated is not None
    rare = new.treated.treatment * (np.random.default_rng(0).random(len(new.y)) < 0.2)
    few = replace(new, treated=new.treated._replace(treatment=rare.astype(np.float32)))
    effects, _ = Effects.fit(train)
    got = told(effects, few).treated.propensity.sum(axis=1)
    np.testing.assert_allclose(got, np.bincount(few.task_of_row, rare), atol=1.5)


def test_a_support_is_scored_by_its_own_rows_alone(table: Table) -> None:
    """What is done to rows that are not told yet, and what pads a support, changes no score."""
    train, _ = world(table, tasks=6)
    new, _ = world(table, seed=3, tasks=2)
    effects, _ = Effects.fit(train)
    assert new.treated is not None
    late = np.arange(len(new.y)) % 150 >= 20
    other = replace(new, treated=new.treated._replace(treatment=np.where(late, 1, new.treated.treatment)))
    alone = told(effects, new, 20)
    np.testing.assert_array_equal(told(effects, other, 20).y, alone.y)
    padded = new.where(~late | (new.task_of_row == 0))  # the second task has 20 rows and 130 of padding
    np.testing.assert_allclose(told(effects, padded).y[1, :20], alone.y[1], rtol=1e-5)
    assert (told(effects, padded).weight[1, 20:] == 0).all()


def test_answers_are_differences_of_outcomes(table: Table) -> None:
    """A belief about scores goes back by their mean and spread; so do variance and noise, by the square."""
    effects, _ = Effects.fit(world(table, tasks=6)[0])
    found = effects.in_outcomes(Latent(np.array([0.0, 1.0]), np.array([0.0, 2.0]), np.float32(3)))
    np.testing.assert_allclose(found.mean, [effects.shift, effects.shift + effects.scale], rtol=1e-6)
    np.testing.assert_allclose(found.variance, [0, 2 * effects.scale**2], rtol=1e-6)
    assert found.noise == pytest.approx(3 * effects.scale**2)


def test_they_are_made_again_from_arrays(table: Table) -> None:
    """What is kept with the parameters of a learner scores a support to the bit."""
    train, _ = world(table, tasks=6)
    effects, _ = Effects.fit(train)
    again = Effects.of(effects.params)
    np.testing.assert_array_equal(told(again, train, 20).y, told(effects, train, 20).y)


def test_declared_propensities_are_taken(table: Table) -> None:
    """As they are: an experiment knows them."""
    train, _ = world(table, known=True, tasks=6)
    _, found = Effects.fit(train)
    assert found.treated is not None
    assert train.treated is not None
    np.testing.assert_array_equal(found.treated.propensity, train.treated.propensity)


def test_rows_are_judged_by_models_of_their_own_tasks(table: Table) -> None:
    """Their mean score is the effect, whatever training tasks have taught; what is told of them stays."""
    new, effect = world(table, seed=7)
    found = judged(new)
    assert found.y.mean() == pytest.approx(effect.mean(), abs=0.15)
    assert found.treated is new.treated


@pytest.mark.parametrize("arm", [0.0, 1.0])
def test_one_arm_has_no_effect(table: Table, arm: float) -> None:
    """Where all rows are treated, or none, there is nothing to compare with."""
    train, _ = world(table, tasks=4)
    assert train.treated is not None
    alone = train.treated._replace(treatment=np.full(len(train.y), arm, np.float32))
    with pytest.raises(DataError, match="needs treated rows and others"):
        Effects.fit(replace(train, treated=alone))
