"""Whom to treat: of the rows that are asked about, those on which the effect is largest, as far as a number reaches."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from warmstart.cli._show import number, show_json, show_table
from warmstart.errors import UsageError

if TYPE_CHECKING:
    from warmstart.engine.adapted import Adapted

__all__ = ["decide_whom"]


def decide_whom(task: Adapted, query: str | None, size: int, seed: int, *, as_json: bool) -> None:
    """Show at most `size` rows of the table `query`, the largest effect first; none that is not above zero.

    Ties are broken by `seed`. Errors: `UsageError` without a table, and those of predicting.
    """
    from warmstart.scenarios.choose_rows import choose_rows

    if query is None:
        raise UsageError("--query FILE: expected a table of the rows to choose from; a treatment has no catalogue")
    chosen = choose_rows(task, Path(query), size, seed)
    answer, places = chosen.answer, chosen.rows.tolist()
    made: dict[str, Any] = {"tier": answer.tier, "k": answer.k, "model_version": answer.model_version, "seed": seed}
    if as_json:
        parts = {name: values.tolist() for name, values in chosen.effects.items()}
        show_json({**made, "rows": places, **parts, "asked": chosen.asked, "above_zero": chosen.above_zero})
        return
    print(f"{made['tier']}, {made['k']} support rows, model {made['model_version']}")
    cells = zip(places, *(values.tolist() for values in chosen.effects.values()), strict=True)
    rows = ((rank, row, *map(number, values)) for rank, (row, *values) in enumerate(cells, 1))
    show_table(("rank", "row", *chosen.effects), rows)
    print(f"{len(places)} of {chosen.asked} rows; the effect is above zero on {chosen.above_zero}")
