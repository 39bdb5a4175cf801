"""`evaluate` shows the table, writes the three files, and refuses before it trains."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

Run = Callable[[str], tuple[int, str, str]]


def test_all_outputs(shop: Path, run: Run) -> None:
    """Two learners named by commas and repetition: a table on stdout, and JSON, HTML and pictures beside it."""
    names = "--learner bayes_head,task_mean --learner per_task"
    code, out, _ = run(
        f"evaluate table --data my.toml {names} --seeds 1 --json o.json --html o.html --png o.png --slope s.png"
    )
    assert code == 0
    assert out.startswith("weeks: 480 rows")
    assert "K=5" in out
    assert "▸ bayes_head" in out
    told = json.loads((shop / "o.json").read_text("utf-8"))
    assert set(told) == {"scenario", "data", "protocol", "seeds", "default", "rows", "chosen", "verdict"}
    assert {row["learner"] for row in told["rows"]} == {"bayes_head", "task_mean", "per_task"}
    assert {row["k"] for row in told["rows"]} == {0, 2, 5}
    assert "Data quality" in (shop / "o.html").read_text("utf-8")
    assert (shop / "o.png").read_bytes().startswith(b"\x89PNG")
    assert (shop / "s.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--protocol kshoot", "did you mean kshot?"),
        ("--learner bayes_head,task_maen", "did you mean task_mean"),
        ("--learner item_knn", "cannot predict a gaussian target"),
        ("--json nowhere/o.json", "cannot write nowhere/o.json"),
        ("--html weeks.csv/o.html", "cannot write weeks.csv/o.html"),
        ("--png .", "is a folder"),
        ("--seeds 0", "--seeds"),
        ("--protocol new-users", "column with the role 'time'"),
        ("--protocol melu", "brings no 'melu' episodes"),
    ],
)
def test_refusals(options: str, said: str, shop: Path, run: Run) -> None:
    """Each mistake is one line and exit code 2; no file is begun."""
    before = {path.name for path in shop.iterdir()}
    code, _, err = run(f"evaluate table --data my.toml {options}")
    assert (code, err.count("\n")) == (2, 1), err
    assert said in err
    assert {path.name for path in shop.iterdir()} <= before | {"warmstart-cache"}
