"""`gate`: both versions are asked the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import polars as pl

from warmstart.engine.model import MetaModel
from warmstart.service.update.gate import gate
from warmstart.tables.table import Table
from warmstart.tasks.sampling import Sampling
from warmstart.tasks.taskset import TaskSet


def test_ratings_of_an_item_that_one_version_alone_knows_are_asked_of_neither(
    table: Callable[[str], Table], model: Callable[..., MetaModel]
) -> None:
    """Twenty users rate items that both know, and one that the candidate alone knows; twenty rate nothing but that."""
    rated = table("rating")
    assert rated.items is not None
    known = pl.DataFrame({"user": range(100, 120), "item": "i1", "age": "a0", "stars": 4})
    new = pl.DataFrame({"user": range(100, 140), "item": "brand new", "age": "a0", "stars": 1})
    items = pl.concat([rated.items, pl.DataFrame({"item": ["brand new"], "size": [0.5]})])
    told = pl.concat([rated.frame, *(part.cast(dict(rated.frame.schema)) for part in (known, new))])
    grown = replace(rated, frame=told, items=items)
    tasks = TaskSet.of(grown)
    held = tasks.take(np.flatnonzero([int(name) >= 100 for name in tasks.ids]))
    serving, candidate = model(rated), model(grown)
    found = gate(serving, candidate, held, Sampling(shots=(0,)), "mae")
    assert found.tasks == 20
    assert np.isfinite([found.serving, found.candidate]).all()
    assert gate(candidate, candidate, held, Sampling(shots=(0,)), "mae").tasks == 40
