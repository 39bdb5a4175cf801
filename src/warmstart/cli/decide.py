"""`warmstart decide`: which items of a model's catalogue to show to a task, and why; or whom to treat."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from warmstart.cli._items import items_in_stock, named_items
from warmstart.cli._show import number, show_json, show_table
from warmstart.cli._task import Descriptor, Json, Model, State, SupportFile, open_task
from warmstart.cli._whom import decide_whom
from warmstart.errors import UsageError

if TYPE_CHECKING:
    from warmstart.decide.rank import Ranking

__all__ = ["decide"]

Items = Annotated[
    str | None,
    typer.Option("--query", metavar="ITEMS", help="What alone to choose from: a table file, or ids by commas."),
]
Block = Annotated[str | None, typer.Option(metavar="ITEMS", help="Items not to show: a table file, or ids by commas.")]
Stock = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="A table of the items in stock; in a column `stock`, what is above 0 counts."),
]
Already = Annotated[Literal["show", "hide", "last"], typer.Option(help="What becomes of the items of the support.")]
Relevance = Annotated[
    float | None,
    typer.Option(metavar="LAMBDA", min=0, max=1, help="Maximal marginal relevance: 1 ranks by score, 0 by difference."),
]
Explore = Annotated[
    bool, typer.Option("--explore", help="Leave places to chance, and say how likely each was filled as it was.")
]
Temperature = Annotated[
    float | None, typer.Option(help="How far to explore, in the unit of the score, rather than as far as in doubt.")
]
Seed = Annotated[int, typer.Option(min=0, help="Of ties and exploration: another one for each list that is shown.")]

Reasons = tuple[tuple[tuple[str, float], ...], ...]


def decide(
    model: Model,
    state: State = None,
    support: SupportFile = None,
    *,
    descriptor: Descriptor = None,
    query: Items = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="Items to show, or rows to treat, at most.")] = 10,
    diversity: Relevance = None,
    already: Already = "show",
    block: Block = None,
    stock: Stock = None,
    explore: Explore = False,
    temperature: Temperature = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Decide which items of the catalogue to show to one task, and why; where an effect is predicted, whom to treat."""
    from warmstart.decide.rank import Filters
    from warmstart.scenarios.choose_items import choose_items

    if temperature is not None and not explore:
        raise UsageError("--temperature says how far to explore; it goes with --explore")
    task = open_task(model, state, support, descriptor)
    if task.model.codec.spec.effect:
        if diversity is not None or block is not None or stock is not None or explore or already != "show":
            raise UsageError("this model predicts an effect; to decide whom to treat takes --query, --top and --seed")
        decide_whom(task, query, top, seed, as_json=as_json)
        return
    in_stock, unknown = (None, 0) if stock is None else items_in_stock(task.model, stock)
    filters = Filters(
        stock=in_stock,
        blocked=None if block is None else named_items(task.model, block, "--block"),
        allowed=None if query is None else named_items(task.model, query, "--query"),
        policy=already,
    )
    chosen = choose_items(
        task,
        top,
        seed,
        filters=filters,
        relevance=diversity,
        explore=explore,
        temperature=temperature,
    )
    answer = chosen.answer
    made: dict[str, Any] = {"tier": answer.tier, "k": answer.k, "model_version": answer.model_version, "seed": seed}
    made |= {"explored": chosen.explored, "unknown_in_stock": unknown}
    (_as_json if as_json else _as_table)(made, chosen.ranking, chosen.names, chosen.reasons())


def _as_json(made: dict[str, Any], ranking: Ranking, names: Sequence[str], because: Reasons) -> None:
    shown = {
        "items": names,
        "scores": ranking.scores.tolist(),
        "before": ranking.before.tolist(),
        "propensity": None if ranking.propensity is None else ranking.propensity.tolist(),
        "because": [[{"row": row, "effect": effect} for row, effect in each] for each in because],
    }
    left = {"asked": ranking.asked, "filtered": ranking.filtered, "shortfall": ranking.shortfall}
    show_json({**made, **shown, **left})


def _as_table(made: dict[str, Any], ranking: Ranking, names: Sequence[str], because: Reasons) -> None:
    explored = f", explored by {made['explored']} with seed {made['seed']}" if made["explored"] else ""
    print(f"{made['tier']}, {made['k']} support rows, model {made['model_version']}{explored}")
    columns: dict[str, Sequence[str]] = {
        "rank": [str(place + 1) for place in range(len(names))],
        "item": names,
        "score": [number(score) for score in ranking.scores.tolist()],
        "rank by score": [str(place) for place in ranking.before],
    }
    if ranking.propensity is not None:
        columns["propensity"] = [number(chance) for chance in ranking.propensity.tolist()]
    columns["because of"] = [_said(each) for each in because]
    if names:
        show_table(list(columns), zip(*columns.values(), strict=True))
    if ranking.shortfall:
        print(ranking.shortfall)
    elif ranking.filtered:
        print("left out: " + ", ".join(f"{count} {reason}" for reason, count in ranking.filtered.items()))
    if made["unknown_in_stock"]:
        print(f"ids of the stock that the model does not know: {made['unknown_in_stock']}")


def _said(because: Sequence[tuple[str, float]]) -> str:
    return ", ".join(f"{row} ({number(effect, '+')})" for row, effect in because) or "popular / prior"
