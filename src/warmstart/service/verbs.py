"""The verbs: what each request makes of a live task; everything but HTTP."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any

import numpy as np
import polars as pl

from warmstart.decide.rank import Filters
from warmstart.engine.adapted import Adapted
from warmstart.engine.model import MetaModel
from warmstart.errors import DataError, NotFound, UsageError
from warmstart.scenarios.choose_items import choose_items
from warmstart.scenarios.choose_rows import choose_rows
from warmstart.service.held_tasks import Task
from warmstart.service.live import Live
from warmstart.service.rows import frame_of
from warmstart.service.wire import About, AskedItems, AskedRows

__all__ = ["adapt", "cards", "decide", "explain", "predict", "recommend"]

_SEEDS = 2**53  # what every reader of JSON can hold


def adapt(live: Live, asked: About) -> dict[str, Any]:
    """What is known of the task."""
    task = _task(live, asked)
    card = {"scenario": live.scenario, "task": asked.task, "seq": task.seq, "bytes": task.adapted.nbytes}
    return _made(task) | card


def cards(lives: Iterable[Live], name: str) -> list[dict[str, Any]]:
    """What each scenario knows of a task, of those that events have told of it. Errors: `NotFound` for none."""
    known = [adapt(live, About(task=name)) for live in lives]
    told = [card for card in known if card["seq"]]
    if not told:
        raise NotFound("task", name, ())
    return told


def predict(live: Live, asked: AskedRows) -> dict[str, Any]:
    """A distribution for each query row, or the best items of the catalogue."""
    task = _task(live, asked)
    adapted = task.adapted
    if asked.query is not None or adapted.model.codec.spec.likelihood == "ranking":
        return _made(task) | adapted.predict(_query(adapted, asked)).to_dict(asked.n)
    if not adapted.model.codec.items:
        raise UsageError("this model has no catalogue: ask about rows with `query`")
    best = adapted.predict().mean.argsort(kind="stable")[::-1][: asked.n]
    items = [adapted.model.codec.items[i] for i in best]
    query = pl.DataFrame({adapted.model.schema.item: items})
    return _made(task) | adapted.predict(query).to_dict() | {"items": items}


def recommend(live: Live, asked: AskedItems) -> dict[str, Any]:
    """Which items to show, in which order, and how likely that was."""
    task = _task(live, asked)
    model = task.adapted.model
    seed = secrets.randbelow(_SEEDS) if asked.seed is None else asked.seed
    filters = Filters(
        blocked=_named(model, "block", asked.block),
        allowed=None if asked.allowed is None else _named(model, "allowed", asked.allowed),
        policy=asked.already,
    )
    chosen = choose_items(task.adapted, asked.n, seed, filters=filters, explore=asked.explore)
    ranking, chances = chosen.ranking, chosen.ranking.propensity
    return _made(task) | {
        "items": chosen.names,
        "scores": ranking.scores.tolist(),
        "propensities": None if chances is None else chances.tolist(),
        "seed": seed,
        "shortfall": ranking.shortfall,
    }


def decide(live: Live, asked: AskedRows) -> dict[str, Any]:
    """Whom to treat: the rows whose effect is largest, as long as it is above zero."""
    task = _task(live, asked)
    chosen = choose_rows(task.adapted, _query(task.adapted, asked), asked.n, 0)
    parts = {name: values.tolist() for name, values in chosen.effects.items()}
    return _made(task) | {"rows": chosen.rows.tolist(), **parts}


def explain(live: Live, asked: AskedRows) -> dict[str, Any]:
    """Which support rows and which columns moved each answer; without `query` of the ten best items."""
    task = _task(live, asked)
    return _made(task) | task.adapted.explain(_query(task.adapted, asked)).to_dict()


def _task(live: Live, asked: About) -> Task:
    return live.adapt(asked.task, asked.support, asked.descriptor)


def _made(task: Task) -> dict[str, Any]:
    """What every answer says of where it comes from."""
    k = task.adapted.k
    version = task.adapted.model.version
    return {"tier": "adapted" if k else "prior", "k": k, "model_version": version, "fresh": task.fresh}


def _query(adapted: Adapted, asked: AskedRows) -> pl.DataFrame | None:
    model = adapted.model
    return None if asked.query is None else frame_of(model.schema, asked.query, model.asked)


def _named(model: MetaModel, field: str, names: list[str]) -> np.ndarray:
    """bool[items] Errors: `DataError` for an item that the model does not know."""
    codec = model.codec
    places = codec.item_index(pl.Series(names, dtype=pl.String))
    if (places < 0).any():
        row = int(np.argmax(places < 0))
        raise DataError("unknown item", column=field, row=row, expected="an item of the catalogue", got=names[row])
    return np.isin(np.arange(len(codec.items)), places)
