"""`Runs`: rows of one task that come one after the other count as one value: they are alike for being of one task."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["Runs"]

Floats = npt.NDArray[np.float64]

_LONGEST = 32  # rows: where there is one task alone, values come all the same


class Runs:
    """Holds the run that has not ended."""

    def __init__(self, signals: int) -> None:
        self._task, self._rows = "", 0
        self._sums, self._known = np.zeros(signals), np.zeros(signals)

    def ended(self, tasks: list[str], values: Floats) -> tuple[Floats, list[int]]:
        """Of further rows, whose `values` are float64[rows, signals]: the runs that ended, and the row that ended each.

        float64[runs, signals], NaN where a run says nothing. A run ends where another task's begins, and after 32 rows.
        """
        told, filled = ~np.isnan(values), np.nan_to_num(values)
        means, ends = [], []
        for row, task in enumerate(tasks):
            if self._rows and (task != self._task or self._rows == _LONGEST):
                with np.errstate(invalid="ignore"):
                    means.append(self._sums / self._known)
                ends.append(row)
                self._sums, self._known, self._rows = np.zeros_like(self._sums), np.zeros_like(self._known), 0
            self._task, self._rows = task, self._rows + 1
            self._sums += filled[row]
            self._known += told[row]
        return np.array(means).reshape(len(means), len(self._sums)), ends
