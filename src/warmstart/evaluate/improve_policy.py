"""Feedback makes a policy better, or leaves it: a new one is deployed only where the newest visits speak for it."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warmstart.decide.policy import Policy
from warmstart.errors import UsageError
from warmstart.evaluate.learn_policy import Feedback, Search, learn_policy, lower_bound, value_on
from warmstart.evaluate.off_policy import Estimate

__all__ = ["Improvement", "improve_policy"]


class Improvement(NamedTuple):
    """What to deploy, and the visits' verdict on it."""

    policy: Policy
    """The learned one where it was promoted, else the present one."""
    promoted: bool
    present: Estimate
    """The present policy's value on the visits held out."""
    learned: Estimate
    """The learned policy's value on the visits held out."""
    why: str
    """The reason of the decision, a sentence."""


def improve_policy(present: Policy, log: Feedback, search: Search | None = None, held_out: float = 0.3) -> Improvement:
    """Learn from the older visits of a log, starting at the present policy, and judge on the newest.

    A share `held_out` of the visits, in (0, 1), is kept from learning. The learned policy is promoted where the lower
    end of its interval there lies above the present policy's estimate, and the visits held out are worth
    `search.least` or more for it. What is promoted is what was judged: it is not learned again from all visits.

    Errors: as `learn_policy`; `UsageError` for a share outside (0, 1) or one that leaves too few visits.
    """
    search = search or Search()
    if not 0 < held_out < 1:
        raise UsageError(f"the share of visits held out lies in (0, 1); got {held_out}")
    first = int(np.ceil((1 - held_out) * len(log.shown)))
    older, newest = log.take(slice(first)), log.take(slice(first, None))
    if not len(newest.shown):
        raise UsageError(f"{len(log.shown)} visits leave none to judge by; log more or hold out more")
    new = learn_policy(older, present, search)
    before, after = value_on(newest, present), value_on(newest, new)
    promoted = new is not present and lower_bound(after, search) > before.mean
    return Improvement(
        new if promoted else present, promoted, before, after, _why(new is present, before, after, search)
    )


def _why(same: bool, present: Estimate, learned: Estimate, search: Search) -> str:
    if same:
        return "kept: no policy that was learned has a better lower bound on the older visits"
    if learned.effective < search.least:
        return f"kept: the visits held out are worth {learned.effective:.0f} for the new policy, below {search.least:g}"
    verdict, where = ("promoted", "above") if learned.low > present.mean else ("kept", "not above")
    return (
        f"{verdict}: the new policy's lower bound {learned.low:.4g} is {where} the present estimate {present.mean:.4g}"
    )
