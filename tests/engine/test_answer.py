"""From a latent belief to the user's unit."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from warmstart.engine.answer import answer, class_probabilities, count_moments, doubt
from warmstart.tables.schema import Target
from warmstart.tables.target import TargetEncoder
from warmstart.types import Latent


def belief(mean: Any, variance: Any = 0.0, noise: float = 0.0) -> Latent:
    """A latent of float32, as learners give it."""
    mean = np.asarray(mean, np.float32)
    return Latent(mean, np.broadcast_to(np.float32(variance), mean.shape), np.float32(noise))


def test_number() -> None:
    """Shift and scale of the training targets; belief and noise add up."""
    target = TargetEncoder(Target.NUMBER, "y", shift=100.0, scale=20.0)
    said = answer(belief([0.5, -1.0], 0.36, 0.64), target, (), k=3, version="v")
    assert said.mean == pytest.approx([110.0, 80.0])
    assert said.std == pytest.approx([20.0, 20.0])
    assert (said.tier, said.k, said.model_version) == ("adapted", 3, "v")


def test_logarithm() -> None:
    """Where the logarithm is modelled the median is its exponential."""
    target = TargetEncoder(Target.NUMBER, "y", log=True, shift=2.0, scale=0.5)
    said = answer(belief([1.0], 0.1, 0.1), target, (), k=0, version="v")
    assert said.median == pytest.approx(np.exp(2.5))
    assert said.tier == "prior"


def test_effect() -> None:
    """In the unit of the target, without its mean; the noise of scores counts only where nothing else is said."""
    target = TargetEncoder(Target.NUMBER, "y", shift=100.0, scale=20.0).differences
    said = answer(belief([0.5, -1.0], [0.25, 0.0], 4.0), target, (), k=3, version="v")
    assert said.mean == pytest.approx([10.0, -20.0])
    assert said.std == pytest.approx([10.0, 40.0])


def test_two_classes() -> None:
    """The logistic function; the second label is the positive one."""
    target = TargetEncoder(Target.CLASS, "y", classes=("no", "yes"))
    said = answer(belief([0.0, 2.0]), target, (), k=1, version="")
    assert said.probability[:, 1] == pytest.approx([0.5, 1 / (1 + np.exp(-2.0))])
    assert said.mode.tolist()[1] == "yes"


def test_several_classes() -> None:
    """A softmax."""
    target = TargetEncoder(Target.CLASS, "y", classes=("a", "b", "c"))
    said = answer(belief([[0.0, np.log(2), np.log(5)]]), target, (), k=1, version="")
    assert said.probability[0] == pytest.approx([1 / 8, 2 / 8, 5 / 8])


def test_ordered_classes() -> None:
    """Even odds above the first cut, 1 : 3 above the second: 1/2, 1/4 and 1/4 of 1, 2 and 4 stars."""
    target = TargetEncoder(Target.ORDINAL, "y", classes=("1", "2", "4"))
    said = answer(belief([[0.0, np.log(1 / 3)]]), target, (), k=1, version="")
    assert said.probability[0] == pytest.approx([1 / 2, 1 / 4, 1 / 4])
    assert (said.family, said.mean[0], said.mode[0]) == ("ordinal", pytest.approx(2.0), "1")


@pytest.mark.parametrize(
    ("likelihood", "mean"),
    [("bernoulli", [3.0]), ("categorical", [[3.0, 0.0, -1.0]]), ("ordinal", [[4.0, 3.0]])],
)
def test_doubt_moderates(likelihood: str, mean: list[Any]) -> None:
    """The less sure the belief, the nearer to equal chances; sums stay one."""
    sure, unsure = (class_probabilities(belief(mean, v), likelihood) for v in (0.0, 9.0))
    assert unsure.max() < sure.max()
    assert unsure.sum(axis=-1) == pytest.approx(1)


def test_count_moments_by_draws() -> None:
    """A log-normal rate under negative binomial noise, against a million draws of it."""
    rng = np.random.default_rng(0)
    mean, variance = count_moments(belief([0.8], 0.3, 0.5))
    rate = np.exp(0.8 + np.sqrt(0.3) * rng.normal(size=1_000_000))
    assert mean[0] == pytest.approx(rate.mean(), rel=0.01)
    count = rng.poisson(rate * rng.gamma(2.0, 0.5, size=len(rate)))
    assert variance[0] == pytest.approx(count.var(), rel=0.03)


def test_count_of_wild_latents_is_finite() -> None:
    """An absurd belief gives a large number, not an infinite one."""
    said = answer(belief([500.0, -500.0], 400.0, 1.0), TargetEncoder(Target.COUNT, "y"), (), k=0, version="")
    assert np.isfinite(said.mean).all()
    assert np.isfinite(said.std).all()


def test_scores() -> None:
    """Items by name, best first."""
    said = answer(belief([0.1, 3.0, 2.0]), TargetEncoder(Target.CHOICE), ("x", "y", "z"), k=2, version="")
    assert said.top(2)[0].tolist() == ["y", "z"]


@pytest.mark.parametrize("log", [False, True])
def test_doubt_is_the_variance_without_noise(log: bool) -> None:
    """Of a number; single outcomes spread further, the doubt does not."""
    target = TargetEncoder(Target.NUMBER, "y", log=log, shift=2.0, scale=0.5)
    quiet = answer(belief([1.0, 2.0], 0.3), target, (), k=0, version="v")
    assert doubt(belief([1.0, 2.0], 0.3), target) == pytest.approx(quiet.std**2)
    noisy = answer(belief([1.0, 2.0], 0.3, 0.2), target, (), k=0, version="v")
    assert doubt(belief([1.0, 2.0], 0.3, 0.2), target) == pytest.approx(quiet.std**2 * (noisy.mean / quiet.mean) ** 2)


def test_doubt_of_a_count() -> None:
    """What the count varies more than a Poisson one of the same mean."""
    target = TargetEncoder(Target.COUNT, "y")
    mean, variance = count_moments(belief([0.5, 1.0], 0.4))
    assert doubt(belief([0.5, 1.0], 0.4, 0.7), target) == pytest.approx(variance - mean)


def test_no_doubt_is_known() -> None:
    """Of scores and classes, and where a learner gives no variance."""
    classes = TargetEncoder(Target.CLASS, "y", classes=("no", "yes"))
    for target in (TargetEncoder(Target.CHOICE), classes):
        assert doubt(belief([1.0], 0.5), target) is None
    assert doubt(belief([1.0, 2.0], 0.0, 1.0), TargetEncoder(Target.NUMBER, "y")) is None
