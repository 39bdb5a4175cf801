"""`Choice`: one line for people, a table, and JSON without the clock."""

from __future__ import annotations

import json

from warmstart.engine.choice import Candidate, Choice

TREES = Candidate("trees", (0.2, 0.3), (1.0, 0.25), fit_seconds=2.0, ms_per_task=0.5)
HEAD = Candidate("head", (0.4, 0.1), (0.0, 0.75), fit_seconds=4.0, ms_per_task=0.1)
OUT = Candidate("bias", reason="it needs items")
CHOICE = Choice("log loss", 20, (0, 5), (0.2, 0.09), (TREES, HEAD, OUT))


def test_one_line() -> None:
    """Members by falling weight at each support size; who has none is not named."""
    assert str(CHOICE) == "K=0: 1.00 trees; K=5: 0.75 head + 0.25 trees"


def test_table() -> None:
    """Loss and weight of every candidate, times, the mixture, and who was left out and why."""
    lines = CHOICE.text().splitlines()
    assert "20 held-out tasks by log loss" in lines[0]
    assert lines[2].split() == ["trees", "0.2000", "(1.00)", "0.3000", "(0.25)", "2.0", "0.50"]
    assert lines[3].split() == ["head", "0.4000", "0.1000", "(0.75)", "4.0", "0.10"]
    assert lines[4].split() == ["mixture", "0.2000", "0.0900"]
    assert lines[5] == "left out: bias: it needs items"


def test_json_without_the_clock() -> None:
    """What a manifest holds gives the choice again; another run's times are not in its content."""
    slower = Choice(*vars(CHOICE).values())
    object.__setattr__(slower, "candidates", (Candidate("trees", (0.2, 0.3), (1.0, 0.25), fit_seconds=9), HEAD, OUT))
    assert slower.to_json() == CHOICE.to_json()
    content, timings = json.loads(json.dumps([CHOICE.to_json(), CHOICE.timings()]))
    assert Choice.from_json(content, timings) == CHOICE


def test_mean_over_seeds() -> None:
    """Losses and times are averaged over the runs where a candidate competed; left out, it had no weight."""
    again = Candidate("trees", (0.4, 0.1), (1.0, 1.0), fit_seconds=4.0, ms_per_task=0.1)
    mean = Choice.mean([CHOICE, Choice("log loss", 22, (0, 5), (0.4, 0.11), (again, OUT, OUT))])
    assert (mean.tasks, mean.loss) == (21, (0.30000000000000004, 0.1))
    assert (mean.candidates[0].weight, mean.candidates[0].fit_seconds) == ((1.0, 0.625), 3.0)
    assert (mean.candidates[1].weight, mean.candidates[1].loss) == ((0.0, 0.375), (0.4, 0.1))
    assert mean.candidates[2].reason == "it needs items"
