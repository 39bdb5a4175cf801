"""The K-shot curve, or its two ends, as a picture: the default in front, baselines in the back, each named."""

from __future__ import annotations

import io
import math
import re
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.errors import NotFound, UsageError
from warmstart.evaluate import _chart
from warmstart.evaluate._atomic import write_whole
from warmstart.evaluate._block import Block, blocks_of
from warmstart.evaluate.result import Report

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "SVG_COLORS",
    "calibration_png",
    "calibration_svg",
    "curve_png",
    "curve_svg",
    "write_calibration",
    "write_png",
]

SVG_COLORS = {
    _chart.INK: "--ink",
    _chart.MUTED: "--muted",
    _chart.GRID: "--grid",
    _chart.ACCENT: "--accent",
    _chart.RIVAL: "--rival",
    _chart.BASELINE: "--baseline",
    **{color: f"--other-{i}" for i, color in enumerate(_chart.OTHERS)},
}
"""Colour of the picture -> name of the CSS variable that replaces it in an inline SVG."""

_FONT = "DejaVu Sans"  # comes with matplotlib


def curve_png(report: Report, metric: str | None = None, slice_: str | None = None, *, slope: bool = False) -> bytes:
    """A PNG of 1200 x 700 pixels; the first metric and slice by default, `NotFound` for unknown ones.

    `slope` shows what the largest K gains over the smallest, and nothing in between.
    """
    return _render(_choose(report, metric, slice_), "png", slope=slope)


def curve_svg(report: Report, metric: str | None = None, slice_: str | None = None) -> str:
    """An `<svg>` element for an HTML page that has its own title and defines the variables of `SVG_COLORS`."""
    block = _choose(report, metric, slice_)
    return _inline(_render(block, "svg").decode(), f"c{report.blocks().index((block.slice, block.metric))}")


def _inline(drawn: str, name: str) -> str:
    """The `<svg>` for a page of several: as wide as its place, its colours variables, its ids begin with `name`."""
    svg = drawn[drawn.index("<svg") :].replace(f"'{_FONT}'", "system-ui, sans-serif")
    svg = re.sub(r'^<svg(.*?) width="[^"]*" height="[^"]*"', r'<svg role="img"\1', svg)
    svg = re.sub(r'(\bid="|href="#|url\(#)', rf"\g<1>{name}-", svg)
    for color, variable in SVG_COLORS.items():
        svg = svg.replace(color, f"var({variable})")
    return svg


def write_png(
    report: Report, path: Path, metric: str | None = None, slice_: str | None = None, *, slope: bool = False
) -> Path:
    """Write the PNG whole or not at all; `UsageError` where the place is not writable."""
    return write_whole(path, curve_png(report, metric, slice_, slope=slope))


def calibration_png(report: Report, learner: str | None = None) -> bytes:
    """A PNG of 1200 x 700 pixels of one learner, by default the report's: what was said against what came true.

    Errors: `UsageError` where the report says nothing of it: rankings, three classes or more.
    """
    return _drawn(lambda: _calibration(report, learner, titled=True), "png")


def calibration_svg(report: Report, learner: str | None = None) -> str:
    """The same as an `<svg>` element, as `curve_svg` gives it."""
    return _inline(_drawn(lambda: _calibration(report, learner, titled=False), "svg").decode(), "calibration")


def _calibration(report: Report, learner: str | None, *, titled: bool) -> Figure:
    name = learner or report.default
    slice_ = report.blocks()[0][0]
    held = [each for each in report.calibration if (each.learner, each.slice) == (name, slice_)]
    if not held:
        raise UsageError(f"there is no calibration of {name!r}: expected a number, a count or two classes")
    curves = sorted(held, key=lambda each: math.inf if each.k is None else each.k)
    title = f"{report.scenario} on {report.data}: calibration of {name}"
    under = f"share of outcomes beside what was said · protocol {report.protocol} · a task counts the same"
    return _chart.draw_calibration(curves, title, under, titled=titled)


def write_calibration(report: Report, path: Path, learner: str | None = None) -> Path:
    """Write the PNG whole or not at all; errors: those of `calibration_png` and `write_png`."""
    return write_whole(path, calibration_png(report, learner))


def _choose(report: Report, metric: str | None, slice_: str | None) -> Block:
    blocks = [block for block in blocks_of(report) if metric in (None, block.metric) and slice_ in (None, block.slice)]
    if not blocks:
        known = [f"{block.metric} / {block.slice}" for block in blocks_of(report)]
        raise NotFound("metric / slice", f"{metric} / {slice_}", known)
    return blocks[0]


def _render(block: Block, kind: str, *, slope: bool = False) -> bytes:
    return _drawn(lambda: _chart.draw(block, titled=kind == "png", slope=slope), kind)


def _drawn(draw: Callable[[], Figure], kind: str) -> bytes:
    import matplotlib as mpl

    settings: dict[Any, Any] = {
        "font.family": [_FONT],
        "text.parse_math": False,  # a name may hold a $
        "svg.fonttype": "none",
        "svg.hashsalt": "warmstart",
    }
    nothing = dict.fromkeys(("Creator", "Date", "Format", "Type") if kind == "svg" else ("Software",))
    file = io.BytesIO()
    with mpl.rc_context(settings), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing")  # names in scripts that the font lacks
        draw().savefig(file, format=kind, metadata=nothing, facecolor="none" if kind == "svg" else "white")
    return file.getvalue()
