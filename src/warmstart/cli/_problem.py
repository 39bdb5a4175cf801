"""Reading the data that `--data` names, and looking them over before anything is trained on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from warmstart.cli._progress import watching

if TYPE_CHECKING:
    from warmstart.scenarios.problem import Problem
    from warmstart.scenarios.scenario import Scenario
    from warmstart.tables.quality import QualityReport

__all__ = ["read_problem"]


def read_problem(scenario: Scenario, data: str) -> tuple[Problem, QualityReport]:
    """The problem of a TOML or a data set of the catalogue, and its quality.

    Errors: `NotFound`, `NotReady`, `UsageError`, `DataError`: what the data cannot do is said before any training.
    """
    from warmstart.datasets import catalog
    from warmstart.datasets.fetch import fetch
    from warmstart.scenarios.problem import load_problem
    from warmstart.tables.quality import inspect

    if not data.endswith(".toml"):
        fetch(catalog.get(data))  # a download has its own bar, which must not run inside of ours
    with watching(f"reading {data}"):
        problem = load_problem(scenario, data)
        return problem, inspect(problem.table)
