"""`meta_train_arrays`: learn an episodic learner's parameters over many tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax

from warmstart.engine.bound import Traced
from warmstart.engine.checkpoint import Checkpoint
from warmstart.engine.settings import Settings
from warmstart.learners.contract import Params
from warmstart.learners.likelihoods import likelihood
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, buckets, draw, gather
from warmstart.types import Rows

__all__ = ["Progress", "Trained", "train_episodic"]

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and a note."""


class Trained(NamedTuple):
    """What meta-training found."""

    params: Params
    validation_loss: float
    steps: int


class _Run(NamedTuple):
    """Everything that a resumed run must get back."""

    params: Any
    optimizer: Any
    best: Any
    best_loss: float
    step: int
    stale: int


def train_episodic(
    bound: Traced,
    train: TaskArrays,
    valid: TaskArrays,
    settings: Settings,
    *,
    statistics: Mapping[str, np.ndarray],
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> Trained:
    """Minimise −log p(query | support) over training tasks; keep the parameters that validation tasks like best.

    With `checkpoint`, progress is kept there and a later call with the same arguments continues to the same result.
    """
    optimizer = _optimizer(settings)
    params = bound.learner.init(np.random.default_rng(settings.seed), bound.spec, statistics)
    params = jax.tree.map(jnp.asarray, params)
    run = _Run(params, optimizer.init(params), params, float("inf"), 0, 0)
    store = None if checkpoint is None else Checkpoint(checkpoint)
    if store is not None:
        run = _Run(*store.restore(run))
    step, judge = _step(bound, optimizer), _judge(bound, valid, settings)
    catalogue = jax.tree.map(jnp.asarray, train.catalogue)
    while run.step < settings.steps and run.stale < settings.patience:
        params, state = run.params, run.optimizer
        until = min(run.step + settings.validate_every, settings.steps)
        for at in range(run.step, until):
            batch, shown = _sample(train, settings, at)
            params, state = step(params, state, catalogue, shown, batch)
            if progress is not None and at % 10 == 0:
                progress(at, settings.steps, f"validation loss {run.best_loss:.4f}")
        loss = judge(params)
        better = loss < run.best_loss - 1e-5
        run = _Run(
            params,
            state,
            params if better else run.best,
            loss if better else run.best_loss,
            until,
            0 if better else run.stale + 1,
        )
        if store is not None:
            store.save(run)
    if progress is not None:
        progress(settings.steps, settings.steps, f"validation loss {run.best_loss:.4f}")
    return Trained(jax.tree.map(np.asarray, run.best), run.best_loss, run.step)


def _optimizer(settings: Settings) -> optax.GradientTransformation:
    warm_up = max(settings.steps // 20, 1)
    rate = optax.warmup_cosine_decay_schedule(
        0.0, settings.learning_rate, warm_up, max(settings.steps, warm_up + 1), settings.learning_rate / 50
    )
    return optax.chain(
        optax.clip_by_global_norm(1.0), optax.adamw(rate, weight_decay=settings.weight_decay, mask=_decayed)
    )


def _decayed(params: Any) -> Any:
    """Arrays of two axes are decayed; scalars, biases and everything under "fixed" are not."""
    return {
        key: (jax.tree.map(lambda leaf: False, part) if key == "fixed" else jax.tree.map(lambda leaf: leaf.ndim >= 2, part))
        for key, part in params.items()
    }


def _sample(train: TaskArrays, settings: Settings, at: int) -> tuple[Batch, np.ndarray]:
    """The batch of step `at`: a pure function of the seed and the step, so that a resumed run sees the same."""
    rng = np.random.default_rng((settings.seed, at))
    width = _width(rng, max(settings.shots))
    chosen = rng.choice(train.n_tasks, settings.batch, replace=train.n_tasks < settings.batch)
    episodes = draw(train, settings.order, rng, shots=width, queries=settings.queries, tasks=chosen)
    if len(episodes) == 0:
        return _sample(train, settings, at + settings.steps)
    kept = rng.integers(0, width + 1, len(episodes))
    support = episodes.support.where(episodes.support.position < np.repeat(kept, episodes.support.lengths))
    filled = np.resize(np.arange(len(episodes)), settings.batch)
    batch = gather(train, Episodes(episodes.task, support, episodes.query).take(filled), width, queries=settings.queries)
    shown = np.arange(train.spec.items)
    return batch, np.where(rng.random(len(shown)) < settings.new_items, -1, shown).astype(np.int32)


def _width(rng: np.random.Generator, largest: int) -> int:
    """A support width: powers of four up to the largest shot, so that few programs are compiled."""
    widths = [4**i for i in range(1, 6) if 4**i < largest]
    return int(rng.choice([*widths, max(largest, 1)]))


def _loss(bound: Traced, params: Params, catalogue: Rows, shown: Any, batch: Batch) -> Any:
    """Mean over tasks of −log p(query | support), each query row by its weight."""
    if "fixed" in params:
        params = {**params, "fixed": jax.lax.stop_gradient(params["fixed"])}
    spec, family = bound.spec, likelihood(bound.spec.likelihood)
    prepared = bound.learner.embed(params, catalogue, shown) if spec.items else None

    def one(task: Batch) -> Any:
        state = bound.adapt_one(params, prepared, task.descriptor, task.support)
        ranking = spec.likelihood == "ranking"
        latent = bound.predict_one(params, prepared, state, None if ranking else task.query)
        log_p = family.log_prob(latent, task.query.item if ranking else task.y)
        return -jnp.sum(log_p * task.mask) / jnp.maximum(jnp.sum(task.mask), 1e-9)

    return jnp.mean(jax.vmap(one)(batch))


def _step(bound: Traced, optimizer: optax.GradientTransformation) -> Any:
    @jax.jit
    def step(params: Any, state: Any, catalogue: Rows, shown: Any, batch: Batch) -> tuple[Any, Any]:
        gradient = jax.grad(lambda p: _loss(bound, p, catalogue, shown, batch))(params)
        updates, state = optimizer.update(gradient, state, params)
        return optax.apply_updates(params, updates), state

    return step


def _judge(bound: Traced, valid: TaskArrays, settings: Settings) -> Callable[[Any], float]:
    """Loss on the same validation episodes at every look: the mean over support sizes."""
    rng = np.random.default_rng((settings.seed, 1))
    episodes = draw(valid, settings.order, rng, shots=max(settings.shots), queries=settings.queries)
    rounds = []
    for k in settings.shots:
        for members, width in buckets(episodes, k, 256):
            chosen = episodes.take(members)
            chosen = Episodes(chosen.task, chosen.support.first(k), chosen.query)
            rounds.append((len(members), gather(valid, chosen, width, queries=settings.queries)))
    catalogue = jax.tree.map(jnp.asarray, valid.catalogue)
    shown = np.arange(valid.spec.items, dtype=np.int32)
    loss = jax.jit(lambda params, batch: _loss(bound, params, catalogue, shown, batch))

    def judge(params: Any) -> float:
        total = sum(n * float(loss(params, batch)) for n, batch in rounds)
        return total / max(sum(n for n, _ in rounds), 1)

    return judge
