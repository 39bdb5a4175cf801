"""What meta-training minimises: −log p(query | support), or the learner's own objective, summed over tasks."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp

from warmstart.engine.bound import Traced
from warmstart.learners.contract import OwnObjective, Params
from warmstart.learners.likelihoods import likelihood
from warmstart.tasks.episodes import Batch
from warmstart.types import Rows

__all__ = ["Objective", "objective", "summed", "surprise"]

Objective = Callable[[Traced, Params, Any, Batch], Any]
"""What one task adds to the loss, from learner, parameters, embedded catalogue and episode."""

_TINY = 1e-9


def surprise(bound: Traced, params: Params, prepared: Any, task: Batch) -> Any:
    """−log p(query | support), each query row by its weight."""
    ranking = bound.spec.likelihood == "ranking"
    state = bound.adapt_one(params, prepared, task.descriptor, task.support)
    latent = bound.predict_one(params, prepared, state, None if ranking else task.query)
    log_p = likelihood(bound.spec.likelihood).log_prob(latent, task.query.item if ranking else task.y)
    return -jnp.sum(log_p * task.mask) / jnp.maximum(jnp.sum(task.mask), _TINY)


def objective(bound: Traced) -> Objective:
    """What the learner is trained on."""
    learner = bound.learner
    if not isinstance(learner, OwnObjective):
        return surprise

    def own(bound: Traced, params: Params, prepared: Any, task: Batch) -> Any:
        support, query = bound.embedded(params, prepared, task.support), bound.asked(params, prepared, task.query)
        return learner.objective(bound.spec, params, task.descriptor, support, query, task.y, task.mask)

    return own


def summed(
    bound: Traced,
    one: Objective,
    unravel: Callable[[Any], Params],
    flat: Any,
    catalogue: Rows,
    shown: Any,
    batch: Batch,
) -> tuple[Any, Any]:
    """Sum of `one` over the tasks that have a query, and how many these are; `flat` holds the parameters."""
    params = dict(unravel(flat))
    if "fixed" in params:
        params["fixed"] = jax.lax.stop_gradient(params["fixed"])
    prepared = bound.learner.embed(params, catalogue, shown) if bound.spec.items else None
    asked = jnp.sum(batch.mask, axis=1) > 0
    each = jax.vmap(partial(one, bound, params, prepared))(batch)
    return jnp.sum(each * asked), jnp.sum(asked)
