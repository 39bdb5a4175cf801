"""`outer_step`: one step of the outer loop, over groups of tasks whose supports are about as long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax

from warmstart.tasks.episodes import Batch
from warmstart.types import Rows

__all__ = ["Summed", "outer_step"]

Summed = Callable[[Any, Rows, Any, Batch], tuple[Any, Any]]
"""The sum of a loss over the tasks of a batch, and how many tasks counted."""

_COMPILE = {"xla_backend_optimization_level": 1}
"""A tenth less time to compile than at level 3; how fast the program is, is decided before and in matrix products."""


def outer_step(loss: Summed, optimizer: optax.GradientTransformation) -> Callable[..., tuple[Any, Any]]:
    """A function of parameters, optimizer state, catalogue, shown items and groups that gives the first two after it.

    Every group is padded to a width of its own, so that little work goes to padding; one program is compiled for each
    shape of a group, all that a step needs at once. Parameters are one flat vector, which compiles fast; the old ones
    are given up.
    """

    def gradient(params: Any, before: Any, catalogue: Rows, shown: Any, batch: Batch) -> Any:
        found = jax.grad(loss, has_aux=True)(params, catalogue, shown, batch)
        return found if before is None else jax.tree.map(jnp.add, before, found)

    def apply(params: Any, state: Any, before: Any, catalogue: Rows, shown: Any, batch: Batch) -> tuple[Any, Any]:
        total, tasks = gradient(params, before, catalogue, shown, batch)
        updates, state = optimizer.update(total / jnp.maximum(tasks, 1), state, params)
        return optax.apply_updates(params, updates), state

    add = jax.jit(gradient, donate_argnums=1, compiler_options=_COMPILE)
    last = jax.jit(apply, donate_argnums=(0, 1), compiler_options=_COMPILE)
    compiled: set[Any] = set()

    def compile_all(params: Any, state: Any, catalogue: Rows, shown: Any, groups: Sequence[Batch]) -> None:
        before, calls = None, []
        for group in groups[:-1]:
            calls.append(add.trace(params, before, catalogue, shown, group))
            before = calls[-1].out_info
        calls.append(last.trace(params, state, before, catalogue, shown, groups[-1]))
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda call: call.lower().compile(), calls))

    def step(params: Any, state: Any, catalogue: Rows, shown: Any, groups: Sequence[Batch]) -> tuple[Any, Any]:
        shapes = tuple(np.shape(leaf) for leaf in jax.tree.leaves(groups))
        if shapes not in compiled:
            compile_all(params, state, catalogue, shown, groups)
            compiled.add(shapes)
        summed = None
        for group in groups[:-1]:
            summed = add(params, summed, catalogue, shown, group)
        stepped: tuple[Any, Any] = last(params, state, summed, catalogue, shown, groups[-1])
        return stepped

    return step
