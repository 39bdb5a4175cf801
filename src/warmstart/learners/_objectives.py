"""What gradient-based learners are trained on where it is not −log p(query | support); in JAX alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from warmstart.learners._fast_weights import still
from warmstart.learners.contract import Episodic, Params
from warmstart.learners.likelihoods import likelihood
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["HONEST", "MOVING", "foretold", "held", "inner_product", "surprise", "together"]

MOVING = ("layers", "told")
"""Parameters that inner steps move."""
HONEST = ("log_noise", "log_doubt", "log_pace", "log_rate", "cuts")
"""Parameters that say how sure the learner is and how far it steps: only rows that were held out can tell."""

_TINY = 1e-9


def surprise(spec: Spec, latent: Latent, y: Array, mask: Array) -> Array:
    """Mean of −log p(y) over rows [rows], each by its weight `mask`."""
    log_p = likelihood(spec.likelihood).log_prob(latent, y)
    xp = mask.__array_namespace__()
    return -xp.sum(log_p * mask) / xp.maximum(xp.sum(mask), _TINY)


def foretold(
    learner: Episodic,
    spec: Spec,
    params: Params,
    descriptor: Rows,
    support: Support,
    query: Query,
    y: Array,
    mask: Array,
) -> Array:
    """−log p(query | support), from which the parameters of `HONEST` alone learn: honest, the query being held out."""
    fixed = held(params, set(params) - set(HONEST))
    state = learner.adapt(spec, fixed, descriptor, support._replace(x=still(support.x)))
    return surprise(spec, learner.predict(spec, fixed, state, query._replace(x=still(query.x))), y, mask)


def together(support: Support, query: Query, y: Array, mask: Array) -> Support:
    """All rows of a task as its support: where there is no split into support and query."""
    xp = y.__array_namespace__()
    asked = Support(query.x, query.item, y, mask, query.offset)
    told = support._replace(treated=None)  # of no concern to episodic learners
    return Support(*(xp.concatenate(pair, axis=0) for pair in zip(told[:-1], asked[:-1], strict=True)))


def held(params: Params, names: Collection[str]) -> dict[str, Any]:
    """The parameters, those of `names` held still: no gradient reaches them."""
    import jax

    return {name: jax.tree.map(still, part) if name in names else part for name, part in params.items()}


def inner_product(params: Params, gradient: Mapping[str, Any]) -> Array:
    """A number whose gradient by the parameters is `gradient`, a part of their tree; its own value says nothing.

    Written as products of vectors, so that a batch of tasks is summed by a matrix product.
    """
    import jax

    def of(part: Any, other: Any) -> Any:
        if isinstance(other, Mapping):
            return sum(of(part[name], below) for name, below in other.items())
        return part.ravel() @ jax.lax.stop_gradient(other).ravel()

    return of(params, gradient)
