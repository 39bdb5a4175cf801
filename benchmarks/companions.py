"""Complements and substitutes found in the first months of Ta-Feng, looked at again in the later ones."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from warmstart.datasets.catalog import load
from warmstart.explain.companions import Companions, companions

_SHARED = 10  # customers of a pair before the cut-off


def measure() -> Iterator[tuple[str, float, str, str]]:
    """Pairs by what they were before the cut-off; a category is a subclass."""
    table = load("ta-feng", "recommend")
    assert table.items is not None
    items = table.items.with_row_index("place")
    category = items["subclass"].rank("dense").to_numpy().astype(np.int64)
    rows = table.frame.join(items.select("item", "place"), on="item")
    early = pl.col("date") < table.cutoff
    before = _pairs(rows.filter(early), category, _SHARED)
    after = _pairs(rows.filter(~early), category, 1)
    kinds = {
        "complements": before.complement,
        "substitutes": before.substitute,
        "pairs of one subclass": category[before.first] == category[before.second],
    }
    for name, chosen in kinds.items():
        lift = _again(before, chosen, after, len(category))
        yield f"{name} before", float(chosen.sum()), "", "-"
        yield f"{name} seen again", float(len(lift)), "", "-"
        yield f"{name} seen again, together more often than chance", float(100 * (lift > 1).mean()), "%", "-"


def _pairs(rows: pl.DataFrame, category: np.ndarray, least: int) -> Companions:
    """What a customer buys in a day is a basket."""
    lines = rows.unique(["customer", "date", "place"], maintain_order=True).select(
        "place", basket=pl.struct("customer", "date").rank("dense") - 1, customer=pl.col("customer").rank("dense") - 1
    )
    place, basket, customer = (lines[name].to_numpy().astype(np.int64) for name in ("place", "basket", "customer"))
    owner = np.zeros(int(basket.max()) + 1, np.int64)
    owner[basket] = customer
    return companions(basket, place, owner, category, least=least)


def _again(before: Companions, chosen: np.ndarray, after: Companions, items: int) -> np.ndarray:
    """float64[pairs]: the later mean lift of the chosen pairs that are seen again."""
    known, asked = after.first * items + after.second, (before.first * items + before.second)[chosen]
    order = np.argsort(known)
    at = order[np.minimum(np.searchsorted(known, asked, sorter=order), len(known) - 1)]
    lift: np.ndarray = after.together[at, 1][known[at] == asked]
    return lift
