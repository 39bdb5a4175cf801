"""Finds every scenario by import: the `SCENARIO` of each module of this package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache

import warmstart.scenarios as package
from warmstart.errors import NotFound
from warmstart.scenarios.scenario import Scenario

__all__ = ["scenario", "scenarios"]


@cache
def scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name."""
    modules = (importlib.import_module(f"{package.__name__}.{m.name}") for m in pkgutil.iter_modules(package.__path__))
    found = (vars(module).get("SCENARIO") for module in modules)
    return {s.name: s for s in found if s is not None}


def scenario(name: str) -> Scenario:
    """The scenario of this name. Errors: `NotFound`, offering the nearest names."""
    if name not in scenarios():
        raise NotFound("scenario", name, scenarios())
    return scenarios()[name]
