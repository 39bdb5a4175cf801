"""Targets that a teacher draws: they follow its beliefs, and only a share of the rows gets one."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.engine.relabel import Relabel, draw_targets
from warmstart.tasks.episodes import Batch
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths

MANY = 20_000


def belief(mean: float, variance: float = 0.0, noise: float = 0.0) -> Latent:
    """The same belief about many rows of one task."""
    return Latent(*(np.full((1, MANY), value) for value in (mean, variance, noise)))


def test_numbers_have_the_beliefs_moments() -> None:
    """Epistemic variance and noise both spread the draws."""
    drawn = draw_targets(belief(2.0, 0.5, 0.25), "gaussian", np.random.default_rng(0))
    assert abs(drawn.mean() - 2.0) < 0.03
    assert abs(drawn.var() - 0.75) < 0.03


def test_classes_come_as_often_as_believed() -> None:
    """A logit of 1 is the second class in 73 of 100 draws; three log shares come in their proportions."""
    drawn = draw_targets(belief(1.0), "bernoulli", np.random.default_rng(0))
    assert abs(drawn.mean() - 0.731) < 0.01
    share = np.array([0.2, 0.5, 0.3])
    wide = Latent(np.broadcast_to(np.log(share), (1, MANY, 3)), np.zeros((1, MANY, 3)), 0.0)
    counts = np.bincount(draw_targets(wide, "categorical", np.random.default_rng(1))[0].astype(int))
    np.testing.assert_allclose(counts / MANY, share, atol=0.015)


def test_counts_have_mean_and_dispersion() -> None:
    """Rate 3 and dispersion 0.5: variance 3 + 0.5 * 9."""
    drawn = draw_targets(belief(np.log(3.0), 0.0, 0.5), "negative_binomial", np.random.default_rng(0))
    assert abs(drawn.mean() - 3.0) < 0.1
    assert abs(drawn.var() - 7.5) < 0.5
    assert (drawn == np.round(drawn)).all()


class Sure:
    """A teacher that knows that every target is 7."""

    spec = Spec(Widths(1), Widths(), "gaussian")

    def adapt(self, *_: Any) -> None:
        """Learns nothing."""

    def predict(self, params: Any, prepared: Any, state: Any, query: Query) -> Latent:
        """7, without doubt."""
        return Latent(np.full(query.item.shape, 7.0), np.zeros(query.item.shape), np.zeros(query.item.shape))


@pytest.mark.parametrize(("truth", "share"), [(1.0, 0.0), (0.0, 1.0), (0.75, 0.25)])
def test_a_share_keeps_its_target(truth: float, share: float) -> None:
    """The rest gets what the teacher draws; nothing else of the batch changes."""
    nothing = np.zeros((2, 400), np.float32)
    rows = Rows(nothing[..., None], np.zeros((2, 400, 0), np.int32))
    item = np.full((2, 400), -1, np.int32)
    batch = Batch(
        rows, Support(rows, item, nothing, nothing, nothing), Query(rows, item, nothing), nothing, nothing + 1
    )
    taught = Relabel(Sure(), {}, None, truth)(batch, np.random.default_rng(0))
    assert abs((taught.y == 7).mean() - share) < 0.05
    assert set(np.unique(taught.y)) <= {0.0, 7.0}
    for a, b in zip(taught[:3], batch[:3], strict=True):
        assert a is b
