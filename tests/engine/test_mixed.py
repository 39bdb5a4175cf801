"""`Mixed`: members side by side give the mixture of what each says alone, for one task or many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.bind import bind
from warmstart.engine.meta_train import meta_train
from warmstart.engine.mixed import Mixed
from warmstart.engine.model import MetaModel
from warmstart.engine.storage import load
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.ensemble import Ensemble
from warmstart.learners.popularity import Popularity
from warmstart.learners.task_mean import TaskMean
from warmstart.tasks.taskset import TaskSet

QUICK: dict[str, Any] = {"steps": 4, "batch": 4, "queries": 4, "validate_every": 2, "shots": (0, 4)}
HEAD = BayesHead(features=3, hidden=(4,))


def trained(table: Any, target: str, *members: Any) -> MetaModel:
    """An ensemble of these."""
    return meta_train(TaskSet.of(table(target)), Ensemble(members), **QUICK)


def alone(model: MetaModel, name: str) -> MetaModel:
    """One member as a model of its own."""
    learner = model.learner.members[int(name.partition(".")[0])]
    return MetaModel(model.codec, learner, model.params["members"][name], model.catalogue)


@pytest.mark.parametrize("rows", [0, 1, 4])
def test_mixture_of_what_each_says(rows: int, table: Any) -> None:
    """Means and variances by hand, at sizes of the settings and between them."""
    model = trained(table, "number", HEAD, TaskMean())
    assert isinstance(model.bound, Mixed)
    frame: pl.DataFrame = table("number").frame
    support, query = frame[:rows] if rows else None, frame[4:7]
    at = np.log1p(rows) / np.log1p(4)
    weight, spread = ((1 - at) * model.params[key][0] + at * model.params[key][1] for key in ("weight", "spread"))
    assert sorted(model.params["members"], key=float) == [f"{i}{fit}" for i in "01" for fit in ("", ".1", ".2", ".3")]
    means, variances = [], []
    for fit, w in zip(("", ".1", ".2", ".3"), 4 * weight.reshape(2, 4).T, strict=True):
        said = [alone(model, f"{i}{fit}").adapt(support).predict(query) for i in "01"]
        means.append(sum(share * each.mean for share, each in zip(w, said, strict=True)))
        spreads = [each.std**2 + (each.mean - means[-1]) ** 2 for each in said]
        variances.append(spread * sum(share * each for share, each in zip(w, spreads, strict=True)))
    answer = model.adapt(support).predict(query)
    np.testing.assert_allclose(answer.mean, np.mean(means, axis=0), rtol=1e-4)
    np.testing.assert_allclose(answer.std**2, np.mean(variances, axis=0) - np.var(means, axis=0), rtol=1e-3)


def test_many_equals_one_by_one(table: Any) -> None:
    """Tasks of different sizes have different weights, also in one batch."""
    model = trained(table, "number", HEAD, TaskMean())
    tasks = TaskSet.of(table("number")).where(np.arange(96) % 8 <= np.arange(96) // 8 % 4)
    many, query = model.adapt_many(tasks), tasks.frame[-1:]
    for t in (0, 1, 6):
        one = model.adapt(tasks.frame[tasks.offsets[t] : tasks.offsets[t + 1]])
        assert many[t].k == one.k
        assert many[t].predict(query).mean == pytest.approx(one.predict(query).mean, rel=1e-4)


@pytest.mark.parametrize(("target", "members"), [("number", (HEAD, TaskMean())), ("choice", (HEAD, Popularity()))])
def test_explanation_says_what_a_row_changes(target: str, members: tuple[Any, ...], table: Any) -> None:
    """Each part is the answer less the answer without that row; of a ranking on the scale of its scores."""
    model, frame = trained(table, target, *members), table(target).frame
    task = model.adapt(frame[:2]).update(frame[2:4])
    asked = None if target == "choice" else frame[4:6]
    why, answer = task.explain(asked), task.predict(asked)
    assert not why.exact
    first = model.adapt(frame[1:4]).predict(asked)
    if target == "number":
        np.testing.assert_allclose(why.parts[:, 0], answer.mean - first.mean, rtol=1e-3, atol=1e-4)
        return
    best, score = answer.top(10)
    without = dict(zip(*first.top(10), strict=True))
    expected = [float(s) - float(without[item]) for item, s in zip(best, score, strict=True)]
    np.testing.assert_allclose(why.parts[:, 0], expected, rtol=1e-3, atol=1e-4)


def test_rankings_are_mixed_over_the_whole_catalogue(table: Any) -> None:
    """Probabilities of all items sum to 1; an item that is asked for alone has its score of the whole list."""
    model = trained(table, "choice", HEAD, Popularity())
    task = model.adapt(table("choice").frame[:2])
    items, scores = task.predict().top(6)
    assert np.exp(scores).sum() == pytest.approx(1, rel=1e-5)
    asked = task.predict(pl.DataFrame({"item": items[3:4]}))
    assert asked.top(1)[1] == pytest.approx(scores[3], rel=1e-5)


def test_members_without_weight_are_not_asked(table: Any) -> None:
    """At K = 0 only the second counts: the first may say what it likes."""
    model = trained(table, "number", HEAD, TaskMean())
    params = {**model.params, "weight": np.repeat([[0.0, 0.25], [0.125, 0.125]], 4, axis=1), "spread": np.ones(2)}
    spoilt = MetaModel(model.codec, model.learner, params, model.catalogue)
    query = table("number").frame[4:6]
    expected = [alone(model, name).adapt(None).predict(query).mean for name in ("1", "1.1", "1.2", "1.3")]
    assert spoilt.adapt(None).predict(query).mean == pytest.approx(np.mean(expected, axis=0))


def test_clock_is_no_part_of_the_version(table: Any, tmp_path: Path) -> None:
    """The manifest holds the choice and the seconds; slower, it is the same model."""
    model = trained(table, "number", HEAD, TaskMean())
    assert [line["name"] for line in model.info["choice"]["candidates"]] == ["bayes_head", "task_mean"]
    slow = {name: dict.fromkeys(held, 9.0) for name, held in model.info["timings"].items()}
    other = MetaModel(model.codec, model.learner, model.params, model.catalogue, {**model.info, "timings": slow})
    saved = model.save(tmp_path / "a")
    assert saved.version == other.save(tmp_path / "b").version
    assert load(tmp_path / "b").info["timings"]["task_mean"]["fit_seconds"] == 9.0
    assert bind(load(tmp_path / "a").learner, model.codec.spec) == model.bound
