"""Which learned policies are deployed, in a small shop whose best policy is known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from warmstart.decide.policy import Policy
from warmstart.errors import UsageError
from warmstart.evaluate.improve_policy import improve_policy
from warmstart.evaluate.learn_policy import Feedback, Search

Log = Callable[..., Feedback]
Worth = Callable[[Policy], float]

EVEN = Policy(np.zeros(2), explore=0.1)


def test_a_clear_improvement_is_promoted(log: Log, worth: Worth) -> None:
    """On the newest visits its lower bound is above the present estimate; a second log starts from there."""
    found = improve_policy(EVEN, log(0))
    assert found.promoted
    assert found.learned.low > found.present.mean
    assert found.why.startswith("promoted")
    again = improve_policy(found.policy, log(1, policy=found.policy))
    assert worth(again.policy) >= 0.97 * worth(found.policy)


def test_noise_is_not_promoted(log: Log) -> None:
    """Where no arm suits better, at most two of twenty logs promote a policy; an honest bound errs in about one."""
    found = [improve_policy(EVEN, log(seed, 600, good=0.05)) for seed in range(20)]
    assert sum(each.promoted for each in found) <= 2
    assert all(each.promoted or each.policy is EVEN for each in found)


def test_without_clicks_the_policy_stays(log: Log) -> None:
    """And the reason is said."""
    silent = log(0)
    found = improve_policy(EVEN, silent._replace(reward=np.zeros_like(silent.reward)))
    assert (found.policy, found.promoted) == (EVEN, False)
    assert "no policy that was learned" in found.why


def test_what_the_log_hardly_shows_is_not_promoted(log: Log) -> None:
    """The older visits are worth enough for the learned policy, the 300 newest are not."""
    found = improve_policy(EVEN, log(0), Search(least=320), held_out=0.1)
    assert not found.promoted
    assert found.learned.effective < 320
    assert "below 320" in found.why


@pytest.mark.parametrize(("share", "said"), [(0.1, "none to judge by"), (1.0, "lies in"), (0.9, "3 folds need")])
def test_refusals(log: Log, share: float, said: str) -> None:
    """No visits to judge by, or too few to learn from."""
    with pytest.raises(UsageError, match=said):
        improve_policy(EVEN, log(0, 4), held_out=share)
