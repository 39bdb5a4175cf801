"""A softmax policy: which of some candidates to show, drawn by a weighted sum of their features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from warmstart.errors import UsageError

__all__ = ["Policy"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

_AXES = 3  # visits, candidates and features


@dataclass(frozen=True, eq=False)
class Policy:
    """Shows a candidate with probability (1 - explore) · softmax(features · weights) + explore / candidates.

    With features that are logarithms of shares, a weight of 1 on one of them and 0 on the others draws by that share;
    larger weights come closer to always showing the best.

    Errors: `UsageError` for weights that are no finite float[features], `explore` outside [0, 1].

    >>> Policy(np.array([1.0])).probabilities([[[0.0], [np.log(3)]]], [[True, True]]).round(2).tolist()
    [[0.25, 0.75]]
    """

    weights: npt.NDArray[np.floating]
    """float[features]"""
    explore: float = 0.0
    """Share of the visits, in [0, 1], whose candidate is drawn evenly: it bounds what a visit of the log counts for."""

    def __post_init__(self) -> None:
        if np.ndim(self.weights) != 1 or not np.isfinite(self.weights).all():
            raise UsageError(f"a policy has one finite weight for each feature; got {self.weights!s:.80}")
        if not 0 <= self.explore <= 1:
            raise UsageError(f"the share of exploration lies in [0, 1]; got {self.explore}")

    def probabilities(self, features: npt.ArrayLike, mask: npt.ArrayLike) -> Floats:
        """float64[visits, candidates]: how probably each is shown; 0 where the mask is false, 1 over a visit.

        Arguments and errors: as `checked`.
        """
        values, real = self.checked(features, mask)
        return self._mixed(self._softmax(values, real), real)

    def slope(self, features: npt.NDArray[Any], mask: Mask, shown: npt.NDArray[Any]) -> tuple[Floats, Floats]:
        """How probably the candidates `shown` (int64[visits]) are shown, and how that changes with the weights.

        float64[visits] and its derivative float64[visits, features], of arrays that `checked` returned.
        """
        share = self._softmax(features, mask)
        visit = np.arange(len(shown))
        usual = (share[:, None, :] @ features)[:, 0]
        rise = (1 - self.explore) * share[visit, shown][:, None] * (features[visit, shown] - usual)
        return self._mixed(share, mask)[visit, shown], np.asarray(rise)

    def checked(self, features: npt.ArrayLike, mask: npt.ArrayLike) -> tuple[Floats, Mask]:
        """float64[visits, candidates, features], 0 where there is no candidate; bool[visits, candidates]: where one is.

        Errors: `UsageError` for other shapes, a feature of a candidate that is no finite number, a visit without any.
        """
        values, real = np.asarray(features, np.float64), np.asarray(mask, bool)
        if values.ndim != _AXES or values.shape[2] != len(self.weights):
            raise UsageError(
                f"features are [visits, candidates, {len(self.weights)}], one for each weight; got {values.shape}"
            )
        if real.shape != values.shape[:2]:
            raise UsageError(f"the mask is [visits, candidates], {values.shape[:2]}; got {real.shape}")
        if not real.any(axis=1).all():
            raise UsageError(f"visit {int(real.any(axis=1).argmin())} has no candidate; leave such visits out")
        wrong = np.argwhere(real & ~np.isfinite(values).all(axis=2))
        if len(wrong):
            raise UsageError(f"a feature of candidate {wrong[0, 1]} in visit {wrong[0, 0]} is no finite number")
        return np.where(real[..., None], values, 0.0), real

    def _softmax(self, features: npt.NDArray[Any], mask: Mask) -> Floats:
        score = np.where(mask, features @ np.asarray(self.weights, np.float64), -np.inf)
        odds = np.exp(score - score.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))

    def _mixed(self, share: Floats, mask: Mask) -> Floats:
        return np.asarray((1 - self.explore) * share + self.explore * mask / mask.sum(axis=1, keepdims=True))
