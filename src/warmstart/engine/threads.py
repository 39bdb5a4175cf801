"""`one_blas_thread`: batches of small matrices are many times faster when the linear algebra does not thread each."""

from __future__ import annotations

from contextlib import AbstractContextManager
from functools import cache

import jax
from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread"]


def one_blas_thread() -> AbstractContextManager[object]:
    """While it is open, BLAS and LAPACK calls of this process use one thread; JAX still works on all cores."""
    limits: AbstractContextManager[object] = _libraries().limit(limits=1, user_api="blas")
    return limits


@cache
def _libraries() -> ThreadpoolController:
    jax.numpy.linalg.inv(jax.numpy.eye(2))  # loads the library that JAX calls, so that the controller finds it
    return ThreadpoolController()
