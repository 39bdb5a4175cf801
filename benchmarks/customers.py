"""Lists for three customers whom a model has never seen, with reasons: `python -m benchmarks.customers`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import polars as pl

import warmstart as ws
from warmstart.datasets.catalog import load
from warmstart.decide.rank import Filters, rank, reasons
from warmstart.prediction import Scores
from warmstart.scenarios.catalog import scenario
from warmstart.tasks.taskset import TaskSet

_KNOWN = 2 / 3  # of the rows, by time, are learned from
_CUSTOMERS, _FIRST, _SHOWN, _SEED = 3, 5, 6, 7
_LEAST = 0.1  # of an effect on the score that is a reason


def lines() -> Iterator[str]:
    """Customers of Online Retail II that come first after the split and come back, drawn at random."""
    table = load("online-retail-2", "recommend")
    assert table.items is not None
    moment = table.frame["time"]
    cut = moment.sort()[int(_KNOWN * table.frame.height)]
    recommend = scenario("recommend")
    learner, settings = recommend.contest("ranking").make("rerank"), recommend.settings_for("ranking")
    model = ws.meta_train(
        TaskSet.of(replace(table, frame=table.frame.filter(moment < cut))), learner, settings=settings
    )
    title = dict(table.items.select("item", pl.col("description").str.strip_chars()).iter_rows())
    new = table.frame.filter(pl.col("time").min().over("customer") >= cut)
    back = new.filter(pl.col("time").n_unique().over("customer") > 1)["customer"].unique().sort().to_list()
    for customer in np.random.default_rng(_SEED).permutation(back)[:_CUSTOMERS]:
        rows = new.filter(customer=str(customer)).sort("time", maintain_order=True)
        first = rows.filter(pl.col("time") == rows["time"][0]).head(_FIRST)
        later = set(rows.filter(pl.col("time") > rows["time"][0])["item"])
        yield f"First bought: {'; '.join(title[item] for item in first['item'])}."
        yield from ("", "| shown | because of | bought later |", "|---|---|---|")
        for item, why in _shown(model.adapt(first)):
            because = "; ".join(title[row] for row, effect in why[:2] if effect > _LEAST) or "popular"
            yield f"| {title[item]} | {because} | {'yes' if item in later else ''} |"
        yield ""


def _shown(task: ws.Adapted) -> Iterator[tuple[str, list[tuple[str, float]]]]:
    """Items that the customer has not bought, best first, and the rows of the support that speak for each."""
    scores = task.predict().distribution
    assert isinstance(scores, Scores)
    names = task.model.codec.items
    bought = np.isin(np.arange(len(names)), task.evidence.support.item)
    filters = Filters(already=bought, policy="hide")
    best = rank(scores.scores, _SHOWN, np.random.default_rng(0), filters=filters)
    shown = [names[i] for i in best.items]
    why = task.explain(pl.DataFrame({"item": shown}))
    for item, because in zip(shown, reasons(why.parts, why.support), strict=True):
        yield item, list(because)


if __name__ == "__main__":
    print("\n".join(lines()))
