"""`Bound`: a learner bound to a data spec; the one place where episodic and direct learners become the same thing.

Both give `prepare` (what depends on the catalogue alone), `adapt` and `predict` over batches of tasks, and the same for
a single task without tracing. An episodic learner is vectorised over tasks and compiled; a direct one already works on
batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp
import numpy as np

from warmstart.engine.threads import one_blas_thread
from warmstart.explain.influence import Influence
from warmstart.learners.contract import ClosedForm, Direct, Episodic, Params, Streaming
from warmstart.types import Array, Latent, Query, Rows, Spec, Support

__all__ = ["Batched", "Bound", "Evidence", "Traced", "batch_of_one", "leave_one_out", "look_up", "side_by_side"]


class Evidence(NamedTuple):
    """What is known of one task: arrays without a task axis."""

    descriptor: Rows
    support: Support


class Bound(Protocol):
    """A learner for one spec."""

    @property
    def learner(self) -> Any:
        """The learner, a frozen dataclass."""

    @property
    def spec(self) -> Spec:
        """What it knows of the data."""

    def prepare(self, params: Params, catalogue: Rows) -> Any:
        """What depends on the catalogue alone; computed once per model version."""

    def adapt(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """States [tasks]."""

    def predict(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [tasks, query]; over the whole catalogue [tasks, items] where `query` is None."""

    def adapt_one(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """State of one task, in NumPy; arrays without a task axis."""

    def predict_one(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [query] of one task, in NumPy."""

    def update_one(self, params: Params, prepared: Any, task: Evidence, state: Any, new: Support) -> Any:
        """State of one task after the rows `new`, which `task` holds already."""

    def influence_one(
        self, params: Params, prepared: Any, task: Evidence, state: Any, query: Query | None
    ) -> Influence:
        """What the prior and each support row say of each query row."""

    def variants_one(self, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query) -> Any:
        """Latent means [variants, query, ...] of one task told with several descriptors, each asked its own query."""

    def one_of(self, state: Any, task: int) -> Any:
        """The state of one task as `adapt_one` gives it, cut out of the states that `adapt` gave."""


def look_up(prepared: Array, item: Array) -> Array:
    """Embedded catalogue rows [..., features] of item indices [...]; -1 gives item 0, which padding ignores."""
    xp = prepared.__array_namespace__()
    return prepared[xp.maximum(item, 0)]


@dataclass(frozen=True)
class Traced:
    """An episodic learner: pure functions of one task, vectorised and compiled by JAX."""

    learner: Episodic
    spec: Spec

    def embedded(self, params: Params, prepared: Any, support: Support) -> Support:
        """The support of one task with its rows embedded."""
        if self.spec.items:
            return support._replace(x=look_up(prepared, support.item))
        return support._replace(x=self.learner.embed(params, support.x, support.item))

    def asked(self, params: Params, prepared: Any, query: Query | None) -> Query:
        """The query of one task with its rows embedded; the whole catalogue where there is none."""
        if query is None:
            xp = prepared.__array_namespace__()
            n = prepared.shape[0]
            return Query(prepared, xp.arange(n), xp.zeros(n, dtype=prepared.dtype))
        if self.spec.items:
            return query._replace(x=look_up(prepared, query.item))
        return query._replace(x=self.learner.embed(params, query.x, query.item))

    def adapt_one(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """State of one task, in whichever array library the arguments are."""
        return self.learner.adapt(self.spec, params, descriptor, self.embedded(params, prepared, support))

    def predict_one(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs of one task, in whichever array library the arguments are."""
        return self.learner.predict(self.spec, params, state, self.asked(params, prepared, query))

    def update_one(self, params: Params, prepared: Any, task: Evidence, state: Any, new: Support) -> Any:
        """Exact streaming update where the learner has one, else adapting anew to all rows."""
        if isinstance(self.learner, Streaming) and self.spec.likelihood in self.learner.streaming:
            return self.learner.update(self.spec, params, state, self.embedded(params, prepared, new))
        return self.adapt_one(params, prepared, task.descriptor, task.support)

    def influence_one(
        self, params: Params, prepared: Any, task: Evidence, state: Any, query: Query | None
    ) -> Influence:
        """Exact contributions of a closed-form learner; of any other, the change when a row is left out."""
        if not isinstance(self.learner, ClosedForm):
            return leave_one_out(self, params, prepared, task, query)
        asked = self.asked(params, prepared, query)
        prior, parts = self.learner.contributions(self.spec, params, task.descriptor, state, asked)
        return Influence(np.asarray(prior), np.asarray(parts), exact=True)

    def variants_one(self, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query) -> Any:
        """One by one where the learner has a closed form: done before other shapes are compiled."""
        if not isinstance(self.learner, ClosedForm):
            return side_by_side(self, params, prepared, support, descriptor, query)
        means = []
        for i in range(len(descriptor.numbers)):
            told, asked = jax.tree.map(lambda leaf, i=i: leaf[i], (descriptor, query))
            state = self.adapt_one(params, prepared, told, support)
            means.append(np.asarray(self.predict_one(params, prepared, state, asked).mean))
        return np.stack(means)

    def one_of(self, state: Any, task: int) -> Any:
        """The state without its task axis."""
        return jax.tree.map(lambda leaf: np.asarray(leaf)[task], state)

    def prepare(self, params: Params, catalogue: Rows) -> Any:
        """Embedded catalogue float32[items, features]."""
        if not self.spec.items:
            return np.zeros((0, 0), np.float32)
        with one_blas_thread():
            return np.asarray(self._prepare(params, catalogue))

    def adapt(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """States [tasks]."""
        with one_blas_thread():
            state = self._adapt(params, prepared, descriptor, support)
            return jax.block_until_ready(state)  # type: ignore[no-untyped-call]

    def predict(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [tasks, query] as NumPy arrays."""
        with one_blas_thread():
            latent = (
                self._rank(params, prepared, state) if query is None else self._answer(params, prepared, state, query)
            )
            return Latent(*(np.asarray(part) for part in latent))

    @cached_property
    def _prepare(self) -> Any:
        return jax.jit(lambda params, rows: self.learner.embed(params, rows, jnp.arange(self.spec.items)))

    @cached_property
    def _adapt(self) -> Any:
        return jax.jit(jax.vmap(self.adapt_one, in_axes=(None, None, 0, 0)))

    @cached_property
    def _answer(self) -> Any:
        return jax.jit(jax.vmap(self.predict_one, in_axes=(None, None, 0, 0)))

    @cached_property
    def _rank(self) -> Any:
        def one(params: Params, prepared: Any, state: Any) -> Latent:
            latent = self.predict_one(params, prepared, state, None)
            return latent._replace(variance=jnp.zeros(()), noise=jnp.zeros(()))

        return jax.jit(jax.vmap(one, in_axes=(None, None, 0)))


@dataclass(frozen=True)
class Batched:
    """A direct learner: already works on batches of tasks, in NumPy."""

    learner: Direct
    spec: Spec

    def prepare(self, params: Params, catalogue: Rows) -> Any:
        """The catalogue as it is."""
        return catalogue

    def adapt(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """States [tasks]."""
        return self.learner.adapt(params, descriptor, support._replace(x=self._rows(prepared, support)))

    def predict(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [tasks, query]."""
        if query is None:
            n = self.spec.items
            query = Query(prepared, np.arange(n), np.zeros(n, np.float32))
        else:
            query = query._replace(x=self._rows(prepared, query))
        return self.learner.predict(params, state, query)

    def adapt_one(self, params: Params, prepared: Any, descriptor: Rows, support: Support) -> Any:
        """State of one task."""
        return self.adapt(params, prepared, batch_of_one(descriptor), batch_of_one(support))

    def predict_one(self, params: Params, prepared: Any, state: Any, query: Query | None) -> Latent:
        """Beliefs [query] of one task."""
        latent = self.predict(params, prepared, state, None if query is None else batch_of_one(query))
        return Latent(*(np.broadcast_to(part, latent.mean.shape)[0] for part in latent))

    def update_one(self, params: Params, prepared: Any, task: Evidence, state: Any, new: Support) -> Any:
        """Adapting anew to all rows."""
        return self.adapt_one(params, prepared, task.descriptor, task.support)

    def influence_one(
        self, params: Params, prepared: Any, task: Evidence, state: Any, query: Query | None
    ) -> Influence:
        """The change when a row is left out."""
        return leave_one_out(self, params, prepared, task, query)

    def variants_one(self, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query) -> Any:
        """As one batch of tasks."""
        return side_by_side(self, params, prepared, support, descriptor, query)

    def one_of(self, state: Any, task: int) -> Any:
        """The state as a batch of one task."""
        return jax.tree.map(lambda leaf: np.asarray(leaf)[task : task + 1], state)

    def _rows(self, prepared: Rows, asked: Support | Query) -> Rows:
        if not self.spec.items:
            return asked.x  # type: ignore[no-any-return]
        at = np.maximum(asked.item, 0)
        return Rows(prepared.numbers[at], prepared.codes[at], tuple(bag[at] for bag in prepared.bags))


def batch_of_one(tree: Any) -> Any:
    """Every array of a tree with a leading task axis of one."""
    return jax.tree.map(lambda leaf: np.asarray(leaf)[None], tree)


def leave_one_out(bound: Bound, params: Params, prepared: Any, task: Evidence, query: Query | None) -> Influence:
    """Influence by adapting once to nothing, once to all, and once without each support row, as one batch of tasks."""
    k = len(task.support.y)
    weight = np.stack([np.zeros(k), np.ones(k), *(1 - np.eye(k))]).astype(np.float32) * task.support.weight
    repeat = partial(jax.tree.map, lambda leaf: np.broadcast_to(leaf, (k + 2, *np.shape(leaf))))
    support = repeat(task.support)._replace(weight=weight)
    state = bound.adapt(params, prepared, repeat(task.descriptor), support)
    latent = bound.predict(params, prepared, state, None if query is None else repeat(query)).mean
    latent = latent.reshape(*latent.shape[:2], -1)  # [k + 2, query, outputs]
    return Influence(latent[0], np.moveaxis(latent[1] - latent[2:], 0, 1), exact=False)


def side_by_side(
    bound: Bound, params: Params, prepared: Any, support: Support, descriptor: Rows, query: Query
) -> np.ndarray:
    """Latent means of the variants of one task as one batch of tasks with the same support."""
    n = len(descriptor.numbers)
    same = jax.tree.map(lambda leaf: np.broadcast_to(leaf, (n, *np.shape(leaf))), support)
    state = bound.adapt(params, prepared, descriptor, same)
    return np.asarray(bound.predict(params, prepared, state, query).mean)
