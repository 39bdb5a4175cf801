"""Whom to show a new item of Ta-Feng first: `python -m benchmarks.audience`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import polars as pl

import warmstart as ws
from warmstart.decide.audience import audience
from warmstart.evaluate.bootstrap import Interval, interval, paired_difference
from warmstart.evaluate.protocols import Plan, protocol
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import load_problem
from warmstart.tables.table import Table
from warmstart.tasks.taskset import TaskSet

_WARM = 5  # distinct items before the cut-off that make a customer known
_SHARES = (0.01, 0.05)  # of the known customers are shown the item
_AT_ONCE, _SEED = 512, 0
_OURS = "newcomers × activity"


class _Shop(NamedTuple):
    """What is known at the cut-off, and who bought which new item afterwards."""

    customers: TaskSet
    """The known ones, with their rows before the cut-off."""
    items: pl.DataFrame
    """New items that a known customer buys, with what they are."""
    bought: np.ndarray
    """bool[customers, items]"""


def lines() -> Iterator[str]:
    """Of an item's buyers the share among the customers picked, mean over items, and our lead over each other rule."""
    recommend = scenario("recommend")
    problem = load_problem(recommend, "ta-feng")
    plan = protocol("new-items")(problem.table, problem.sampling, _SEED)[0]
    model = ws.meta_train(plan.train, recommend.contest("ranking").make("newcomers"), settings=problem.settings)
    shop = _shop(problem.table, plan)
    yield f"{len(shop.customers):,} known customers, {len(shop.items):,} new items, {shop.bought.sum():,} purchases"
    yield from ("", "| | top 1 % | top 5 % |", "|---|---|---|")
    caught = {}
    for name, scores in _rules(model, shop):
        caught[name] = _caught(scores, shop.bought)
        yield f"| {name} | {' | '.join(map(_said, map(interval, caught[name])))} |"
    ours = caught.pop(_OURS)
    yield ""
    for name, shares in caught.items():
        yield f"{_OURS} before {name}: {', '.join(map(_said, map(paired_difference, ours, shares)))}"


def _shop(table: Table, plan: Plan) -> _Shop:
    asked, train = plan.trials[0].items, plan.train
    assert table.items is not None
    assert asked is not None
    distinct = train.frame.group_by("customer").agg(pl.col("item").n_unique())
    known = distinct.filter(pl.col("item") >= _WARM)["customer"].implode()
    customers = train.take(np.flatnonzero(train.firsts["customer"].is_in(known)))
    items = asked.to_frame().join(table.items, on="item", maintain_order="left")
    later = table.frame.filter(pl.col("date") >= table.cutoff)
    bought = _counts(later, customers.firsts["customer"], items["item"], "item") > 0
    return _Shop(customers, items, bought)


def _rules(model: ws.MetaModel, shop: _Shop) -> Iterator[tuple[str, np.ndarray]]:
    """By name float64[customers, items]: the higher, the sooner shown."""
    names = shop.customers.firsts["customer"]
    activity = shop.customers.frame.group_by("customer").agg(pl.col("item").n_unique())
    often = names.to_frame().join(activity, on="customer", maintain_order="left")["item"].to_numpy()[:, None]
    tie = often / (1 + often.max())
    yield "activity", np.broadcast_to(often, shop.bought.shape)
    assert shop.customers.items is not None
    rows = shop.customers.frame.join(shop.customers.items, on="item")
    for kind in ("category", "subclass"):
        yield f"bought of the {kind}", _counts(rows, names, shop.items[kind], kind) + tie
    parts = (np.arange(i, min(i + _AT_ONCE, len(names))) for i in range(0, len(names), _AT_ONCE))
    asked = shop.items["item"].to_list()
    taste = np.concatenate([model.adapt_many(shop.customers.take(part)).scores(asked) for part in parts])
    yield "newcomers", taste
    yield _OURS, taste + np.log(often)


def _counts(rows: pl.DataFrame, customers: pl.Series, asked: pl.Series, kind: str) -> np.ndarray:
    """int64[customers, asked]: different items that a customer has of each `asked` value of the column `kind`."""
    values = asked.unique(maintain_order=True)
    of_customer = pl.DataFrame({"customer": customers}).with_row_index("row")
    of_value = pl.DataFrame({kind: values}).with_row_index("column")
    counted = (
        rows.group_by("customer", kind)
        .agg(number=pl.col("item").n_unique())
        .join(of_customer, on="customer")
        .join(of_value, on=kind)
    )
    counts = np.zeros((len(customers), len(values)), np.int64)
    counts[counted["row"].to_numpy(), counted["column"].to_numpy()] = counted["number"].to_numpy()
    place = asked.to_frame().join(of_value, on=kind, maintain_order="left")["column"].to_numpy()
    return counts[:, place]


def _caught(scores: np.ndarray, bought: np.ndarray) -> np.ndarray:
    """float64[shares, items]: the share of an item's buyers among the customers picked for it."""
    sizes = [round(share * len(bought)) for share in _SHARES]
    rng = np.random.default_rng(_SEED)
    audiences = (audience(score, max(sizes), rng) for score in scores.T)
    return np.array(
        [[buys[who[:size]].sum() / buys.sum() for size in sizes] for who, buys in zip(audiences, bought.T, strict=True)]
    ).T


def _said(found: Interval) -> str:
    return f"{100 * found.mean:.1f} % ± {50 * (found.high - found.low):.1f}"


if __name__ == "__main__":
    for line in lines():
        print(line, flush=True)
