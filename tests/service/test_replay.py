"""End to end on real purchases: what is seen online is what the report says, and a bad version does not stay."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks.replay import SCENARIO, Replay, replay

from warmstart.errors import NotReady
from warmstart.scenarios.problem import load_problem

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> Replay:
    """Sixty customers of January, a model of fifty steps."""
    try:
        problem = load_problem(SCENARIO, "ta-feng")
    except NotReady as error:
        pytest.skip(f"no Ta-Feng here: {error}")
    settings = replace(problem.settings, steps=50)
    learner = SCENARIO.contest(problem.likelihood).make("bayes_head")
    return replay(replace(problem, settings=settings), learner, 60, tmp_path_factory.mktemp("replay"))


def test_online_is_as_offline(replayed: Replay) -> None:
    """At every K; and the gain of knowing the first purchases lies within the interval of the report."""
    assert replayed.customers == 60
    assert [each.k for each in replayed.shown][:3] == [0, 1, 3]
    for each in replayed.shown:
        assert each.apart.low <= 0 <= each.apart.high
        assert abs(each.apart.mean) < 0.01
    assert replayed.gain.low <= replayed.gain_online <= replayed.gain.high


def test_a_bad_version_does_not_stay(replayed: Replay) -> None:
    """The gate compares and refuses it; promoted by hand it is rolled back, and nobody who asks meanwhile is refused.

    That the gate lets through what is better is shown by `test_meta_update`, with tasks enough to tell.
    """
    assert not replayed.update.gate.passed
    assert replayed.update.gate.low < 0 < replayed.update.gate.tasks
    assert replayed.asked > 0
    assert replayed.failed == 0
