"""A new store after 0, 1, 3 and 10 weeks: how the answer, its interval and its reasons change with every row.

Run it with `python examples/new_store.py`; it takes some seconds and needs no data.
"""

from __future__ import annotations

import numpy as np
import polars as pl

import warmstart as ws

SCHEMA = ws.Schema(
    (
        ws.Column("store", ws.Role.TASK, ws.Kind.CATEGORY),
        ws.Column("city", ws.Role.DESCRIPTOR, ws.Kind.CATEGORY),
        ws.Column("price", ws.Role.FEATURE),
        ws.Column("sold", ws.Role.TARGET),
    )
)


def weeks(stores: int, seed: int) -> pl.DataFrame:
    """Ten weeks of each store: sales fall with the price, in every store by another slope; large cities sell more."""
    rng = np.random.default_rng(seed)
    store = np.repeat(np.arange(stores), 10)
    large = rng.integers(0, 2, stores).astype(bool)
    level = 20 + 5 * large + rng.normal(0, 2, stores)
    slope = 3 + rng.normal(0, 1, stores)
    price = rng.uniform(1, 3, store.size)
    sold = level[store] - slope[store] * price + rng.normal(0, 0.5, store.size)
    city = np.where(large, "large", "small")[store]
    return pl.DataFrame({"store": store, "city": city, "price": price, "sold": sold})


def main() -> None:
    """Meta-train on a hundred stores, then meet a new one."""
    model = ws.meta_train(ws.TaskSet.from_table(weeks(100, seed=0), SCHEMA), steps=1000)
    new = weeks(1, seed=1)
    asked = pl.DataFrame({"price": [2.0]})
    for k in (0, 1, 3, 10):
        shop = model.adapt(new[:k] if k else None, descriptor={"city": new["city"][0]})
        answer = shop.predict(asked)
        low, high = answer.interval(0.9)
        print(f"{k:>2} weeks known: {answer.mean[0]:5.1f} sold at price 2, 90 % between {low[0]:.1f} and {high[0]:.1f}")
    for row, effect in shop.explain(asked).reasons(0):
        print(f"   {row} moved the answer by {effect:+.2f}")


if __name__ == "__main__":
    main()
