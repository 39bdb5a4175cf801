"""Finds every learner by import: a class in its own module of this package, named by its `name`."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import warmstart.learners as package
from warmstart.errors import NotFound, UsageError
from warmstart.learners.contract import CrossFitting, Episodic
from warmstart.learners.on_top_of import OnTopOf

__all__ = ["create", "describe", "learners"]


@cache
def learners() -> Mapping[str, type]:
    """Every learner class by its name."""
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if module.name.startswith("_"):
            continue
        held = importlib.import_module(f"{package.__name__}.{module.name}")
        for value in vars(held).values():
            if inspect.isclass(value) and value.__module__ == held.__name__ and _is_learner(value):
                found[str(vars(value)["name"])] = value
    return dict(sorted(found.items()))


def create(name: str, **parameters: Any) -> Any:
    """A learner by name; "bayes_head_on_global_boost" is one on top of the other.

    Errors: `NotFound` for an unknown name, `UsageError` for an unknown parameter or for two that do not go together.
    """
    if "_on_" in name:
        return _composed(name, parameters)
    if name not in learners():
        raise NotFound("learner", name, learners())
    _refuse_strange(name, parameters, [f.name for f in fields(learners()[name])])
    return learners()[name](**{key: _made(value) for key, value in parameters.items()})


def describe(learner: Any) -> dict[str, Any]:
    """Name and parameters, such that `create(name, **parameters)` gives an equal learner."""
    if isinstance(learner, OnTopOf):
        parts = {"base": learner.base, "learner": learner.learner}
        return {"name": learner.name, "parameters": {key: describe(part)["parameters"] for key, part in parts.items()}}
    return {"name": learner.name, "parameters": {f.name: _described(getattr(learner, f.name)) for f in fields(learner)}}


def _composed(name: str, parameters: Mapping[str, Any]) -> OnTopOf:
    _refuse_strange(name, parameters, ["base", "learner"])
    upper, _, lower = name.partition("_on_")
    base, learner = create(lower, **parameters.get("base", {})), create(upper, **parameters.get("learner", {}))
    if not isinstance(base, CrossFitting) or not isinstance(learner, Episodic):
        raise UsageError(f"{name}: expected an episodic learner on one that cross-fits; got {upper} on {lower}")
    return OnTopOf(base, learner)


def _refuse_strange(name: str, parameters: Mapping[str, Any], known: list[str]) -> None:
    strange = sorted(set(parameters) - set(known))
    if strange:
        raise UsageError(f"{name}: no parameter {strange[0]!r}; it has: {', '.join(known)}")


def _is_learner(value: type) -> bool:
    return is_dataclass(value) and isinstance(vars(value).get("name"), str) and "likelihoods" in vars(value)


def _described(value: Any) -> Any:
    """A parameter, in which a learner becomes its description."""
    if isinstance(value, tuple):
        return tuple(_described(v) for v in value)
    return describe(value) if is_dataclass(value) else value


def _made(value: Any) -> Any:
    """What was described, also from JSON, where tuples are lists."""
    if isinstance(value, list | tuple):
        return tuple(_made(v) for v in value)
    return create(value["name"], **value["parameters"]) if isinstance(value, dict) else value
