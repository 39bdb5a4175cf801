"""One real new customer for the demo: what the model recommends after the first day, and because of which purchases."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

    from warmstart.engine.model import MetaModel
    from warmstart.tasks.taskset import TaskSet

__all__ = ["customer_story"]

_BOUGHT, _SHOWN, _REASONS = 3, 5, 2


def customer_story(model: MetaModel, customers: TaskSet) -> str:
    """The first of the new customers with three or more items on the first day and a later one; not chosen for success.

    Recommended is what that customer has not bought yet; of each item it is said whether a later day brought it.
    """
    import polars as pl

    schema, name = model.schema, _names(customers)
    item = str(schema.item)
    first_day, later = _halves(customers)
    bought = first_day[item].to_list()
    task = model.adapt(first_day)
    best, _ = task.predict().top(_SHOWN + len(bought))
    fresh = [one for one in best.tolist() if one not in bought][:_SHOWN]
    why = task.explain(pl.DataFrame({item: fresh}))
    known = ", ".join(f"{c} {first_day[c][0]}" for c in schema.task)
    lines = [
        f"A new customer ({known}), never seen in training, bought on the first day: {', '.join(map(name, bought))}."
    ]
    for i, one in enumerate(fresh):
        came = "bought later" if one in set(later[item]) else "not bought later"
        reasons = ", ".join(f"{name(label)} ({effect:+.2f})" for label, effect in why.reasons(i, _REASONS))
        lines.append(f"  {i + 1}. {name(one)}, {came}; because of {reasons}")
    return "\n".join(lines)


def _halves(customers: TaskSet) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The chosen customer's rows of the first day, one per item, and those of later days."""
    import polars as pl

    schema = customers.schema
    first = pl.col(str(schema.time)) == pl.col(str(schema.time)).min().over(schema.task)
    rows = customers.frame.with_columns(first.alias("")).unique(
        [*schema.task, str(schema.item), ""], maintain_order=True
    )
    fits = (pl.col("").sum().over(schema.task) >= _BOUGHT) & (~pl.col("")).any().over(schema.task)
    chosen = rows.filter(fits)
    own = chosen.join(chosen.head(1).select(schema.task), on=schema.task, how="semi", maintain_order="left")
    return own.filter(pl.col("")).drop(""), own.filter(~pl.col("")).drop("")


def _names(customers: TaskSet) -> Callable[[str], str]:
    """An item with its first feature, where the catalogue has one."""
    items = customers.items
    if items is None or items.width == 1:
        return str
    known = dict(items.select(items.columns[:2]).iter_rows())
    return lambda item: f"{item} ({items.columns[1]} {known.get(item)})"
