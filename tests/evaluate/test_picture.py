"""Pictures: their size, their names, and labels that do not run into each other."""

from __future__ import annotations

import struct
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from warmstart.errors import NotFound
from warmstart.evaluate._block import blocks_of
from warmstart.evaluate._chart import _apart, draw
from warmstart.evaluate.picture import SVG_COLORS, curve_png, curve_svg, write_png


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


def test_a_curve_is_a_png_of_the_stated_size(report, tmp_path):
    """1200 x 700 pixels, not empty, the same bytes each time."""
    png = write_png(report, tmp_path / "curve.png").read_bytes()
    assert _size(png) == (1200, 700)
    assert len(png) > 20_000
    assert png == curve_png(report)


def test_one_shot_only_is_drawn_as_dots(report):
    """Where every task has its own K there is no curve."""
    own = replace(report, rows=tuple(replace(row, k=None) for row in report.rows if row.k == 1))
    assert _size(curve_png(own)) == (1200, 700)
    assert "own number of support rows" in curve_svg(own)


def test_a_learner_that_diverged_leaves_the_picture(report):
    """One absurd value does not flatten the curves of all others; without it nothing is cut."""
    absurd = tuple(replace(row, mean=900.0) if (row.learner, row.k) == ("Own", 1) else row for row in report.rows)
    cut, whole = (draw(blocks_of(replace(report, rows=rows))[0]).axes[0].get_ylim() for rows in (absurd, report.rows))
    assert cut[1] < 1.0
    assert cut[0] < 0.45
    assert whole[0] < 0.3
    assert whole[1] > 0.85


def test_an_svg_names_every_line_and_takes_the_page_colours(report):
    """It is well-formed, has no fixed colour, and a $ or < in a name is only text."""
    rows = tuple(replace(row, learner=f"<i>${row.learner}$ 学") for row in report.rows)
    svg = curve_svg(replace(report, rows=rows, default="<i>$Head$ 学"))
    texts = [node.text for node in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]
    assert "<i>$Head$ 学  .800" in texts
    assert "var(--accent)" in svg
    assert not [color for color in SVG_COLORS if color in svg]


def test_a_slope_names_both_ends_and_nothing_between(report):
    """Every learner stands left with its first value and right with its last; no other K is drawn."""
    whole = blocks_of(report)[0]
    axes = draw(whole, slope=True).axes[0]
    block = whole.at((whole.shots[0], whole.shots[-1]))
    said = {(text.get_text(), text.get_ha()) for text in axes.texts}
    for learner in block.learners:
        line = block.line(learner)
        first, last = line[0], line[-1]
        assert (f"{learner}  {block.value(first)}", "right") in said
        assert (f"{learner}  {block.value(last)}", "left") in said
    assert len(said) == 2 * len(block.learners)
    assert [label.get_text() for label in axes.get_xticklabels()] == [str(block.shots[0]), str(block.shots[-1])]


def test_an_unknown_metric_is_refused(report):
    """The known ones are named."""
    with pytest.raises(NotFound, match="accuracy / all"):
        curve_png(report, "recall@10")


@given(st.lists(st.floats(0, 500), min_size=1, max_size=25).map(sorted))
def test_labels_keep_their_distance(wanted):
    """Inside the plot, 20 pixels apart, in order; labels with room stay where they are."""
    places = _apart(np.array(wanted), 20.0, 0.0, 500.0)
    assert (np.diff(places) >= 20 - 1e-9).all()
    assert places[0] >= -1e-9
    assert places[-1] <= 500 + 1e-9
    if (np.diff(wanted) >= 20).all():
        np.testing.assert_allclose(places, wanted, atol=1e-9)
