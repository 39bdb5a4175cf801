"""`warmstart predict`: what an adapted model says of a task's rows, or of its catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._show import number, show_json, show_table
from warmstart.cli._task import Descriptor, Json, Model, Query, State, SupportFile, open_task

if TYPE_CHECKING:
    from warmstart.engine.adapted import Adapted
    from warmstart.prediction import Prediction

__all__ = ["predict"]


def predict(
    model: Model,
    state: State = None,
    support: SupportFile = None,
    descriptor: Descriptor = None,
    query: Query = None,
    top: Annotated[int, typer.Option(min=1, help="Items to show of a catalogue.")] = 10,
    as_json: Json = False,
) -> None:
    """Predict the query rows of one task: a distribution each. Without `--query`, the best of the catalogue."""
    from warmstart.tables.readers import read_table

    task = open_task(model, state, support, descriptor)
    rows = None if query is None else read_table(query)
    prediction, labels = _asked(task, rows, top)
    told = prediction.to_dict(top if rows is None else len(prediction))
    if as_json:
        show_json(told if labels is None else {"items": labels, **told})
        return
    print(f"{told['tier']}, {told['k']} support rows, model {told['model_version']}")
    show_table(*_laid_out(told, labels))


def _asked(task: Adapted, rows: Any, top: int) -> tuple[Prediction, list[str] | None]:
    """The answer, and the names of the items where the answer itself does not hold them."""
    import polars as pl

    item, answer = task.model.schema.item, task.predict(rows)
    if item is None or answer.family == "scores":
        return answer, None
    if rows is None:  # of a number for every item, the largest
        best = answer.mean.argsort(kind="stable")[::-1][:top]
        rows = pl.DataFrame({item: [task.model.codec.items[i] for i in best]})
        answer = task.predict(rows)
    return answer, rows[item].cast(pl.String).to_list()


def _laid_out(told: dict[str, Any], labels: list[str] | None) -> tuple[Sequence[str], list[Sequence[str]]]:
    """Column names, and a row for each query row."""
    columns: dict[str, list[Any]]
    match told["family"]:
        case "scores":
            ranks = [str(rank) for rank in range(1, len(told["items"]) + 1)]
            columns = {"rank": ranks, "item": told["items"], "score": told["scores"]}
        case "bernoulli" | "categorical" | "ordinal":
            chances = zip(*told["probability"], strict=True)
            by_label = {f"p({name})": list(p) for name, p in zip(told["labels"], chances, strict=True)}
            expected = {"mean": told["mean"]} if "mean" in told else {}
            best = {"most probable": [str(m) for m in told["mode"]]}
            columns = {**_first(labels, len(told["mode"])), **best, **expected, **by_label}
        case _:
            numbers = {name: told[name] for name in ("mean", "median", "std", "low90", "high90")}
            columns = {**_first(labels, len(told["mean"])), **numbers}
    rows = zip(*columns.values(), strict=True)
    return list(columns), [[v if isinstance(v, str) else number(v) for v in row] for row in rows]


def _first(labels: list[str] | None, n: int) -> dict[str, list[Any]]:
    """The column that says which row is meant."""
    return {"row": [str(i) for i in range(n)]} if labels is None else {"item": labels}
