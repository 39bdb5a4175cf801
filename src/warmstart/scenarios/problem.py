"""`Problem`: a scenario's table with how to split and train; made from a catalogue name or a user's TOML."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from warmstart.datasets.catalog import load
from warmstart.engine.settings import Settings
from warmstart.errors import UsageError
from warmstart.scenarios.scenario import Scenario
from warmstart.tables.config import load_config
from warmstart.tables.table import Table
from warmstart.tables.target import fit_target
from warmstart.tasks.sampling import Sampling

__all__ = ["Problem", "load_problem"]

_OF_THE_SCHEMA = {"group", "domain", "target_domain"}  # keys of [split] that say what a column is


@dataclass(frozen=True)
class Problem:
    """What `train` and `evaluate` work on."""

    table: Table
    sampling: Sampling
    settings: Settings
    likelihood: str


def load_problem(scenario: Scenario, data: str) -> Problem:
    """The problem of a TOML file (a name that ends in .toml) or of a data set of the catalogue.

    Errors: `NotFound`, `UsageError` for a TOML of another scenario, `DataError`, and those of fetching a data set.
    """
    if not data.endswith(".toml"):
        return _of_table(scenario, load(data, scenario.name))
    config = load_config(Path(data))
    if config.scenario != scenario.name:
        raise UsageError(f"{data} is for scenario {config.scenario!r}; asked for {scenario.name!r}")
    problem = _of_table(scenario, config.table())
    told = config.split.model_dump(exclude=_OF_THE_SCHEMA, exclude_unset=True)
    sampling = replace(problem.sampling, **told)
    train = config.train.model_dump(exclude_unset=True)
    settings = replace(problem.settings, shots=sampling.shots, order=sampling.order, **train)
    return replace(problem, sampling=sampling, settings=settings)


def _of_table(scenario: Scenario, table: Table) -> Problem:
    likelihood = fit_target(table.frame, table.schema).likelihood
    settings = scenario.settings_for(likelihood)
    order = "time" if settings.order == "random" and _ordered(table) else settings.order
    shots = table.shots or settings.shots
    settings = replace(settings, order=order, shots=shots, queries=table.horizon or settings.queries)
    sampling = Sampling(order=order, shots=shots, queries=table.horizon or Sampling.queries)
    return Problem(table, sampling, settings, likelihood)


def _ordered(table: Table) -> bool:
    """Whether time tells which rows of a task came first: not where tasks have rows, but all of one moment."""
    schema = table.schema
    if schema.time is None:
        return False
    tasks = table.frame.group_by(schema.task).agg(
        pl.len().alias("_rows"), pl.col(schema.time).n_unique().alias("_moments")
    )
    return bool((tasks["_moments"] > 1).any()) or not bool((tasks["_rows"] > 1).any())
