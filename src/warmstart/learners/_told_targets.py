"""How a network is told the target of a support row, and what a base model had said of it."""

from __future__ import annotations

from warmstart.learners.likelihoods import outputs
from warmstart.types import Array, Spec, Support

__all__ = ["told_target", "told_target_width"]


def told_target_width(spec: Spec) -> int:
    """How many numbers `told_target` makes of a row."""
    if spec.likelihood == "ordinal":
        return spec.classes
    return 1 if spec.likelihood == "gaussian" else outputs(spec) + 1


def told_target(spec: Spec, support: Support) -> Array:
    """float32[support, columns]: of a number what the base model left over; else the target beside the offset."""
    y, offset = support.y[:, None], support.offset[:, None]
    xp = y.__array_namespace__()
    if spec.likelihood == "gaussian":
        return y - offset
    if spec.likelihood == "categorical":
        y = (y == xp.arange(spec.classes)) * 1.0
    elif spec.likelihood == "ordinal":
        y = (y > xp.arange(spec.classes - 1)) * 1.0
    elif spec.likelihood == "negative_binomial":
        y = xp.log1p(y)
    return xp.concatenate([y, offset], axis=1).astype(xp.float32)
