"""`outer_step`: one step of the outer loop, over groups of tasks whose supports are about as long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import optax

from warmstart.tasks.episodes import Batch
from warmstart.types import Rows

__all__ = ["Summed", "outer_step"]

Summed = Callable[[Any, Rows, Any, Batch], tuple[Any, Any]]
"""The sum of a loss over the tasks of a batch, and how many tasks counted."""


def outer_step(loss: Summed, optimizer: optax.GradientTransformation) -> Callable[..., tuple[Any, Any]]:
    """A function of parameters, optimizer state, catalogue, shown items and groups that gives the first two after it.

    Every group is padded to a width of its own, so that little work goes to padding; one program is compiled for each
    shape of a group. Parameters are one flat vector, which compiles fast; the old ones are given up.
    """

    def gradient(params: Any, before: Any, catalogue: Rows, shown: Any, batch: Batch) -> Any:
        found = jax.grad(loss, has_aux=True)(params, catalogue, shown, batch)
        return found if before is None else jax.tree.map(jnp.add, before, found)

    def apply(params: Any, state: Any, before: Any, catalogue: Rows, shown: Any, batch: Batch) -> tuple[Any, Any]:
        total, tasks = gradient(params, before, catalogue, shown, batch)
        updates, state = optimizer.update(total / jnp.maximum(tasks, 1), state, params)
        return optax.apply_updates(params, updates), state

    add, last = jax.jit(gradient, donate_argnums=1), jax.jit(apply, donate_argnums=(0, 1))

    def step(params: Any, state: Any, catalogue: Rows, shown: Any, groups: Sequence[Batch]) -> tuple[Any, Any]:
        summed = None
        for group in groups[:-1]:
            summed = add(params, summed, catalogue, shown, group)
        stepped: tuple[Any, Any] = last(params, state, summed, catalogue, shown, groups[-1])
        return stepped

    return step
