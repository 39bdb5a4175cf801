"""Towers: any leading axes, bags without order, the start that was asked for."""

from __future__ import annotations

import jax
import numpy as np
import pytest

from warmstart.learners.networks import inputs, inputs_init, tower, tower_init
from warmstart.types import Rows, Widths

WIDTHS = Widths(numbers=2, codes=(5, 3), bags=(6,))


def rows(*axes: int, seed: int = 0) -> Rows:
    """Rows with two numbers, two categories and one bag of up to four."""
    rng = np.random.default_rng(seed)
    codes = np.stack([rng.integers(0, 5, axes), rng.integers(0, 3, axes)], axis=-1).astype(np.int32)
    bag = rng.integers(0, 6, (*axes, 4)).astype(np.int32)
    return Rows(rng.normal(size=(*axes, 2)).astype(np.float32), codes, (bag,))


def made(scale: float = 1.0, hidden: tuple[int, ...] = (8,), widths: Widths = WIDTHS) -> dict[str, object]:
    """A tower with three outputs."""
    return tower_init(np.random.default_rng(1), widths, hidden, 3, scale=scale)


@pytest.mark.parametrize("hidden", [(), (8,), (8, 5)])
def test_leading_axes(hidden: tuple[int, ...]) -> None:
    """Each row is mapped by itself, whatever axes stand before it."""
    some = rows(4, 3)
    params = made(hidden=hidden)
    out = tower(params, some)
    assert out.shape == (4, 3, 3)
    one = jax.tree.map(lambda leaf: leaf[2, 1], some)
    np.testing.assert_allclose(tower(params, one), out[2, 1], rtol=1e-5, atol=1e-6)


def test_order_and_padding_of_a_bag() -> None:
    """A bag is a set: neither the order of its members nor zeros between them matter, but the members do."""
    some = rows(5)
    bag = np.array([[1, 2, 0, 0]] * 5, np.int32)
    other = np.array([[0, 2, 0, 1]] * 5, np.int32)
    a, b, c = (tower(made(), some._replace(bags=(own,))) for own in (bag, other, bag + 1))
    np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    assert np.abs(a - c).max() > 1e-3


def test_empty_bag_says_nothing() -> None:
    """The mean of no members is nothing, not a number that is missing."""
    out = tower(made(), rows(2)._replace(bags=(np.zeros((2, 4), np.int32),)))
    assert np.isfinite(out).all()


def test_zero_scale_starts_at_zero() -> None:
    """A hypernetwork that starts at scale 0 says exactly nothing."""
    assert np.array_equal(tower(made(scale=0.0), rows(3)), np.zeros((3, 3)))


def test_scale_of_outputs() -> None:
    """Standardised inputs give outputs of about the asked deviation."""
    params = tower_init(np.random.default_rng(0), Widths(50), (64,), 100, scale=0.5)
    numbers = np.random.default_rng(1).normal(size=(500, 50)).astype(np.float32)
    out = tower(params, Rows(numbers, np.zeros((500, 0), np.int32)))
    assert 0.3 < out.std() < 0.7


def test_no_inputs() -> None:
    """Rows without a column are legal: all get the same answer."""
    out = tower(made(widths=Widths()), Rows(np.zeros((4, 0), np.float32), np.zeros((4, 0), np.int32)))
    assert np.array_equal(out, np.zeros((4, 3)))


def test_same_in_jax() -> None:
    """NumPy and JAX run the same function."""
    some, params = rows(6), made()
    np.testing.assert_allclose(jax.jit(tower)(params, some), tower(params, some), rtol=1e-5, atol=1e-5)


def test_large_inputs_stay_finite() -> None:
    """An outlier does not overflow."""
    some = rows(2)
    assert np.isfinite(tower(made(), some._replace(numbers=some.numbers * 1e6))).all()


def test_tables_of_one_width_are_read_as_one_in_jax() -> None:
    """Each code finds its own column's vector, compiled as in NumPy."""
    widths, rng = Widths(1, (3, 5, 4)), np.random.default_rng(2)
    params = inputs_init(rng, widths, embedding=2)
    some = Rows(np.ones((7, 1), np.float32), rng.integers(0, (3, 5, 4), (7, 3)).astype(np.int32))
    by_hand = [params["embed"][str(j)][some.codes[:, j]] for j in range(3)]
    expected = np.concatenate([some.numbers, *by_hand], axis=1)
    assert np.array_equal(inputs(params, some), expected)
    assert np.array_equal(jax.jit(inputs)(params, some), expected)
