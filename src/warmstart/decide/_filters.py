"""Which items of a catalogue may be shown at all, and how many may not for each reason."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
import numpy.typing as npt

from warmstart.errors import UsageError

__all__ = ["Filters", "Policy", "Sifted", "sift"]

Bools = npt.NDArray[np.bool_]
Policy = Literal["show", "hide", "last"]


@dataclass(frozen=True, eq=False)
class Filters:
    """Masks bool[items] over the catalogue; None filters nothing."""

    stock: Bools | None = None
    """Items that can be delivered."""
    blocked: Bools | None = None
    """Items that must not be shown."""
    allowed: Bools | None = None
    """The only items that may be shown."""
    already: Bools | None = None
    """Items of the task's support."""
    policy: Policy = "show"
    """What becomes of those: "show" them like any other, "hide" them, or rank them "last", after all others."""

    def __post_init__(self) -> None:
        if self.policy not in get_args(Policy):
            legal = ", ".join(get_args(Policy))
            raise UsageError(f"the policy for items of the support is one of {legal}; got {self.policy!r}")


class Sifted(NamedTuple):
    """What the filters leave."""

    first: Bools
    """bool[items]: may be shown."""
    last: Bools
    """bool[items]: may be shown after those."""
    counts: dict[str, int]
    """Items kept out by reason; each counts once, under the first that holds."""


def sift(scores: npt.NDArray[np.float64], filters: Filters) -> Sifted:
    """Apply the filters to scores [items]; minus infinity is no score. Errors: `UsageError` for a mask that misfits."""
    every, none = np.ones(scores.shape, bool), np.zeros(scores.shape, bool)
    already = _mask(filters.already, none)
    reasons = {
        "no score": scores == -np.inf,
        "blocked": _mask(filters.blocked, none),
        "not allowed": ~_mask(filters.allowed, every),
        "out of stock": ~_mask(filters.stock, every),
        "already in the support": already if filters.policy == "hide" else none,
    }
    left, counts = every, {}
    for reason, out in reasons.items():
        counts[reason] = int((left & out).sum())
        left = left & ~out
    last = left & already if filters.policy == "last" else none
    return Sifted(left & ~last, last, {reason: count for reason, count in counts.items() if count})


def _mask(given: Bools | None, default: Bools) -> Bools:
    mask = default if given is None else np.asarray(given, bool)
    if mask.shape != default.shape:
        raise UsageError(f"a filter is a mask over the {len(default)} items; got shape {mask.shape}")
    return mask
