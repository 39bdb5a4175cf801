"""`Auto`: chooses on held-out task groups which learners to use, and how much of each, by the number of support rows.

The default of every scenario. Greedy forward selection with replacement (Caruana, Niculescu-Mizil, Crew, Ksikes 2004),
bagged over bootstrap samples of the held-out groups; the loss of a support size counts its neighbours' too, so that
few groups do not decide alone. Candidates that cannot predict the target, or refuse the data, are left out with the
reason, as are those of no use on the first of several folds, if it has six groups or more. On the held-out tasks the
mixture is never worse than the best candidate that stays, unless it favours the first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

from warmstart.learners._ranges import at_least
from warmstart.learners.likelihoods import LIKELIHOODS

__all__ = ["Auto"]


@dataclass(frozen=True)
class Auto:
    """`candidates` are learners of any kind; a scenario fills in those of its contest where there are none.

    Where the newest tasks are asked about their first session, the first candidate stands alone unless a mixture is
    clearly better: one stretch of time says less than the number of its tasks.
    """

    candidates: tuple[Any, ...] = ()
    rounds: int = 12
    """Members (with repetition) of each bag, >= 1."""
    bags: int = 16
    """Bootstrap samples of the held-out groups, >= 1."""

    name: ClassVar[str] = "auto"
    likelihoods: ClassVar[frozenset[str]] = frozenset(LIKELIHOODS)

    def __post_init__(self) -> None:
        at_least(self, rounds=1, bags=1)

    @property
    def members(self) -> tuple[Any, ...]:
        """The candidates."""
        return self.candidates
