"""The contract of every learner: fit, adapt, predict.

Two kinds meet it. An `Episodic` learner gives pure functions of *one* task, written against the array API that NumPy
and JAX share; the engine batches, compiles, differentiates and trains them. A `Direct` learner fits in its own way and
works on a *batch* of tasks at once. Nothing else differs: the engine turns both into the same fitted model.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, runtime_checkable

import numpy as np

from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = [
    "ClosedForm",
    "Context",
    "CrossFitting",
    "Direct",
    "Episodic",
    "InnerProduct",
    "Named",
    "OwnObjective",
    "Params",
    "Settled",
    "Streaming",
]

Params = Mapping[str, Any]
"""A tree of string keys and arrays; it is saved as it is, so it holds nothing else."""


class Context(Protocol):
    """What the engine lends to a `Direct` learner while it fits."""

    @property
    def seed(self) -> int:
        """Of everything random."""

    def progress(self, done: float, total: float, note: str = "") -> None:
        """Tell how far the fit has come."""


@runtime_checkable
class Episodic(Protocol):
    """Pure functions of one task; meta-trained by the engine. No axis named `tasks` appears here."""

    name: ClassVar[str]
    likelihoods: ClassVar[frozenset[str]]

    def init(self, rng: np.random.Generator, spec: Spec, stats: Mapping[str, np.ndarray]) -> Params:
        """Initial parameters; `stats` holds training-task statistics such as item counts."""

    def finish(self, params: Params, stats: Mapping[str, np.ndarray]) -> Params:
        """The parameters after training: what is not learned is set from the statistics of all training tasks."""

    def embed(self, params: Params, rows: Rows, item: Array) -> Array:
        """What depends on a row alone, computed once for a catalogue: float32[rows, features]."""

    def adapt(self, spec: Spec, params: Params, descriptor: Rows, support: Support) -> Any:
        """What the support, oldest row first, has taught: a named tuple of arrays.

        A learner whose answer depends on that order says so by a property `ordered`.
        """

    def predict(self, spec: Spec, params: Params, state: Any, query: Query) -> Latent:
        """Belief about each query row."""


@runtime_checkable
class Streaming(Episodic, Protocol):
    """An episodic learner whose state can take further rows."""

    streaming: ClassVar[frozenset[str]]
    """Likelihoods for which `update` with new rows equals `adapt` to all rows."""

    def update(self, spec: Spec, params: Params, state: Any, support: Support) -> Any:
        """The state after further rows."""


@runtime_checkable
class ClosedForm(Streaming, Protocol):
    """A learner whose state is a posterior: it can also say what each row added."""

    def contributions(
        self, spec: Spec, params: Params, descriptor: Rows, state: Any, query: Query
    ) -> tuple[Array, Array]:
        """The prior's latent [query, outputs] and what each support row adds [query, support, outputs]."""


@runtime_checkable
class InnerProduct(Episodic, Protocol):
    """A learner whose score of an item is an inner product, but for items of the support.

    So the best items of a catalogue too large to be scored whole can be found in an index of vectors.
    """

    def item_vectors(self, embedded: Array) -> Array:
        """float32[items, features] of embedded catalogue rows."""

    def task_vectors(self, state: Any) -> Array:
        """float32[..., features] of the states of one task, or of many."""


@runtime_checkable
class OwnObjective(Episodic, Protocol):
    """An episodic learner that is trained on something else than −log p(query | support).

    Validation, and so early stopping, stays with −log p(query | support).
    """

    def objective(
        self, spec: Spec, params: Params, descriptor: Rows, support: Support, query: Query, y: Array, mask: Array
    ) -> Array:
        """What one task adds to the loss, a scalar; rows are embedded, `y` and `mask` are [query]."""


@runtime_checkable
class Settled(Episodic, Protocol):
    """An episodic learner that is told once more, when it is trained, how sure it may be."""

    def settles(self, spec: Spec) -> tuple[str, ...]:
        """Parameters, each the logarithm of something, that are moved as a whole by what held-out tasks say of them."""


class Direct(Protocol):
    """Fits on training tasks in its own way; every array below has a leading axis [tasks]."""

    name: ClassVar[str]
    likelihoods: ClassVar[frozenset[str]]

    def fit(self, train: Any, context: Context) -> Params:
        """Parameters from training tasks (`warmstart.tasks.TaskArrays`)."""

    def adapt(self, params: Params, descriptor: Rows, support: Support) -> Any:
        """What each support has taught: a named tuple of arrays with a leading [tasks] axis."""

    def predict(self, params: Params, state: Any, query: Query) -> Latent:
        """Beliefs [tasks, query]; a catalogue query has no task axis and is shared by all tasks."""


@runtime_checkable
class CrossFitting(Direct, Protocol):
    """A direct learner that also predicts its own training rows honestly, so that another can be put on top of it."""

    def fit_held_out(self, train: Any, context: Context) -> tuple[Params, np.ndarray]:
        """Parameters, and float32[rows, outputs]: the link of every training row by a fit without its task group."""


@runtime_checkable
class Named(Direct, Protocol):
    """A direct learner that reads certain features by name; an evaluation leaves it out where a table lacks one."""

    @property
    def named_columns(self) -> tuple[str, ...]:
        """Names of the features."""
