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
    import numpy as np

    from warmstart.decide.audience import audience

    if query is None:
        raise UsageError("--query FILE: expected a table of the rows to choose from; a treatment has no catalogue")
    answer = task.predict(Path(query))
    effect, (low, high) = answer.mean, answer.interval(0.9)
    chosen = audience(np.where(effect > 0, effect, -np.inf), size, np.random.default_rng(seed))
    above = int((effect > 0).sum())
    made: dict[str, Any] = {"tier": answer.tier, "k": answer.k, "model_version": answer.model_version, "seed": seed}
    if as_json:
        told = {"effect": effect, "low90": low, "high90": high}
        parts = {name: values[chosen].tolist() for name, values in told.items()}
        show_json({**made, "rows": chosen.tolist(), **parts, "asked": len(effect), "above_zero": above})
        return
    print(f"{made['tier']}, {made['k']} support rows, model {made['model_version']}")
    rows = ((rank, i, *(number(v[i]) for v in (effect, low, high))) for rank, i in enumerate(chosen.tolist(), 1))
    show_table(("rank", "row", "effect", "low90", "high90"), rows)
    print(f"{len(chosen)} of {len(effect)} rows; the effect is above zero on {above}")
