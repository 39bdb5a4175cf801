"""`scenarios` shows what is declared."""

from __future__ import annotations

import json
from collections.abc import Callable

Run = Callable[[str], tuple[int, str, str]]


def test_list(run: Run) -> None:
    """Every scenario has a line with what it is for."""
    code, out, err = run("scenarios")
    assert (code, err) == (0, "")
    assert "recommend" in out
    assert "table" in out


def test_one_in_full(run: Run) -> None:
    """One scenario shows its targets, protocols, learners and metrics."""
    code, out, _ = run("scenarios recommend")
    assert code == 0
    assert "new-users" in out
    assert "item_knn" in out
    assert "recall@10" in out


def test_json(run: Run) -> None:
    """The JSON of one is an object, that of all a list of them."""
    one = json.loads(run("scenarios recommend --json")[1])
    assert one["targets"]["ranking"]["protocol"] == "new-users"
    assert one in json.loads(run("scenarios --json")[1])


def test_unknown(run: Run) -> None:
    """A misspelt name offers the nearest."""
    assert run("scenarios recomend") == (2, "", "error: no scenario named 'recomend': did you mean recommend?\n")
