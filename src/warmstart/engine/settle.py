"""`settled`: how sure a trained learner is, and how far it moves, by tasks that it has not learned from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax.flatten_util import ravel_pytree
from scipy.optimize import minimize

from warmstart.learners.contract import Params

__all__ = ["settled"]

_FEWEST = 10  # groups: how far tasks lie apart is badly told by fewer
_SPREAD = 5.0  # deviation of a logarithm beforehand
_FIRST = 0.5  # step of a logarithm
_FINE, _LEAST_GAIN = 0.05, 1e-5  # of a logarithm, and of the loss
_LOOKS = 25  # for each parameter


def settled(params: Any, tree: Params, names: Sequence[str], judge: Callable[[Any], float], groups: int) -> Any:
    """The flat parameters with all of each of `names` moved by one number, so that `judge` gives the least loss.

    `tree` is what the flat parameters stand for. An encoder has seen every row of the training tasks, and errs less on
    them than on others: what was learned there of noise is too little, and of a row's worth too much. Beforehand each
    number is normal about 0, and each of the `groups` that are judged counts as one observation; fewer than ten move
    nothing. The simplex method (Nelder, Mead 1965) finds them; where nothing is better they are 0.
    """
    if not names or groups < _FEWEST:
        return params
    directions = np.stack([_direction(tree, name) for name in names])

    def loss(moved: np.ndarray) -> float:
        found = judge(params + jnp.asarray(moved @ directions, params.dtype))
        return found + float(moved @ moved) / (2 * _SPREAD**2 * groups) if np.isfinite(found) else np.inf

    start = np.zeros(len(names))
    corners = np.vstack([start, _FIRST * np.eye(len(names))])
    how = {"initial_simplex": corners, "maxfev": _LOOKS * len(names), "xatol": _FINE, "fatol": _LEAST_GAIN}
    best = minimize(loss, start, method="Nelder-Mead", options=how).x
    return params + jnp.asarray(best @ directions, params.dtype)


def _direction(tree: Params, name: str) -> np.ndarray:
    """float32[parameters]: 1 in all of the part `name`, 0 elsewhere."""
    nothing = jax.tree.map(np.zeros_like, dict(tree))
    return np.asarray(ravel_pytree(nothing | {name: jax.tree.map(np.ones_like, tree[name])})[0], np.float32)
