"""Sequence networks against plain loops from the textbook, one row after the other in float64."""

from __future__ import annotations

from typing import Any

import jax
import numpy as np
import pytest

from warmstart.errors import NotFound
from warmstart.learners.sequences import SEQUENCES, scan, sequence, sequence_init

WIDTH, HIDDEN = 3, 4
KINDS = pytest.mark.parametrize("kind", SEQUENCES)


def params(kind: str, seed: int = 0) -> dict[str, Any]:
    """Parameters of which every one is a random number."""
    rng = np.random.default_rng(seed)
    fresh = sequence_init(rng, kind, WIDTH, HIDDEN, heads=2 if kind == "attention" else 1)
    drawn: dict[str, Any] = jax.tree.map(lambda leaf: rng.normal(size=leaf.shape), fresh)
    return drawn


def rows(k: int, seed: int = 1) -> np.ndarray:
    """Some rows."""
    return np.random.default_rng(seed).normal(size=(k, WIDTH))


def logistic(x: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(−x))."""
    return 1 / (1 + np.exp(-x))


def affine(net: dict[str, Any], x: np.ndarray) -> np.ndarray:
    """w x + b of a single layer."""
    moved: np.ndarray = net["0"]["w"] @ x + net["0"]["b"]
    return moved


def gru(p: dict[str, Any], x: np.ndarray) -> list[np.ndarray]:
    """h ← z h + (1 − z) tanh(W x + r (U h + b))."""
    h, states = p["start"], []
    for row in x:
        (wr, wz, wn), (ur, uz, un) = np.split(affine(p["in"], row), 3), np.split(p["again"] @ h, 3)
        r, z = logistic(wr + ur), logistic(wz + uz)
        h = z * h + (1 - z) * np.tanh(wn + r * (un + p["bias"]))
        states.append(h)
    return [p["start"], *states]


def lstm(p: dict[str, Any], x: np.ndarray) -> list[np.ndarray]:
    """c ← f c + i tanh(g); h = o tanh(c)."""
    h, c, states = p["start"], p["cell"], []
    for row in x:
        i, f, o, g = np.split(affine(p["in"], row) + p["again"] @ h, 4)
        c = logistic(f) * c + logistic(i) * np.tanh(g)
        h = logistic(o) * np.tanh(c)
        states.append(h)
    return [p["start"], *states]


def attention(p: dict[str, Any], x: np.ndarray) -> list[np.ndarray]:
    """Each row attends to the start, to earlier rows and to itself, the further back the less."""
    tokens = [p["start"], *(affine(p["in"], row) for row in x)]
    wide, states = HIDDEN // 2, []
    for i, token in enumerate(tokens):
        heads = []
        for head in range(2):
            part, slope = slice(head * wide, (head + 1) * wide), np.exp(p["log_slope"][head])
            asked = affine(p["query"], token)[part]
            scores = [asked @ affine(p["key"], other)[part] / np.sqrt(wide) for other in tokens[: i + 1]]
            odds = np.exp([s - (slope * (i - j) if j else 0) for j, s in enumerate(scores)])
            values = [affine(p["value"], other)[part] for other in tokens[: i + 1]]
            heads.append(sum(o * v for o, v in zip(odds, values, strict=True)) / odds.sum())
        states.append(token + affine(p["out"], np.concatenate(heads)))
    return states


LOOPS = {"gru": gru, "lstm": lstm, "attention": attention}


@KINDS
def test_equals_the_textbook(kind: str) -> None:
    """States and last state are those of the loop."""
    states, last = sequence(kind, params(kind), rows(5), np.ones(5))
    expected = LOOPS[kind](params(kind), rows(5))
    np.testing.assert_allclose(states, expected[1:], rtol=1e-6)
    np.testing.assert_allclose(last, expected[-1], rtol=1e-6)


@KINDS
def test_no_rows_give_the_start(kind: str) -> None:
    """K = 0 is learned, the same without rows as with padding alone."""
    states, last = sequence(kind, params(kind), rows(0), np.ones(0))
    assert states.shape == (0, HIDDEN)
    np.testing.assert_allclose(last, LOOPS[kind](params(kind), rows(0))[0], rtol=1e-6)
    np.testing.assert_allclose(sequence(kind, params(kind), rows(3), np.zeros(3))[1], last, rtol=1e-6)


@KINDS
def test_padding_changes_nothing(kind: str) -> None:
    """Rows that are not filled are left out, at the end or between others, however large."""
    some, filled = rows(6), np.array([1.0, 0, 2, 1, 0, 0])
    some[filled == 0] *= 1000
    states, last = sequence(kind, params(kind), some, filled)
    alone, end = sequence(kind, params(kind), some[filled > 0], np.ones(3))
    np.testing.assert_allclose(states[filled > 0], alone, rtol=1e-6)
    np.testing.assert_allclose(last, end, rtol=1e-6)


@KINDS
def test_order_matters_and_the_future_does_not(kind: str) -> None:
    """The other way round the last state differs; a state does not know of later rows."""
    some, ones = rows(5), np.ones(5)
    states, last = sequence(kind, params(kind), some, ones)
    assert np.abs(sequence(kind, params(kind), some[::-1], ones)[1] - last).max() > 1e-2
    shorter, _ = sequence(kind, params(kind), some[:3], ones[:3])
    np.testing.assert_allclose(states[:3], shorter, rtol=1e-6)


@KINDS
@pytest.mark.parametrize("k", [0, 4])
def test_same_in_jax(kind: str, k: int) -> None:
    """NumPy's loop and JAX's scan give the same, and the gradient is finite, fresh parameters and padding included."""
    fresh = sequence_init(np.random.default_rng(0), kind, WIDTH, HIDDEN)
    x, filled = rows(k).astype(np.float32), (np.arange(k) < 3).astype(np.float32)

    def run(p: Any) -> Any:
        return sequence(kind, p, jax.numpy.asarray(x), jax.numpy.asarray(filled))

    for mine, theirs in zip(sequence(kind, fresh, x, filled), jax.jit(run)(fresh), strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-4, atol=1e-5)
    gradient = jax.grad(lambda p: (run(p)[1] ** 2).sum())(fresh)
    assert all(np.isfinite(leaf).all() for leaf in jax.tree.leaves(gradient))


def test_scan() -> None:
    """Running sums, by both libraries, and of nothing."""

    def step(total: Any, row: Any) -> tuple[Any, Any]:
        return total + row[0], 10 * (total + row[0])

    numbers = np.array([1.0, 2.0, 4.0], np.float32)
    for xs in (numbers, jax.numpy.asarray(numbers)):
        last, outs = scan(step, 0 * xs[0], (xs,))
        assert (float(last), np.asarray(outs).tolist()) == (7.0, [10.0, 30.0, 70.0])
    last, outs = scan(step, np.float32(5), (numbers[:0],))
    assert (float(last), outs.shape) == (5.0, (0,))


def test_unknown_kind() -> None:
    """A network that is not there is refused by name."""
    with pytest.raises(NotFound, match="no sequence network named 'gur': did you mean gru"):
        sequence_init(np.random.default_rng(0), "gur", WIDTH, HIDDEN)
