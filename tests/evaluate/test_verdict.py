"""The sentence of the report, for the curves of the fixture."""

from __future__ import annotations

from dataclasses import replace

import pytest

from warmstart.errors import UsageError
from warmstart.evaluate.verdict import Difference, verdict


def test_adapting_gains(rows):
    """Against the strongest baseline at each K; a better learner is named with its K."""
    assert verdict(rows(), [], "Head", ["Mean", "Own"]) == (
        "Adapting gains over the strongest baseline (Mean at K = 1; Own at K = 5) on this data: "
        "Head has the better accuracy at K = 1, 5 (by 14.3 % at K = 5). "
        "Before any support row (K = 0) it is level with Mean. "
        "Trees beats Head at K = 5."
    )


def test_wide_intervals_are_no_gain(rows):
    """What chance may explain is said to be within chance."""
    assert verdict(rows(half=0.2), [], "Head", ["Mean"]) == (
        "Adapting does not gain over Mean on this data: no clear difference at K = 1, 5. "
        "Before any support row (K = 0) it is level with Mean. "
        "Trees is ahead of Head at K = 5, within chance."
    )


def test_paired_differences_decide(rows):
    """Over the same tasks a small difference can be certain though the separate intervals overlap."""
    pairs = [Difference("all", "Mean", 5, "accuracy", 0.3, 0.2, 0.4), Difference("all", "Mean", 5, "other", 0, -1, 1)]
    told = verdict(rows(half=0.2), pairs, "Head", ["Mean"])
    assert "Adapting gains over Mean on this data: Head has the better accuracy at K = 5 (by 60.0 %)" in told
    assert "no clear difference at K = 1." in told
    unsure = [Difference("all", "Mean", 5, "accuracy", 0.3, -0.1, 0.7)]
    assert "no clear difference at K = 5" in verdict(rows(half=0.01), unsure, "Head", ["Mean"])


def test_less_may_be_better(rows):
    """With an error the same curves turn the sentence round."""
    told = verdict(rows(metric="mae", higher=False), [], "Head", ["Mean"])
    assert told.startswith("Adapting does not gain over Mean on this data: worse at K = 1, 5.")
    assert "Mean beats Head at K = 1, 5." in told
    assert "Own beats Head at K = 1, 5." in told
    pairs = [Difference("all", "Mean", 1, "mae", -0.1, -0.2, -0.05)]
    assert "Head has the better mae at K = 1" in verdict(rows(metric="mae", higher=False), pairs, "Head", ["Mean"])


def test_nobody_is_ahead(rows):
    """Said plainly too."""
    few = [row for row in rows() if row.learner != "Trees"]
    assert verdict(few, [], "Head", ["Mean", "Own"]).endswith("No other learner here is ahead of Head.")


def test_a_line_for_each_slice(rows):
    """Slices are judged one by one, with each task's own K where there is no common one."""
    own = [replace(row, slice=s, k=None) for s in ("user_cold", "item_cold") for row in rows() if row.k == 1]
    lines = verdict(own, [], "Head", ["Mean"]).split("\n")
    assert [line.split(":")[0] for line in lines] == ["user_cold", "item_cold"]
    assert "Head has the better accuracy at each task's own K (by 20.0 %)." in lines[0]


@pytest.mark.parametrize(("default", "baselines"), [("Nobody", ["Mean"]), ("Head", [])])
def test_a_verdict_needs_both_sides(rows, default, baselines):
    """Without the default or without a baseline there is nothing to say."""
    with pytest.raises(UsageError, match="need rows at the same k"):
        verdict(rows(), [], default, baselines)
