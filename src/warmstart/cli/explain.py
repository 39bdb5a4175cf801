"""`warmstart explain`: which support rows and which columns carried an answer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from warmstart.cli._show import number, show_json, show_table
from warmstart.cli._task import Descriptor, Json, Model, Query, State, SupportFile, open_task

if TYPE_CHECKING:
    from warmstart.explain.explanation import Explanation

__all__ = ["explain"]

_SHOWN = 3


def explain(
    model: Model,
    state: State = None,
    support: SupportFile = None,
    descriptor: Descriptor = None,
    query: Query = None,
    as_json: Json = False,
) -> None:
    """Explain the answers to the query rows; without `--query`, those of the ten best items of the catalogue."""
    why = open_task(model, state, support, descriptor).explain(query)
    if as_json:
        show_json(why.to_dict())
        return
    how = "prior and support rows add up to it" if why.exact else "a support row counts what changes without it"
    print(f"answers on the {why.link} scale; {how}")
    show_table(("query", "prior", "answer", "support rows", "columns"), (_row(why, i) for i in range(len(why.query))))


def _row(why: Explanation, i: int) -> tuple[str, ...]:
    columns = sorted(((name, float(effect[i])) for name, effect in why.columns.items()), key=lambda c: -abs(c[1]))
    numbers = number(float(why.prior[i])), number(float(why.total[i]))
    return why.query[i], *numbers, _listed(why.reasons(i, _SHOWN)), _listed(columns[:_SHOWN])


def _listed(effects: Iterable[tuple[str, float]]) -> str:
    return "\n".join(f"{number(effect, sign='+')}  {name}" for name, effect in effects)
