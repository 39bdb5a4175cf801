"""`settled`: a few parameters are moved as a whole by what held-out tasks say; nothing else is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
import numpy as np
import polars as pl
import pytest
from jax.flatten_util import ravel_pytree

from warmstart.engine.meta_train import meta_train
from warmstart.engine.settle import settled
from warmstart.learners.bayes_head import BayesHead
from warmstart.tables.schema import Column, Kind, Role, Schema
from warmstart.tasks.taskset import TaskSet

TREE: Mapping[str, Any] = {
    "row": {"w": np.array([[1.0, 2.0]], np.float32)},
    "log_noise": np.float32(0.5),
    "log_precision": np.array([0.0, 1.0], np.float32),
}
FLAT, unravel = ravel_pytree(TREE)


def off(flat: Any) -> float:
    """Least at a noise of 2 and a mean precision of -1."""
    tree = unravel(flat)
    return float((tree["log_noise"] - 2) ** 2 + (tree["log_precision"].mean() + 1) ** 2)


def test_moved_as_a_whole() -> None:
    """To the best place of two numbers; each name keeps its shape, and the encoder its weights."""
    moved = unravel(settled(FLAT, TREE, ("log_precision", "log_noise"), off, groups=1000))
    assert float(moved["log_noise"]) == pytest.approx(2, abs=0.1)
    np.testing.assert_allclose(moved["log_precision"], [-1.5, -0.5], atol=0.1)
    np.testing.assert_array_equal(moved["row"]["w"], TREE["row"]["w"])


def test_few_groups_say_little() -> None:
    """The fewer are judged, the nearer everything stays to what was trained; fewer than ten say nothing."""
    noise = [
        float(unravel(settled(FLAT, TREE, ("log_noise",), lambda x: off(x) / 300, n))["log_noise"]) for n in (10, 90)
    ]
    assert 0.5 < noise[0] < noise[1] < 2
    np.testing.assert_array_equal(settled(FLAT, TREE, ("log_noise",), off, 9), FLAT)


@pytest.mark.parametrize("worse", [1.0, np.inf, np.nan])
def test_stays_where_nothing_is_better(worse: float) -> None:
    """Nor where the loss is no number; and without names nothing is asked."""

    def loss(flat: Any) -> float:
        return 0.0 if jnp.array_equal(flat, FLAT) else worse

    np.testing.assert_array_equal(settled(FLAT, TREE, ("log_noise",), loss, groups=30), FLAT)
    np.testing.assert_array_equal(settled(FLAT, TREE, (), loss, groups=30), FLAT)


COLUMNS, ROWS = 24, 8


def alike(seed: int, tasks: int = 80) -> pl.DataFrame:
    """Tasks that do not differ at all: one line through many columns, and much noise."""
    rng, n = np.random.default_rng(seed), tasks * ROWS
    x = rng.normal(size=(n, COLUMNS))
    names = {f"x{c}": x[:, c] for c in range(COLUMNS)}
    return pl.DataFrame({"task": [f"{seed}-{i // ROWS}" for i in range(n)], **names, "y": x[:, 0] + rng.normal(size=n)})


def test_where_tasks_do_not_differ_a_row_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was learned on rows that the encoder had seen says that it would: then new tasks get worse with each row."""
    features = (Column(f"x{c}", Role.FEATURE) for c in range(COLUMNS))
    schema = Schema((Column("task", Role.TASK, Kind.CATEGORY), *features, Column("y", Role.TARGET)))
    new = alike(1).partition_by("task", include_key=False)
    truth = np.array([task["y"].tail(4) for task in new])

    def errors() -> tuple[float, float]:
        """Before any row, and after three."""
        head, settings = BayesHead(features=8, hidden=(32,)), {"steps": 400, "batch": 16, "queries": 4}
        model = meta_train(TaskSet.from_table(alike(0, 160), schema), head, shots=(0, 1, 3), **settings)
        told = ([model.adapt(task.head(k) if k else None).predict(task.tail(4)).mean for task in new] for k in (0, 3))
        before, after = (float(np.abs(np.array(mean) - truth).mean()) for mean in told)
        return before, after

    before, after = errors()
    assert after < 1.03 * before
    monkeypatch.setattr(BayesHead, "settles", lambda *_: ())
    before, after = errors()
    assert after > 1.08 * before
