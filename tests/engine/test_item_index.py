"""`ItemIndex`: the same lists as scoring everything, and what cannot be indexed."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

from warmstart.engine.item_index import ItemIndex
from warmstart.engine.model import MetaModel
from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.popularity import Popularity
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

ITEMS, USERS, CHOSEN = 400, 30, 5


def shop() -> tuple[MetaModel, TaskSet]:
    """400 items with five numbers, and a model of random parameters; every user chose five items."""
    rng = np.random.default_rng(0)
    name = [f"i{i}" for i in range(ITEMS)]
    item = np.concatenate([rng.permutation(ITEMS)[:CHOSEN] for _ in range(USERS)])
    frame = pl.DataFrame({"user": np.repeat(np.arange(USERS), CHOSEN), "item": [name[i] for i in item]})
    items = pl.DataFrame({"item": name} | {f"x{j}": rng.normal(size=ITEMS) for j in range(5)})
    columns = (Column("user", Role.TASK), Column("item", Role.ITEM, Kind.CATEGORY))
    schema = Schema((*columns, *(Column(f"x{j}", Role.FEATURE) for j in range(5))), Target.CHOICE)
    tasks = TaskSet.of(Table("shop", frame, schema, items))
    codec = TaskCodec.fit(tasks)
    learner = BayesHead(features=8, hidden=(16,))
    params = learner.init(rng, codec.spec, {"item_count": rng.integers(0, 50, ITEMS)})
    return MetaModel(codec, learner, params, codec.catalogue(tasks)), tasks


def test_finds_what_scoring_everything_finds() -> None:
    """Of each user the same ten items in the same order, with the same scores; chosen ones are always found."""
    model, tasks = shop()
    model = replace(model, params=model.learner.finish(model.params, {}))
    adapted = model.adapt_many(tasks)
    best = ItemIndex.of(model, breadth=ITEMS).top(adapted, 10)
    for t in range(USERS):
        score = model.bound.predict_one(model.params, model.prepared, adapted[t].state, None).mean
        order = np.argsort(-score)[:10]
        assert best.item[t].tolist() == order.tolist()
        np.testing.assert_allclose(best.score[t], score[order], rtol=1e-4, atol=1e-5)


def test_one_user_alone() -> None:
    """A set of one user gets the list that the user gets among all."""
    model, tasks = shop()
    index = ItemIndex.of(model, breadth=ITEMS)
    alone, among = (index.top(model.adapt_many(each), 10) for each in (tasks.take(np.array([7])), tasks))
    assert alone.item.tolist() == [among.item[7].tolist()]


def test_a_list_is_no_longer_than_the_catalogue() -> None:
    """Asked for more items than there are, every item stands there once."""
    model, tasks = shop()
    best = ItemIndex.of(model, breadth=ITEMS).top(model.adapt_many(tasks), 2 * ITEMS)
    assert best.item.shape == (USERS, ITEMS)
    assert all(len(set(row)) == ITEMS for row in best.item.tolist())


def test_only_inner_products_are_indexed() -> None:
    """A list of what is popular has no vectors."""
    model, _ = shop()
    with pytest.raises(UsageError, match="popularity"):
        ItemIndex.of(replace(model, learner=Popularity()))


def test_concepts_page() -> None:
    """The example of the page runs: ten different items for each of its 200 users."""
    page = (Path(__file__).parents[2] / "docs" / "concepts.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (block,) = [each for each in blocks if "ItemIndex" in each]
    held: dict[str, Any] = {}
    exec(block, held)
    assert held["best"].item.shape == (200, 10)
    assert all(len(set(row)) == 10 for row in held["best"].item.tolist())


def test_answers_for_its_own_model_alone() -> None:
    """Tasks adapted by another model are refused."""
    mine, tasks = shop()
    other = replace(mine, version="other")
    with pytest.raises(UsageError, match="model"):
        ItemIndex.of(mine).top(other.adapt_many(tasks))
