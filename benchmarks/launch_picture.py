"""Draws demand curves with their bands, beside what was sold."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from warmstart.evaluate._chart import ACCENT, GRID, INK, MUTED

__all__ = ["Panel", "write_picture"]

_ROWS = ("before the first day", "after three days")
_SIZE, _DPI = (12.0, 7.0), 100
_FAINT, _STRONG = 0.15, 0.3  # opacity of the 90 % band and of the 50 % band above it


class Panel(NamedTuple):
    """One curve."""

    name: str
    day: np.ndarray
    """float64[points]: the last day seen, then the horizons"""
    bands: np.ndarray
    """float64[levels, points]: quantiles of 5, 25, 50, 75 and 95 % of the units sold"""
    sold_day: np.ndarray
    """float64[days]"""
    sold: np.ndarray
    """float64[days]: units"""


def write_picture(rows: list[list[Panel]], path: Path) -> None:
    """A PNG of 1200 x 700 pixels: a row for each number of days seen, a column for each item, with one scale."""
    figure = Figure(figsize=_SIZE, dpi=_DPI, layout="constrained")
    grid = figure.subplots(len(rows), len(rows[0]), sharex=True, sharey="col")
    for axes_row, panels, when in zip(grid, rows, _ROWS, strict=True):
        for axes, panel in zip(axes_row, panels, strict=True):
            _draw(axes, panel)
            axes.set_title(f"{panel.name}, {when}", fontsize=11, color=INK, loc="left")
    for axes in grid[-1]:
        axes.set_xlabel("day", color=MUTED)
    for axes in grid[:, 0]:
        axes.set_ylabel("units sold since the first day", color=MUTED)
    figure.legend(*grid[0, 0].get_legend_handles_labels(), loc="outside upper left", ncols=4, frameon=False)
    figure.savefig(path, metadata={"Software": None})


def _draw(axes: Axes, panel: Panel) -> None:
    low90, low50, median, high50, high90 = panel.bands
    axes.fill_between(panel.day, low90, high90, color=ACCENT, alpha=_FAINT, linewidth=0, label="90 % band")
    axes.fill_between(panel.day, low50, high50, color=ACCENT, alpha=_STRONG, linewidth=0, label="50 % band")
    axes.plot(panel.day, median, color=ACCENT, linewidth=2, label="median")
    axes.plot(panel.sold_day, panel.sold, "o-", color=INK, linewidth=1, markersize=5, label="sold", clip_on=False)
    axes.set_xticks(panel.sold_day)
    axes.set_ylim(bottom=0)
    axes.spines[["left", "right", "top"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.grid(axis="y", color=GRID)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelcolor=MUTED)
