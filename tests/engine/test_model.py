"""`MetaModel`: adapting to one task and to many, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.model import MetaModel
from warmstart.errors import DataError, UsageError
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet

Model = Callable[..., MetaModel]
Tables = Callable[[str], Table]
TARGETS = ("number", "two", "three", "count", "choice", "rating")


@pytest.mark.parametrize("target", ["number", "choice"])
def test_adapt_many_equals_one_by_one(target: str, model: Model, table: Tables) -> None:
    """Tasks of 1, 3 and 4 rows, in two padded batches: the i-th is the i-th, with its rows, size and descriptor."""
    made, tasks = model(target), TaskSet.of(table(target))
    position = np.arange(tasks.frame.height) - np.repeat(tasks.offsets[:-1], tasks.sizes)
    ragged = tasks.where(position < np.array([1, 3, 4] * 4)[np.repeat(np.arange(len(tasks)), tasks.sizes)])
    many = made.adapt_many(ragged)
    assert (len(many), list(many.ids)) == (len(tasks), ragged.ids)
    assert [task.k for task in many] == ragged.sizes.tolist() == many.sizes.tolist()
    for t in range(0, len(ragged), 3):
        alone = made.adapt(ragged.frame[ragged.offsets[t] : ragged.offsets[t + 1]])
        query = None if target == "choice" else tasks.frame[-2:]
        a, b = (
            made.bound.predict_one(
                made.params, made.prepared, task.state, None if query is None else made.query(query)
            ).mean
            for task in (alone, many[t])
        )
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-4)


def test_adapted_together_can_be_told_more(model: Model, table: Tables) -> None:
    """A task cut out of many takes feedback, knows its last moment, and explains itself like any other."""
    made, tasks = model("number"), TaskSet.of(table("number"))
    early, late = tasks.frame[:3], tasks.frame[3:6]
    one = made.adapt(early).update(late)
    many = made.adapt_many(tasks.where(np.arange(tasks.frame.height) < 3))[0].update(late)
    assert many.k == one.k == 6
    assert many.last_moment == one.last_moment == date(1970, 1, 6)
    assert many.predict(tasks.frame[6:8]).mean == pytest.approx(one.predict(tasks.frame[6:8]).mean, rel=1e-4)
    assert many.explain(tasks.frame[6:8]).parts == pytest.approx(one.explain(tasks.frame[6:8]).parts, abs=1e-2)


def test_descriptor_comes_from_the_rows_or_by_name(model: Model, table: Tables) -> None:
    """Both ways say the same; what nobody says is unknown; what is said by name comes first."""
    made, frame = model("number"), table("number").frame
    told = made.adapt(frame[:2]).evidence.descriptor.codes
    assert made.adapt(None, descriptor={"town": "t0"}).evidence.descriptor.codes == told
    assert made.adapt(None).evidence.descriptor.codes == 0
    assert made.adapt(frame[:2], descriptor={"town": "t1"}).evidence.descriptor.codes != told


def test_any_dataframe(model: Model, table: Tables) -> None:
    """polars, pandas and pyarrow rows lead to the same task."""
    made, frame = model("number"), table("number").frame
    answers = [made.adapt(rows[:3]).predict(rows[3:5]).mean for rows in (frame, frame.to_pandas(), frame.to_arrow())]
    assert answers[0] == pytest.approx(answers[1])
    assert answers[0] == pytest.approx(answers[2])


def test_columns_that_are_not_needed(model: Model, table: Tables) -> None:
    """Support rows need features and target, query rows features; task, time and descriptor may be left out."""
    made, frame = model("number"), table("number").frame
    task = made.adapt(frame[:3].select("price", "kind", "sold"), descriptor={"town": "t0"})
    assert len(task.predict(frame[3:5].select("kind", "price"))) == 2
    assert task.last_moment is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop("price"), "column 'price': missing; expected a column of the support rows"),
        (lambda f: f.drop("sold"), "column 'sold': missing"),
        (lambda f: f.with_columns(shop=pl.Series(["a", "b", "a"])), "column 'shop': rows of several tasks.*got 2"),
        (lambda f: f.with_columns(sold=pl.Series([1.0, None, 2.0])), "column 'sold': row 1: target is missing"),
        (lambda f: f.with_columns(sold=pl.Series([1.0, 2.0, float("inf")])), "column 'sold': row 2"),
        (lambda f: f.with_columns(price=pl.Series(["x", "1", "2"])), "column 'price': row 0"),
    ],
)
def test_refused_support(
    change: Callable[[pl.DataFrame], pl.DataFrame], said: str, model: Model, table: Tables
) -> None:
    """A missing column, rows of two tasks, a bad value: column and row are named."""
    with pytest.raises(DataError, match=said):
        model("number").adapt(change(table("number").frame[:3]))


def test_refused_descriptor(model: Model) -> None:
    """What is no descriptor cannot be told as one."""
    with pytest.raises(DataError, match="column 'city': not a descriptor; expected town"):
        model("number").adapt(None, descriptor={"city": "x"})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda f: f.drop("kind"), "column 'kind': missing; expected a column of the query rows"),
        (lambda f: f.head(0), "no rows to predict"),
        (lambda f: f.with_columns(day=pl.Series([date(1970, 1, 9), date(1970, 1, 2)])), "column 'day': row 1"),
    ],
)
def test_refused_query(change: Callable[[pl.DataFrame], pl.DataFrame], said: str, model: Model, table: Tables) -> None:
    """A missing column, no rows at all, a row that is earlier than what the support knows."""
    frame = table("number").frame
    with pytest.raises(DataError, match=said):
        model("number").adapt(frame[:3]).predict(change(frame[3:5]))


def test_query_at_the_last_moment(model: Model, table: Tables) -> None:
    """The same day as the last support row is no look into the past."""
    frame = table("number").frame
    assert len(model("number").adapt(frame[:3]).predict(frame[2:3])) == 1


def test_nothing_to_rank(model: Model) -> None:
    """Without a catalogue there must be query rows."""
    with pytest.raises(DataError, match="nothing is asked"):
        model("number").adapt(None).predict()


def test_catalogue(model: Model) -> None:
    """Without query rows every item is ranked by name; with some, those are."""
    task = model("choice").adapt(pl.DataFrame({"item": ["i1", "i4"]}))
    items, scores = task.predict().top(6)
    assert sorted(items.tolist()) == [f"i{i}" for i in range(6)]
    some = task.predict(pl.DataFrame({"item": items[[3, 0]]}))
    assert some.top(2)[1] == pytest.approx(scores[[0, 3]], rel=1e-5)


def test_ratings_of_the_whole_catalogue(model: Model) -> None:
    """Of a rating, no query rows mean every item, in the order of the catalogue."""
    task = model("rating").adapt(pl.DataFrame({"item": ["i1"], "stars": [4]}))
    every = task.predict()
    some = task.predict(pl.DataFrame({"item": ["i3"]}))
    assert len(every) == 6
    assert every.mean[3] == pytest.approx(some.mean[0], rel=1e-5)


def test_unknown_item_in_the_support(model: Model) -> None:
    """It teaches nothing and is not counted; it is not taken for another item."""
    made = model("choice")
    known = made.adapt(pl.DataFrame({"item": ["i1"]}))
    more = made.adapt(pl.DataFrame({"item": ["brand new", "i1"]}))
    assert more.k == known.k == 1
    assert more.predict().top(6)[1] == pytest.approx(known.predict().top(6)[1], rel=1e-5)
    none = made.adapt(pl.DataFrame({"item": ["brand new"]})).predict()
    assert (none.tier, none.k) == ("prior", 0)


def test_unknown_item_in_the_query(model: Model) -> None:
    """It is refused with its row, rather than answered as if it were another."""
    task = model("rating").adapt(None)
    with pytest.raises(DataError, match="column 'item': row 1: unknown item; expected an item it knows; got brand new"):
        task.predict(pl.DataFrame({"item": ["i1", "brand new"]}))


@pytest.mark.parametrize("target", TARGETS)
def test_update_is_immutable(target: str, model: Model, table: Tables) -> None:
    """The task before the feedback stays as it was."""
    made, frame = model(target), table(target).frame
    query: Any = None if target == "choice" else frame[3:4]
    task = made.adapt(frame[:2])
    before = task.predict(query).to_dict()
    told = task.update(frame[2:3])
    assert (task.k, told.k) == (2, 3)
    assert task.predict(query).to_dict() == before
    assert told.predict(query).to_dict() != before


def test_last_moment_never_goes_back(model: Model, table: Tables) -> None:
    """Late news of an early day do not make the days in between the future again."""
    frame = table("number").frame
    task = model("number").adapt(frame[3:5])
    assert task.update(frame[:1]).last_moment == task.last_moment == date(1970, 1, 5)
    assert task.update(frame[:1].drop("day")).last_moment == date(1970, 1, 5)


def test_a_repeated_choice_is_one_row(model: Model) -> None:
    """Two, three or one purchase of an item are the same support, at once, later, or for many tasks together."""
    made = model("choice")
    once, twice = (made.adapt(pl.DataFrame({"item": items})) for items in (["i1", "i4"], ["i1", "i1", "i4"]))
    later = once.update(pl.DataFrame({"item": ["i4", "i1", "i4"]}))
    frame = pl.DataFrame(
        {"user": ["u"] * 3, "item": ["i1", "i1", "i4"], "age": [None] * 3}, schema_overrides={"age": pl.String}
    )
    items = pl.DataFrame({"item": list(made.codec.items), "size": np.arange(6) / 2})
    together = made.adapt_many(TaskSet.of(Table("again", frame, made.schema, items)))[0]
    for task in (twice, later, together):
        assert task.k == once.k == 2
        np.testing.assert_allclose(task.predict().distribution.scores, once.predict().distribution.scores, rtol=1e-5)
    grown = once.update(pl.DataFrame({"item": ["i1", "i2", "i2"]}))
    whole = made.adapt(pl.DataFrame({"item": ["i1", "i4", "i2"]}))
    assert grown.k == 3
    np.testing.assert_allclose(
        grown.predict().distribution.scores, whole.predict().distribution.scores, rtol=1e-4, atol=1e-5
    )


def test_a_repeated_rating_counts_twice(model: Model) -> None:
    """A rating is a measurement: a second one makes the task surer."""
    made = model("rating")
    once, twice = (made.adapt(pl.DataFrame({"item": ["i1"] * n, "stars": [5] * n})) for n in (1, 2))
    asked = pl.DataFrame({"item": ["i1"]})
    assert twice.k == 2
    assert twice.predict(asked).mean[0] != once.predict(asked).mean[0]


def test_scores_of_an_item_for_many_tasks(model: Model, table: Tables) -> None:
    """A column of the scores is what each task alone gives the item, in the order that was asked for."""
    made, tasks = model("choice"), TaskSet.of(table("choice"))
    many = made.adapt_many(tasks)
    scores = many.scores(["i4", "i1"])
    assert scores.shape == (len(tasks), 2)
    for t in range(len(tasks)):
        alone = many[t].predict().distribution.scores
        np.testing.assert_allclose(scores[t], alone[[4, 1]], rtol=1e-4, atol=1e-5)


def test_scores_need_known_items_and_a_ranking(model: Model, table: Tables) -> None:
    """An item that the catalogue does not know is named; a model of numbers ranks nothing."""
    with pytest.raises(DataError, match=r"column 'item'.*unknown item.*'i9'"):
        model("choice").adapt_many(TaskSet.of(table("choice"))).scores(["i1", "i9"])
    with pytest.raises(UsageError, match="need a model that ranks a catalogue"):
        model("number").adapt_many(TaskSet.of(table("number"))).scores(["i1"])
