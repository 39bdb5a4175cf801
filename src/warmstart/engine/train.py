"""`train_episodic`: learn an episodic learner's parameters over many tasks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree

from warmstart.engine.bound import Traced
from warmstart.engine.checkpoint import Checkpoint, fingerprint
from warmstart.engine.objective import objective, summed, surprise
from warmstart.engine.relabel import Relabel
from warmstart.engine.settings import Settings
from warmstart.engine.settle import settled
from warmstart.engine.step import Summed, outer_step
from warmstart.errors import UsageError
from warmstart.learners.contract import Params, Settled
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes, draw, gather

__all__ = ["Progress", "Trained", "train_episodic"]

Progress = Callable[[int, int, str], None]
"""Called with steps done, steps in all, and a note."""

_THIN = 16  # supports up to this width are not worth grouping by length
_GROUPS = ((0.25, 0.5), (0.5, 0.25), (1.0, 0.25))  # width of a group as a part of the largest support; share of tasks
_LEAST_GAIN = 1e-5  # in validation loss, for a look to count as better
_MOST_VALIDATION_TASKS = 256
_MATRIX = 2  # axes
_KEPT_PROGRAMS = 8


class Trained(NamedTuple):
    """What meta-training found."""

    params: Params
    validation_loss: float
    steps: int


class _Run(NamedTuple):
    """Everything that a resumed run must get back; parameters are one flat vector, which compiles fast."""

    params: Any
    optimizer: Any
    best: Any
    best_loss: float
    step: int
    stale: int


class _Programs(NamedTuple):
    """What is compiled for one learner, spec and settings."""

    unravel: Callable[[Any], Params]
    optimizer: optax.GradientTransformation
    step: Callable[..., tuple[Any, Any]]
    surprise: Summed


def train_episodic(
    bound: Traced,
    train: TaskArrays,
    valid: TaskArrays,
    settings: Settings,
    *,
    statistics: Mapping[str, np.ndarray],
    progress: Progress | None = None,
    checkpoint: Path | None = None,
    relabel: Relabel | None = None,
) -> Trained:
    """Minimise −log p(query | support) over training tasks; keep the parameters that validation tasks like best.

    With `relabel` a teacher draws targets of training queries; validation keeps the data's own. With `checkpoint`,
    progress is kept there and a later call with the same arguments continues to the same result.
    Errors: `UsageError` when the loss never becomes finite, or for a checkpoint of another run.
    """
    tree = bound.learner.init(np.random.default_rng(settings.seed), bound.spec, statistics)
    leaves, structure = jax.tree.flatten(jax.tree.map(jnp.asarray, tree))
    programs = _programs(bound, settings, structure, tuple((leaf.shape, leaf.dtype) for leaf in leaves))
    flat = ravel_pytree(leaves)[0]
    run = _Run(flat, programs.optimizer.init(flat), flat, float("inf"), 0, 0)
    store = None if checkpoint is None else Checkpoint(checkpoint, _identity(bound, settings, relabel, train, valid))
    if store is not None:
        run = _Run(*store.restore(run))
    judge = _judge(programs.surprise, valid, settings)
    catalogue = jax.tree.map(jnp.asarray, train.catalogue)
    while run.step < settings.steps and run.stale < settings.patience:
        params, state = jax.tree.map(jnp.array, (run.params, run.optimizer))  # copies: a step gives up its arguments
        until = min(run.step + settings.validate_every, settings.steps)
        for at in range(run.step, until):
            groups, shown = _sample(train, settings, at)
            if relabel is not None:
                rng = np.random.default_rng((settings.seed, at, 2))
                groups = [relabel(group, rng) for group in groups]
            params, state = programs.step(params, state, catalogue, shown, groups)
            if progress is not None and at % 10 == 0:
                progress(at, settings.steps, _note(run))
        run = _looked(run, params, state, until, judge(params))
        if store is not None:
            store.save(run)
    if not np.isfinite(run.best_loss):
        raise UsageError(f"meta-training diverged: lower train.learning_rate ({settings.learning_rate}), mend outliers")
    best, loss = jnp.asarray(run.best), run.best_loss
    if isinstance(bound.learner, Settled):
        names = bound.learner.settles(bound.spec)
        best = settled(best, programs.unravel(best), names, judge, len(np.unique(valid.group)))
        loss = judge(best)
    if progress is not None:
        progress(settings.steps, settings.steps, _note(run))
    return Trained(jax.tree.map(np.asarray, programs.unravel(best)), loss, run.step)


@lru_cache(maxsize=_KEPT_PROGRAMS)
def _programs(bound: Traced, settings: Settings, structure: Any, leaves: tuple[tuple[Any, Any], ...]) -> _Programs:
    """For parameters of this structure and these shapes; a learner that is fitted again is not traced again."""
    tree = jax.tree.unflatten(structure, [np.zeros(*leaf) for leaf in leaves])
    _, unravel = ravel_pytree(tree)
    optimizer = _optimizer(settings, ravel_pytree(_decayed(tree))[0])
    step = outer_step(partial(summed, bound, objective(bound), unravel), optimizer)
    return _Programs(unravel, optimizer, step, jax.jit(partial(summed, bound, surprise, unravel)))


def _identity(bound: Traced, settings: Settings, relabel: Relabel | None, *data: TaskArrays) -> str:
    """Says which run this is."""
    taught = None if relabel is None else (relabel.bound.learner, relabel.truth)
    arrays = [{name: value for name, value in vars(part).items() if name not in ("spec", "encoder")} for part in data]
    return fingerprint((bound.learner, bound.spec, settings, taught), arrays)


def _note(run: _Run) -> str:
    return f"validation loss {run.best_loss:.4f}" if np.isfinite(run.best_loss) else "before the first validation"


def _looked(run: _Run, params: Any, state: Any, step: int, loss: float) -> _Run:
    """The run after a look at the validation tasks."""
    if loss < run.best_loss - _LEAST_GAIN:
        return _Run(params, state, params, loss, step, 0)
    return _Run(params, state, run.best, run.best_loss, step, run.stale + 1)


def _optimizer(settings: Settings, decayed: Any) -> optax.GradientTransformation:
    """Adam with clipped gradients, decoupled decay where `decayed` is 1, and a warm-up and cosine schedule."""
    warm_up = max(settings.steps // 20, 1)
    rate = optax.warmup_cosine_decay_schedule(
        0.0, settings.learning_rate, warm_up, max(settings.steps, warm_up + 1), settings.learning_rate / 50
    )
    decay = optax.stateless(lambda updates, params: updates + settings.weight_decay * decayed * params)
    return optax.chain(optax.clip_by_global_norm(1.0), optax.scale_by_adam(), decay, optax.scale_by_learning_rate(rate))


def _decayed(params: Params) -> dict[str, Any]:
    """1 for arrays of two axes, 0 for scalars, biases and everything under "fixed"."""
    return {
        key: jax.tree.map(
            lambda leaf, key=key: np.full(np.shape(leaf), float(np.ndim(leaf) >= _MATRIX and key != "fixed")), part
        )
        for key, part in params.items()
    }


def _sample(train: TaskArrays, settings: Settings, at: int) -> tuple[list[Batch], np.ndarray]:
    """The groups of step `at`: a pure function of the seed and the step, so that a resumed run sees the same."""
    rng = np.random.default_rng((settings.seed, at))
    widths = _widths(settings)
    shares = [share for _, share in _GROUPS] if len(widths) > 1 else [1.0]
    groups, least = [], min(settings.shots)
    for width, share in zip(widths, shares, strict=True):
        groups.append(_group(train, settings, rng, max(round(share * settings.batch), 1), least, width))
        least = width
    hidden = rng.random() if rng.random() < settings.new_items else 0.0
    shown = np.arange(train.spec.items, dtype=np.int32)
    return groups, np.where(rng.random(len(shown)) < hidden, -1, shown).astype(np.int32)


def _group(train: TaskArrays, settings: Settings, rng: np.random.Generator, tasks: int, low: int, width: int) -> Batch:
    """Episodes of `tasks` tasks with `low` to `width` support rows, as far as they have so many."""
    episodes: Episodes | None = None
    while not episodes:  # until some of the chosen tasks have both sides
        chosen = rng.choice(train.n_tasks, tasks, replace=train.n_tasks < tasks)
        episodes = draw(train, settings.order, rng, shots=width, queries=settings.queries, tasks=chosen)
    told = episodes.shown(rng.integers(low, width + 1, len(episodes)))
    filled = told.take(np.resize(np.arange(len(episodes)), tasks))
    return gather(train, filled, width, queries=settings.queries)


def _widths(settings: Settings) -> list[int]:
    """Padded support widths, rising; each is a program to compile."""
    largest = max(*settings.shots, 1)
    return [largest] if largest <= _THIN else [round(part * largest) for part, _ in _GROUPS]


def _judge(loss: Summed, valid: TaskArrays, settings: Settings) -> Callable[[Any], float]:
    """Loss on the same validation episodes at every look, all in the shapes of training: the mean over support sizes.

    With a catalogue, the loss with every item shown as new counts `settings.new_items`.
    """
    rng = np.random.default_rng((settings.seed, 1))
    some = rng.permutation(valid.n_tasks)[:_MOST_VALIDATION_TASKS]
    episodes = draw(valid, settings.order, rng, shots=max(settings.shots), queries=settings.queries, tasks=some)
    rounds = [batch for k in settings.shots for batch in _rounds(valid, episodes, k, settings)]
    catalogue = jax.tree.map(jnp.asarray, valid.catalogue)
    known = np.arange(valid.spec.items, dtype=np.int32)
    share = settings.new_items if valid.spec.items else 0.0
    views = [(1 - share, known), *([(share, np.full_like(known, -1))] if share else [])]

    def judge(params: Any) -> float:
        found = [(w, *loss(params, catalogue, shown, batch)) for w, shown in views for batch in rounds]
        total: float = sum(w * float(summed) for w, summed, _ in found)
        tasks: float = sum(w * float(counted) for w, _, counted in found)
        return total / max(tasks, 1.0)

    return judge


def _rounds(valid: TaskArrays, episodes: Episodes, k: int, settings: Settings) -> Iterator[Batch]:
    """Batches of `settings.batch` episodes with `k` support rows; the last is filled up with some of no weight."""
    width = next(w for w in _widths(settings) if w >= k)
    for start in range(0, len(episodes), settings.batch):
        n = min(settings.batch, len(episodes) - start)
        chosen = episodes.take(np.minimum(np.arange(start, start + settings.batch), len(episodes) - 1))
        batch = gather(valid, chosen.shown(k), width, queries=settings.queries)
        yield batch._replace(mask=batch.mask * (np.arange(settings.batch) < n)[:, None])
