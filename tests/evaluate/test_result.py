"""The JSON contract of a report."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from warmstart.errors import DamagedFile, UsageError
from warmstart.evaluate.result import Report


def test_the_json_has_exactly_the_keys_of_the_contract(report):
    """Scripts rely on these keys and on no others."""
    content = json.loads(report.to_json())
    assert list(content) == ["scenario", "data", "protocol", "seeds", "default", "rows", "chosen", "verdict"]
    assert {tuple(row) for row in content["rows"]} == {
        ("slice", "learner", "k", "metric", "mean", "low", "high", "higher_is_better", "n_tasks", "ms_per_task")
    }
    assert content["rows"][0] == {
        "slice": "all",
        "learner": "Head",
        "k": 0,
        "metric": "accuracy",
        "mean": 0.5,
        "low": 0.49,
        "high": 0.51,
        "higher_is_better": True,
        "n_tasks": 40,
        "ms_per_task": 0.25,
    }


def test_a_task_with_its_own_shots_has_null(report):
    """`k` is null where the protocol gives each task its own number of rows."""
    alone = replace(report, rows=(replace(report.rows[0], k=None),))
    assert json.loads(alone.to_json())["rows"][0]["k"] is None


def test_json_comes_back(report):
    """What is written can be read: all but baselines and notes."""
    assert Report.from_json(report.to_json()) == replace(report, baselines=(), notes=())


@pytest.mark.parametrize("field", ["mean", "low", "high", "ms_per_task"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_not_finite_is_dropped_and_noted(report, field, value):
    """JSON has no NaN: the row goes, a note says which."""
    bad = replace(report.rows[0], **{field: value})
    kept = replace(report, rows=(bad, *report.rows[1:]))
    assert len(json.loads(kept.to_json())["rows"]) == len(report.rows) - 1
    assert kept.notes == ("dropped, not finite: accuracy of Head at k = 0 on slice all",)


@pytest.mark.parametrize("spoil", [lambda t: t[:-9], lambda t: t.replace('"chosen"', '"choice"'), lambda _: "[1]"])
def test_other_json_is_refused(report, spoil):
    """A cut-off file, another key or another shape is no report."""
    with pytest.raises(DamagedFile, match="not the JSON of an evaluation"):
        Report.from_json(spoil(report.to_json()))


def test_a_row_with_another_key_is_refused(report):
    """The message says which keys were expected."""
    with pytest.raises(DamagedFile, match=r"row: expected keys .*n_tasks.*got"):
        Report.from_json(report.to_json().replace('"n_tasks"', '"tasks"'))


def test_a_file_is_written_whole_or_not_at_all(report, tmp_path):
    """Nothing but the file is left behind, and an unwritable place is a clear error."""
    assert report.write_json(tmp_path / "out.json").read_text(encoding="utf-8") == report.to_json()
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    with pytest.raises(UsageError, match=r"cannot write .*No such file"):
        report.write_json(tmp_path / "no" / "out.json")


def test_learners_stand_in_the_order_of_interest(report):
    """The default, other learners, baselines."""
    shuffled = replace(report, rows=report.rows[::-1])
    assert shuffled.learners == ("Head", "Trees", "Own", "Mean")
