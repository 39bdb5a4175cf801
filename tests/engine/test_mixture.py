"""Mixtures by hand, for every likelihood; weights between the support sizes at which they were fitted."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from warmstart.engine.answer import class_probabilities, count_moments
from warmstart.engine.mixture import average, item_probabilities, mix, mix_items, weights_at, within
from warmstart.types import Latent

HALF, QUARTER = np.array([[0.5, 0.5]]), np.array([[0.25, 0.75]])
ONES = (1.0, 1.0)


def belief(mean: object, variance: object = 0.0, noise: object = 0.0) -> Latent:
    """A latent of one task."""
    mean = np.asarray(mean, np.float32)[None]
    return Latent(mean, np.zeros_like(mean) + np.float32(variance), np.asarray(noise, np.float32))


def test_numbers() -> None:
    """Normals at 0 and 4 with variance 1 + 1 and 3 + 2: mean 3, variance by the law of total variance."""
    mixed = mix("gaussian", [belief([0.0], 1.0, 1.0), belief([4.0], 3.0, 2.0)], QUARTER, ONES)
    assert mixed.mean.tolist() == [[3.0]]
    assert mixed.noise.tolist() == [[0.25 * 1 + 0.75 * 2]]
    assert mixed.variance.tolist() == [[0.25 * 1 + 0.75 * 3 + 0.25 * 9 + 0.75 * 1]]


def test_an_average_errs_less_than_its_parts() -> None:
    """Beliefs at 0 and 4, each with variance 5 + 1: their mean has 4 less; never less than the noise."""
    found = average([belief([0.0], 5.0, 1.0), belief([4.0], 5.0, 1.0)])
    assert [part.tolist() for part in found] == [[[2.0]], [[1.0]], [[1.0]]]
    assert average([belief([0.0], 3.0, 1.0), belief([4.0], 3.0, 1.0)]).variance.tolist() == [[0.0]]


def test_a_belief_stays_within_bounds() -> None:
    """Neither mean nor deviation leaves what lies between -1 and 2; what lies there stays as it is."""
    kept = within(belief([-5.0, 0.5, 7.0], [100.0, 0.5, 4.0], 1.0), -1.0, 2.0)
    assert [part.tolist() for part in kept[:2]] == [[[-1.0, 0.5, 2.0]], [[9.0, 0.5, 4.0]]]


@pytest.mark.parametrize("noise", [[[0.5]], 0.5])
def test_each_task_has_its_own_weights(noise: object) -> None:
    """One task believes the first member, the other the second; noise of any shape that broadcasts."""
    members = [Latent(np.full((2, 3), m), np.full((2, 3), 0.1), np.asarray(noise)) for m in (1.0, 2.0)]
    mixed = mix("gaussian", members, np.eye(2), ONES)
    np.testing.assert_allclose(mixed.mean, [[1, 1, 1], [2, 2, 2]])
    np.testing.assert_allclose(mixed.variance, 0.1, rtol=1e-6)
    np.testing.assert_allclose(mixed.noise, 0.5)


def test_two_classes() -> None:
    """Probabilities 1/2 and 1/4 of the second class make 5/16; the logit has no variance left."""
    mixed = mix("bernoulli", [belief([0.0], 2.0), belief([np.log(1 / 3)])], QUARTER, ONES)
    assert mixed.mean[0, 0] == pytest.approx(np.log((0.25 * 0.5 + 0.75 * 0.25) / (1 - 0.3125)), rel=1e-6)
    assert mixed.variance.tolist() == [[0.0]]


def test_members_are_moderated() -> None:
    """What an unsure member says of classes is what users would be shown of it."""
    unsure, sure = belief([[2.0, 0.0, -1.0]], 4.0), belief([[0.0, 1.0, 0.0]])
    mixed = class_probabilities(mix("categorical", [unsure, sure], HALF, ONES), "categorical")
    alone = [class_probabilities(each, "categorical") for each in (unsure, sure)]
    np.testing.assert_allclose(mixed, (alone[0] + alone[1]) / 2, rtol=1e-6)


def test_ordered_classes() -> None:
    """The mixture has the mean of the probabilities: 1/2, 1/4, 1/4 with 1/4, 1/4, 1/2 is 3/8, 1/4, 3/8."""
    members = [belief(np.log([[1.0, 1 / 3]])), belief(np.log([[3.0, 1.0]]))]
    mixed = mix("ordinal", members, HALF, ONES)
    np.testing.assert_allclose(class_probabilities(mixed, "ordinal"), [[[3 / 8, 1 / 4, 3 / 8]]], rtol=1e-5)
    assert not mixed.variance.any()


def test_counts() -> None:
    """Rates of 2 and 18: the geometric mean, and a variance of log rates that says so."""
    members = [belief([np.log(2.0)], 0.0, 0.1), belief([np.log(18.0) - 0.1], 0.2, 0.5)]
    mixed = mix("negative_binomial", members, HALF, ONES)
    assert count_moments(mixed)[0][0, 0] == pytest.approx(6, rel=1e-5)
    assert mixed.variance[0, 0] == pytest.approx(0.2 / 2 + np.log(3) ** 2, rel=1e-5)
    assert mixed.noise[0, 0] == pytest.approx(0.3, rel=1e-5)


def test_no_member_runs_away_with_a_count() -> None:
    """A twentieth of a member that expects a hundred thousand where the other expects 3 less than doubles it."""
    members = [belief([np.log(3.0)]), belief([np.log(1e5)])]
    mean, _ = count_moments(mix("negative_binomial", members, np.array([[0.95, 0.05]]), ONES))
    assert 3 < mean[0, 0] < 6


@pytest.mark.parametrize(
    ("kind", "latent"),
    [("gaussian", belief([1.0, 2.0], 0.5, 0.2)), ("negative_binomial", belief([0.3, 1.0], 0.4, 0.7))],
)
def test_one_member_is_itself(kind: str, latent: Latent) -> None:
    """A mixture of one changes neither mean, variance nor noise."""
    for mine, other in zip(mix(kind, [latent], np.ones((1, 1)), (1.0,)), latent, strict=True):
        np.testing.assert_allclose(mine, np.broadcast_to(other, (1, 2)), rtol=1e-5, atol=1e-6)


def test_items() -> None:
    """Scores on other scales become probabilities at their own temperature before they are mixed."""
    odds = np.log([[1.0, 2.0, 5.0]])
    members = [belief(odds[0]), belief(10 * odds[0][::-1])]
    mixed = mix_items(members, HALF, (1.0, 10.0))
    np.testing.assert_allclose(np.exp(mixed.mean), [[6 / 16, 4 / 16, 6 / 16]], rtol=1e-5)
    np.testing.assert_allclose(item_probabilities(2 * odds, 2.0), [[1 / 8, 2 / 8, 5 / 8]], rtol=1e-5)


def test_weights_are_linear_in_the_logarithm() -> None:
    """At the sizes the table itself, halfway in log(1 + k) the mean of two rows, beyond the ends the end."""
    shots, table = np.array([0, 3, 15]), np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    np.testing.assert_allclose(
        weights_at(np.array([0, 1, 3, 7, 15, 99]), shots, table)[:, 0], [1, 0.75, 0.5, 0.25, 0, 0]
    )
    np.testing.assert_allclose(weights_at(np.array([0, 5]), shots[1:2], table[1:2]), [[0.5, 0.5], [0.5, 0.5]])
    many = weights_at(np.arange(30), shots, table)
    np.testing.assert_allclose(many.sum(axis=1), 1)
    assert all(a[0] >= b[0] for a, b in pairwise(many))
