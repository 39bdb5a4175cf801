"""`Influence`: what the prior says of each query row and what each support row adds, on the link scale."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = ["Influence"]


class Influence(NamedTuple):
    """Latent = prior + sum over support of parts, where `exact`; else parts are changes when one row is left out."""

    prior: np.ndarray
    """float[query, outputs]"""
    parts: np.ndarray
    """float[query, support, outputs]"""
    exact: bool
