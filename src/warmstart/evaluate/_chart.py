"""Draws one block of a report with matplotlib: a K-shot curve, its two ends, or dots where there is one K only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from warmstart.evaluate._block import Block
from warmstart.evaluate.calibration import Calibration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["ACCENT", "BASELINE", "GRID", "INK", "MUTED", "OTHERS", "RIVAL", "SIZE", "draw", "draw_calibration"]

SIZE = (1200, 700)
"""Width and height in pixels."""
INK, MUTED, GRID = "#1b1f24", "#667080", "#e4e7eb"
ACCENT, RIVAL, BASELINE = "#0a63b8", "#3f4854", "#98a1ad"
OTHERS = ("#c2600b", "#6f4cc4", "#1d8a5c", "#b2326c")

_DPI = 100
_LONGEST_NAME = 26
_LABEL_GAP = 19.0  # pixels between the base lines of two labels
_REACH = 6.0  # times the middle half of all values: what lies farther out is not drawn
_CURVES, _DOTS = (0.065, 0.69), (0.26, 0.58)  # left and width of the plot as shares of the figure
_SLOPES = (0.27, 0.46)
_BOTTOM, _TOP, _TOP_UNTITLED = 0.11, 0.83, 0.97


def draw(block: Block, titled: bool = True, slope: bool = False) -> Figure:
    """A figure of 1200 x 700 pixels at 100 dots an inch, with a title or with a higher plot instead.

    `slope` draws the smallest and the largest K alone, named and valued at both.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0] / _DPI, SIZE[1] / _DPI), dpi=_DPI)
    several = len(block.shots) > 1
    left, width = _DOTS if not several else _SLOPES if slope else _CURVES
    axes = figure.add_axes((left, _BOTTOM, width, (_TOP if titled else _TOP_UNTITLED) - _BOTTOM))
    if titled:
        _title(figure, block)
    _bare(axes, "y" if several else "x")
    if slope and several:
        _slopes(axes, block.at((block.shots[0], block.shots[-1])))
    else:
        (_curves if several else _dots)(axes, block)
    return figure


def draw_calibration(curves: Sequence[Calibration], title: str, under: str, titled: bool = True) -> Figure:
    """What was said against what came true, one line for each number of support rows, darker with more of them."""
    from matplotlib.colors import to_rgb
    from matplotlib.figure import Figure

    figure = Figure(figsize=(SIZE[0] / _DPI, SIZE[1] / _DPI), dpi=_DPI)
    axes = figure.add_axes((_CURVES[0], _BOTTOM, _CURVES[1], (_TOP if titled else _TOP_UNTITLED) - _BOTTOM))
    if titled:
        figure.text(0.025, 0.935, title, fontsize=17, fontweight="bold", color=INK)
        figure.text(0.025, 0.89, under, fontsize=11, color=MUTED)
    _bare(axes, "y")
    axes.plot([0, 1], [0, 1], color=RIVAL, linewidth=1.2, linestyle=(0, (4, 4)), zorder=1)
    for place, curve in enumerate(curves):
        paleness = 0.75 * (1 - (place + 1) / len(curves))
        color = tuple(part + (1 - part) * paleness for part in to_rgb(ACCENT))
        size = [12 + 90 * share for share in curve.share]
        axes.plot(curve.said, curve.true, color=color, linewidth=2, zorder=2 + place)
        axes.scatter(curve.said, curve.true, s=size, color=color, linewidth=0, zorder=2 + place)
        name = "own K" if curve.k is None else f"K = {curve.k}"
        axes.plot([], [], color=color, linewidth=4, label=name)
    axes.legend(loc="upper left", bbox_to_anchor=(1.03, 1.0), frameon=False, fontsize=12, labelcolor=MUTED)
    axes.set_xlim(-0.02, 1.02)  # a dot at either end is seen whole
    axes.set_ylim(-0.02, 1.02)
    axes.set_xlabel("said", fontsize=11, color=MUTED, labelpad=8)
    axes.set_ylabel("came true", fontsize=11, color=MUTED, labelpad=8)
    return figure


def _title(figure: Figure, block: Block) -> None:
    report = block.report
    where = "" if block.slice == "all" else f" · {block.slice}"
    title = f"{report.scenario} on {report.data}: {block.metric}{where}"
    under = f"{block.label} · {block.direction} · protocol {report.protocol}, {block.tasks} · 95 % intervals over tasks"
    figure.text(0.025, 0.935, title, fontsize=17, fontweight="bold", color=INK)
    figure.text(0.025, 0.89, under, fontsize=11, color=MUTED)


def _bare(axes: Axes, grid: Literal["x", "y"]) -> None:
    """No frame; faint lines across the axis that holds the metric."""
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.grid(axis=grid, color=GRID, linewidth=0.9)
    axes.set_axisbelow(True)
    axes.tick_params(length=0, labelsize=11, labelcolor=MUTED, pad=7)
    axes.set_facecolor("none")


def _color(block: Block, learner: str) -> str:
    if learner == block.report.default:
        return ACCENT
    if learner in block.report.baselines:
        return RIVAL if learner == block.best_baseline else BASELINE
    others = [name for name in block.learners if name not in (block.report.default, *block.report.baselines)]
    return OTHERS[others.index(learner) % len(OTHERS)]


def _text_color(line: str) -> str:
    return MUTED if line == BASELINE else line


def _slopes(axes: Axes, block: Block) -> None:
    _curves(axes, block)
    _name_ends(axes, block, before=True)
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.grid(axis="x", color=GRID, linewidth=1.4)
    axes.set_xlim(0, 1)


def _curves(axes: Axes, block: Block) -> None:
    for depth, learner in enumerate(reversed(block.learners)):
        _curve(axes, block, learner, zorder=3 + depth)
    axes.set_xticks(range(len(block.shots)), ["own" if k is None else str(k) for k in block.shots])
    axes.set_xlim(-0.25, len(block.shots) - 0.75)
    axes.set_xlabel("support rows K of the new task", fontsize=11, color=MUTED, labelpad=8)
    axes.margins(y=0.06)
    _keep_in_sight(axes, block)
    _name_ends(axes, block)


def _keep_in_sight(axes: Axes, block: Block) -> None:
    """A learner that is far out, having diverged, leaves the picture rather than flatten all the others."""
    means = np.array([row.mean for row in block.rows])
    low, high = np.quantile(means, [0.25, 0.75])
    near = means[np.abs(means - np.clip(means, low, high)) <= _REACH * (high - low)]
    if len(near) < len(means) and near.max() > near.min():
        pad = 0.06 * (near.max() - near.min())
        axes.set_ylim(near.min() - pad, near.max() + pad)


def _curve(axes: Axes, block: Block, learner: str, zorder: int) -> None:
    line, color = block.line(learner), _color(block, learner)
    x = [block.shots.index(row.k) for row in line]
    main, rival = learner == block.report.default, learner == block.best_baseline
    width = 3.4 if main else 1.9 if rival or color in OTHERS else 1.2
    axes.plot(
        x,
        [row.mean for row in line],
        color=color,
        linewidth=width,
        marker="o",
        markersize=8 if main else 4.5 if rival or color in OTHERS else 3,
        markeredgewidth=0,
        solid_capstyle="round",
        zorder=zorder,
    )
    if main or rival:
        low, high = [row.low for row in line], [row.high for row in line]
        axes.fill_between(x, low, high, color=color, alpha=0.16 if main else 0.11, linewidth=0, zorder=2)


def _name_ends(axes: Axes, block: Block, before: bool = False) -> None:
    """The learner and its last value right of every line, or its first left of it; labels are moved apart and tied."""
    ends = sorted((block.line(learner)[0 if before else -1] for learner in block.learners), key=lambda row: row.mean)
    edge, side = (0, -1) if before else (len(block.shots) - 1, 1)
    x_end = [block.shots.index(row.k) for row in ends]
    pixels = axes.transData.transform([(x, row.mean) for x, row in zip(x_end, ends, strict=True)])
    bottom, top = axes.get_window_extent().get_points()[:, 1]
    height = _apart(pixels[:, 1], min(_LABEL_GAP, (top - bottom) / len(ends)), bottom, top)
    at = axes.transData.inverted().transform(np.column_stack([pixels[:, 0], height]))[:, 1]
    step = 0.013 * len(block.shots) * side
    for row, x, y in zip(ends, x_end, at, strict=True):
        color, main = _color(block, row.learner), row.learner == block.report.default
        tied = float(np.clip(row.mean, *axes.get_ylim()))
        path = ([x + step, edge + 3 * step, edge + 4 * step], [tied, y, y])
        axes.plot(*path, color=color, linewidth=0.7, alpha=0.7, clip_on=False, zorder=1)
        axes.text(
            edge + 4.8 * step,
            y,
            f"{_short(row.learner)}  {block.value(row)}",
            color=_text_color(color),
            ha="right" if before else "left",
            fontsize=12.5 if main else 10.5,
            fontweight="bold" if main else "normal",
            va="center_baseline",
        )


def _apart(wanted: npt.NDArray[np.float64], gap: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """Ascending places at least `gap` apart inside [low, high], as near as may be to the `wanted` ones."""
    from scipy.optimize import isotonic_regression

    steps = gap * np.arange(len(wanted))
    places: npt.NDArray[np.float64] = isotonic_regression(wanted - steps).x
    return np.clip(places, low, high - steps[-1]) + steps


def _dots(axes: Axes, block: Block) -> None:
    rows = sorted(block.rows, key=block.loss, reverse=True)
    for y, row in enumerate(rows):
        color, main = _color(block, row.learner), row.learner == block.report.default
        axes.plot(
            [row.low, row.high], [y, y], color=color, linewidth=4 if main else 2, solid_capstyle="round", zorder=2
        )
        axes.plot([row.mean], [y], color=color, marker="o", markersize=12 if main else 8, zorder=3)
        text = f"{block.value(row)} {block.half(row)}"
        weight = "bold" if main else "normal"
        axes.text(
            1.03,
            y,
            text,
            transform=axes.get_yaxis_transform(),
            color=_text_color(color),
            va="center",
            fontweight=weight,
        )
    axes.set_yticks(range(len(rows)), [_short(row.learner) for row in rows])
    axes.tick_params(axis="y", labelsize=12, labelcolor=INK, pad=14)
    axes.set_ylim(-0.7, len(rows) - 0.3)
    (k,) = block.shots
    shots = "each task's own number of support rows" if k is None else f"{k} support rows"
    axes.set_xlabel(shots, fontsize=11, color=MUTED, labelpad=8)


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"
