"""`surprise`: how far what happened lies from what was expected before it was learned."""

from __future__ import annotations

import numpy as np
import polars as pl

from warmstart.engine.model import MetaModel
from warmstart.errors import UserError
from warmstart.prediction import Count, Normal, Prediction, Scores
from warmstart.service.live import Live
from warmstart.service.rows import frame_of
from warmstart.store.log import EventLog, Logged
from warmstart.tables._values import floats, labels

__all__ = ["surprise"]

_ROWS = 100  # of its task that an expectation rests on, the latest
_REACH = 5.0  # standard deviations, or nats


def surprise(live: Live, log: EventLog, logged: Logged) -> float:
    """From 0 to 1, by the model that answers now and the task's earlier events; NaN where it expects nothing.

    Of numbers and counts the error in standard deviations, of classes the negative logarithm of their probability (5
    or more is 1); of items the share of the catalogue that was ranked above. An effect is never seen; a row from before
    the task's latest is not judged.
    """
    model, event = live.model, logged.event
    if model.schema.treatment is not None:
        return np.nan
    before = log.of_task(live.tenant, live.scenario, event.task, most=_ROWS, before=logged.seq)
    try:
        row = frame_of(model.schema, [event.row], ())
        adapted = live.of(model, before).adapted
        return _of(model, adapted.predict(None if model.codec.spec.likelihood == "ranking" else row), row)
    except UserError:
        return np.nan


def _of(model: MetaModel, expected: Prediction, row: pl.DataFrame) -> float:
    target = model.codec.target.column
    if target is None:
        return _ranked(model, expected, row)
    match expected.distribution:
        case Normal() | Count():
            reach = _REACH * max(float(expected.std[0]), np.finfo(np.float64).tiny)
            return min(abs(float(floats(row[target])[0] - expected.mean[0])) / reach, 1.0)
        case _:
            return min(-float(expected.log_prob(labels(row[target]).to_list())[0]) / _REACH, 1.0)


def _ranked(model: MetaModel, expected: Prediction, row: pl.DataFrame) -> float:
    assert model.schema.item is not None
    item = int(model.codec.item_index(row[model.schema.item])[0])
    match expected.distribution:
        case Scores(scores=scores) if item >= 0:
            return float((scores > scores[item]).mean())
        case _:
            return np.nan
