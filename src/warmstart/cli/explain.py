"""`warmstart explain`: which support rows and which facts of a row carried an answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.cli._show import number, show_json, show_table
from warmstart.cli._task import Descriptor, Json, Model, Query, State, SupportFile, open_task

if TYPE_CHECKING:
    from warmstart.explain.explanation import Explanation

__all__ = ["explain"]

_ROWS, _CODES = 3, 4


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
    print(f"answer: {why.about}; {how}; a reason code, what changes with the usual value")
    columns = ("query", "prior", "answer", "support rows", "reason codes")
    show_table(columns, (_row(why, i) for i in range(len(why.query))))


def _row(why: Explanation, i: int) -> tuple[str, ...]:
    support = "\n".join(f"{number(effect, sign='+')}  {name}" for name, effect in why.reasons(i, _ROWS))
    codes = "\n".join(map(str, why.reason_codes(i, _CODES)))
    return why.query[i], number(float(why.prior[i])), number(float(why.answer[i])), support, codes
