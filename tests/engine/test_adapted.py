"""`Adapted.explain`: prior, support rows and columns, in the user's unit."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.adapted import Adapted
from warmstart.engine.fit import Job, fit
from warmstart.engine.model import MetaModel
from warmstart.errors import DataError
from warmstart.explain.explanation import Explanation
from warmstart.learners.item_knn import ItemKNN
from warmstart.learners.task_mean import TaskMean
from warmstart.prediction import Classes, Count, Levels, Normal, Scores
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

Model = Callable[..., MetaModel]
Tables = Callable[[str], Table]
TARGETS = ("number", "two", "three", "level", "count", "choice", "rating")


def finished(model: MetaModel) -> MetaModel:
    """With what is set after training."""
    params = model.learner.finish(model.params, {})
    return MetaModel(model.codec, model.learner, params, model.catalogue)


def link_of(task: Adapted, query: pl.DataFrame) -> np.ndarray:
    """float64[query]: what the prediction says on the scale on which effects add up."""
    answer = task.predict(query).distribution
    match answer:
        case Normal():
            return answer.answers["mean"]()
        case Scores():
            return answer.scores
        case Count():
            latent = task.model.bound.predict_one(
                task.model.params, task.model.prepared, task.state, task.model.query(query)
            )
            return np.asarray(latent.mean)
        case Classes() | Levels():
            latent = task.model.bound.predict_one(
                task.model.params, task.model.prepared, task.state, task.model.query(query)
            )
            return np.asarray(latent.mean if latent.mean.ndim == 1 else latent.mean.max(axis=1))
    raise AssertionError(answer)


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("target", TARGETS)
def test_parts_add_up(target: str, streamed: bool, model: Model, table: Tables) -> None:
    """Prior and parts give the prediction itself, at once or after feedback, with effects of the items' own too."""
    made, frame = finished(model(target)), table(target).frame
    task = made.adapt(frame[:2]).update(frame[2:4]) if streamed else made.adapt(frame[:4])
    query = frame[:4].select("item") if target == "choice" else frame[3:6]
    why = task.explain(query)
    assert why.exact
    assert why.parts.shape == (query.height, 4)
    np.testing.assert_allclose(why.total, link_of(task, query), rtol=1e-4, atol=1e-4)
    links = {"number": "identity", "rating": "identity", "count": "log", "choice": "score"}
    assert why.link == links.get(target, "logit")
    json.dumps(why.to_dict(), allow_nan=False)


def test_prior_is_the_answer_without_support(model: Model, table: Tables) -> None:
    """In the user's unit."""
    made, frame = model("number"), table("number").frame
    why = made.adapt(frame[:4]).explain(frame[5:7])
    nothing = made.adapt(None, descriptor={"town": "t0"})
    assert why.prior == pytest.approx(nothing.predict(frame[5:7]).mean, rel=1e-5)
    assert nothing.explain(frame[5:7]).parts.shape == (2, 0)
    assert nothing.explain(frame[5:7]).total == pytest.approx(why.prior)


def test_own_item_speaks_loudest(model: Model) -> None:
    """A choice says most of its own item."""
    task = finished(model("choice")).adapt(pl.DataFrame({"item": ["i1", "i4", "i0"]}))
    why = task.explain(pl.DataFrame({"item": ["i4", "i0"]}))
    assert why.support == ["i1", "i4", "i0"]
    assert [why.reasons(i, 1)[0][0] for i in (0, 1)] == ["i4", "i0"]


def test_unknown_items_are_no_reason(model: Model) -> None:
    """Rows of weight 0 are not listed."""
    why = model("choice").adapt(pl.DataFrame({"item": ["new", "i4"]})).explain()
    assert why.support == ["i4"]
    assert why.parts.shape == (6, 1)


def test_best_items_of_the_catalogue(model: Model) -> None:
    """Asked of nothing in particular, the best items are explained, best first."""
    task = model("choice").adapt(pl.DataFrame({"item": ["i1", "i4"]}))
    why = task.explain()
    assert list(why.query) == task.predict().top(10)[0].tolist()
    assert (np.diff(why.total) <= 1e-5).all()


def test_nothing_to_explain(model: Model) -> None:
    """Without a catalogue there must be rows."""
    with pytest.raises(DataError):
        model("number").adapt(None).explain(pl.DataFrame({"price": [], "kind": []}))


def test_column_effects_are_differences(model: Model, table: Tables) -> None:
    """The effect of a column is the answer minus the answer with its median, or its most frequent label."""
    made, frame = model("number"), table("number").frame
    task, query = made.adapt(frame[:3]), frame[4:6]
    why = task.explain(query)
    usual = {"price": float(frame["price"].sort()[len(frame) // 2]), "kind": frame["kind"].mode().sort()[0]}
    assert why.usual == {**usual, "town": "t0"}
    assert why.values == {"town": ["t0", "t0"], "price": query["price"].to_list(), "kind": query["kind"].to_list()}
    mean = task.predict(query).mean
    for column, value in usual.items():
        other = task.predict(query.with_columns(pl.lit(value).alias(column))).mean
        np.testing.assert_allclose(why.columns[column], mean - other, rtol=1e-3, atol=1e-2)
    assert why.columns["town"].tolist() == [0, 0]


def test_descriptors_are_reasons(model: Model, table: Tables) -> None:
    """What is known of a task beforehand counts as the answer of a task that is usual in it."""
    made, frame = model("number"), table("number").frame
    elsewhere = made.adapt(frame[8:11])
    why, query = elsewhere.explain(frame[12:13]), frame[12:13]
    usual = made.adapt(frame[8:11].with_columns(town=pl.lit("t0")))
    assert (why.values["town"], why.usual["town"]) == (["t1"], "t0")
    expected = elsewhere.predict(query).mean - usual.predict(query).mean
    np.testing.assert_allclose(why.columns["town"], expected, rtol=1e-3, atol=1e-2)


def test_reasons_of_classes_are_log_odds(model: Model, table: Tables) -> None:
    """Of two classes the second one's."""
    made, frame = model("two"), table("two").frame
    why = made.adapt(frame[:3]).explain(frame[4:6])
    assert (why.link, why.about) == ("logit", "log odds of yes")
    assert {code.column for code in why.reason_codes(0)} <= {"town", "price", "kind"}


@pytest.mark.parametrize(
    ("learner", "target", "query"), [(TaskMean(), "number", 2), (TaskMean(), "three", 2), (ItemKNN(), "choice", 6)]
)
def test_any_other_learner(learner: Any, target: str, query: int, table: Tables) -> None:
    """Each row's part is the change when it is left out: of the right shape, and marked as not exact."""
    made = table(target)
    codec = TaskCodec.fit(TaskSet.of(made))
    arrays = codec.encode(TaskSet.of(made))
    model = MetaModel(codec, learner, fit(learner, arrays, Job()), arrays.catalogue)
    why: Explanation = model.adapt(made.frame[:3]).explain(None if target == "choice" else made.frame[4 : 4 + query])
    assert not why.exact
    if target == "number":
        assert why.answer == pytest.approx(model.adapt(made.frame[:3]).predict(made.frame[4:6]).mean)
    assert why.parts.shape == (query, 3)
    assert np.isfinite(why.parts).all()
    assert np.abs(why.parts).max() > 0
