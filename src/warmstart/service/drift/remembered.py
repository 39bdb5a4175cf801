"""`Remembered`: the latest rows: what each signal said, in its own unit and scaled."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["Remembered"]

Floats = npt.NDArray[np.float64]


class Remembered:
    """Rows are counted from the first that there ever was; `most` of them are remembered."""

    def __init__(self, most: int, signals: int) -> None:
        self._most = most
        self._own, self._scaled = np.zeros((2 * most, signals)), np.zeros((2 * most, signals), np.float32)
        self._moments = np.zeros(2 * most, np.int64)
        self._first = 0  # the row at place 0 of the arrays
        self.end = 0
        """Rows that there ever were."""

    @property
    def begin(self) -> int:
        """The first that is remembered."""
        return max(self.end - self._most, 0)

    def add(self, own: Floats, scaled: Floats, moments: Sequence[int]) -> None:
        """Further rows, at most as many as are remembered: float64[rows, signals], and when each happened."""
        if self.end - self._first + len(own) > len(self._own):  # every `most` rows, so that a row moves once
            kept = slice(self.begin - self._first, self.end - self._first)
            for held in (self._own, self._scaled, self._moments):
                held[: self.end - self.begin] = held[kept].copy()
            self._first = self.begin
        place = slice(self.end - self._first, self.end - self._first + len(own))
        self._own[place], self._scaled[place], self._moments[place] = own, scaled, moments
        self.end += len(own)

    def own(self, signal: int, first: int, end: int) -> Floats:
        """What it said in these rows, where it did."""
        values = self._own[self._places(first, end), signal]
        return values[~np.isnan(values)]

    def moment(self, row: int) -> int:
        """When it happened, in microseconds since 1970."""
        return int(self._moments[row - self._first])

    def parting(self, signal: int, first: int, end: int) -> int:
        """The row before and after which the means differ most, by the cumulative sum; the last one of too few."""
        first = max(first, self.begin)
        values = self._scaled[self._places(first, end), signal].astype(np.float64)
        rows = np.flatnonzero(~np.isnan(values))
        before, n = np.arange(1, len(rows)), len(rows)
        if not len(before):
            return end - 1
        sums = np.cumsum(values[rows] - values[rows].mean())[:-1]
        return first + int(rows[1 + np.argmax(sums**2 / (before * (n - before)))])

    def rises(self, signal: int, first: int, parting: int, end: int) -> bool:
        """Whether its mean is higher from the row `parting` on than before."""
        before, after = (
            self._scaled[self._places(*rows), signal] for rows in ((max(first, self.begin), parting), (parting, end))
        )
        return bool(np.nanmean(after) > np.nanmean(before))

    def _places(self, first: int, end: int) -> slice:
        return slice(first - self._first, end - self._first)
