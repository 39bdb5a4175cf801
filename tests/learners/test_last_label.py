"""`LastLabel`: the chain of labels by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from warmstart.learners.last_label import LastLabel
from warmstart.tasks.episodes import draw, gather


def alternating(table: Any, classes: int = 1) -> Any:
    """Labels 0, 1, 0, 1, … of every task, or 0, 1, 2, 0, … of three classes."""
    world = table(tasks=6, rows=12)
    kind = "bernoulli" if classes == 1 else "categorical"
    spec = replace(world.spec, likelihood=kind, classes=classes)
    place = np.arange(len(world.y)) - world.offsets[world.task_of_row]
    return replace(world, spec=spec, y=(place % max(classes, 2)).astype(np.float32), time=place)


def asked(world: Any, k: int) -> Any:
    """Supports of k rows before a random cut."""
    episodes = draw(world, "time", np.random.default_rng(0), shots=5, queries=1, least=5)
    return gather(world, episodes, k)


def test_the_other_label_follows(table: Any, context: Any) -> None:
    """Without pseudo-rows what always follows is sure; without a support both labels are alike."""
    world, learner = alternating(table), LastLabel(strength=0)
    params = learner.fit(world, context)
    np.testing.assert_allclose(params["next"], [[0, 1], [1, 0], [0.5, 0.5]])
    none, three = asked(world, 0), asked(world, 3)
    said = [
        learner.predict(params, learner.adapt(params, b.descriptor, b.support), b.query).mean for b in (none, three)
    ]
    np.testing.assert_allclose(said[0], 0, atol=1e-6)
    assert ((said[1] > 5) == (three.y == 1)).all()


def test_pseudo_rows_pull_towards_the_shares(table: Any, context: Any) -> None:
    """Of 6 tasks with 12 rows 36 zeros are followed by a one; 36 pseudo-rows of half and half give 3/4."""
    params = LastLabel(strength=36).fit(alternating(table), context)
    np.testing.assert_allclose(params["next"][0], [0.25, 0.75])


def test_three_classes_go_round(table: Any, context: Any) -> None:
    """0, 1, 2, 0: the next class has the largest log-probability."""
    world, learner = alternating(table, 3), LastLabel()
    params = learner.fit(world, context)
    batch = asked(world, 2)
    said = learner.predict(params, learner.adapt(params, batch.descriptor, batch.support), batch.query).mean
    assert (np.argmax(said, axis=-1) == batch.y).all()
