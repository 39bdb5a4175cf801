"""The K-shot table in a terminal."""

from __future__ import annotations

from dataclasses import replace

from warmstart.evaluate.text import to_text


def test_the_table_by_hand(report):
    """Rows by interest, columns by K, the best marked, half-widths, a dash where there is no row."""
    lines = [line.split() for line in to_text(report).splitlines()]
    assert ["learner", "K=0", "K=1", "K=5"] in lines
    assert ["▸", "Head", ".500±.01*", ".600±.01*", ".800±.01"] in lines
    assert ["Trees", ".450±.01", ".550±.01", ".850±.01*"] in lines
    assert ["·", "Mean", ".500±.01*", ".500±.01", ".500±.01"] in lines
    assert ["·", "Own", "–", ".300±.01", ".700±.01"] in lines
    assert lines[-1] == ["Adapting", "gains."]


def test_it_fits(report):
    """No line is wider than asked, even with long names, many columns and brackets that look like markup."""
    wide = tuple(
        replace(row, learner=f"[bold]{row.learner} of a very long name", k=k) for row in report.rows for k in range(7)
    )
    text = to_text(replace(report, rows=wide), width=100)
    assert max(map(len, text.splitlines())) <= 100
    assert "[bold]" in text
    assert "\x1b" not in text


def test_what_was_chosen_and_dropped_is_said(report):
    """The reader sees the choice of the default and the notes."""
    text = to_text(replace(report, chosen="Trees", notes=("one row was dropped",)))
    assert "Head chose Trees" in text
    assert "one row was dropped" in text


def test_a_target_is_best_when_near(report):
    """Of coverages .50, .45 the one nearest to .9 is marked, though .95 would be more."""
    rows = [
        replace(row, metric="coverage90", mean=mean) for row, mean in zip(report.rows[:4:3], (0.91, 0.99), strict=True)
    ]
    text = to_text(replace(report, rows=tuple(rows)))
    assert ".910±.01*" in text
    assert "best near 0.9" in text


def test_large_numbers_have_no_decimals(report):
    """Cents are noise when the interval is hundreds wide."""
    row = replace(report.rows[0], mean=12345.6, low=12145.6, high=12545.6)
    assert "12,346±200*" in to_text(replace(report, rows=(row,)))
