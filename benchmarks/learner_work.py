"""One measurement of our learners on a workload of the peers' scripts, as one JSON line.

`python -m benchmarks.learner_work --scripts DIR --work w2 --variant maml`; `DIR` is the folder of the peers' scripts,
whose `common.py` makes the tasks and takes the time, so that both sides do the same work. The environment says how many
threads it may use, as `benchmarks.learners` sets it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax.flatten_util import ravel_pytree

from warmstart.engine.bound import Traced
from warmstart.engine.objective import objective, summed, surprise
from warmstart.engine.step import outer_step
from warmstart.engine.threads import one_blas_thread
from warmstart.learners.registry import create
from warmstart.tasks.episodes import Batch
from warmstart.types import Query, Rows, Spec, Support, Widths

STEPS, INNER, OUTER = 5, 0.01, 1e-3
CUTS = (24,)  # of the 32 tasks by length: one group ends here; each is padded to its own longest support
KINDS: dict[str, dict[str, Any]] = {
    "maml": {"name": "maml"},
    "fomaml": {"name": "maml", "order": 1},
    "anil": {"name": "maml", "scope": "head"},
    "metasgd": {"name": "maml", "learn_rates": True},
    "reptile": {"name": "reptile"},
}
AMORTISED: dict[str, dict[str, Any]] = {
    "ridge": {"name": "bayes_head", "features": 64, "hidden": (64,), "wide": False},
    "cnp": {"name": "neural_process"},
    "protonet": {"name": "prototypes"},
}
NOTHING = Rows(np.zeros((0, 0), np.float32), np.zeros((0, 0), np.int32))


class Work(NamedTuple):
    """A learner and what it is asked to do."""

    bound: Traced
    batches: Sequence[Sequence[Batch]]
    """Meta-batches of 32 tasks, each as groups of similar length."""
    one: Sequence[Batch]
    """Groups of a single task, to adapt to."""
    many: Sequence[Batch]
    """Groups of 256 tasks, to adapt to."""


def padded(tasks: Sequence[Any], rows_of: Callable[[Any], tuple[Any, Any]], described: Any, width: int) -> Batch:
    """Tasks (x, y, query x, query y) as one batch; `rows_of` gives numbers and codes of rows."""
    n, asked = len(tasks), len(tasks[0][2])

    def fill(parts: Sequence[Any]) -> Any:
        out = np.zeros((n, width, *parts[0].shape[1:]), parts[0].dtype)
        for i, part in enumerate(parts):
            out[i, : len(part)] = part
        return out

    support = Rows(*(fill(column) for column in zip(*(rows_of(task[0]) for task in tasks), strict=True)))
    query = Rows(*(np.stack(column) for column in zip(*(rows_of(task[2]) for task in tasks), strict=True)))
    weight = fill([np.ones(len(task[0]), np.float32) for task in tasks])
    y = fill([np.asarray(task[1], np.float32).reshape(len(task[1])) for task in tasks])
    truth = np.stack([np.asarray(task[3], np.float32).reshape(asked) for task in tasks])
    item, offset = np.full((n, width), -1, np.int32), np.zeros((n, asked), np.float32)
    known = Support(support, item, y, weight, 0 * weight)
    return Batch(described, known, Query(query, np.full((n, asked), -1, np.int32), offset), truth, 1 + 0 * offset)


def numbers(x: Any) -> tuple[Any, Any]:
    """Rows of numbers alone."""
    return x.astype(np.float32), np.zeros((len(x), 0), np.int32)


def nameless(n: int) -> Rows:
    """Descriptors of `n` tasks of which nothing is known."""
    return Rows(np.zeros((n, 0), np.float32), np.zeros((n, 0), np.int32))


def users(common: Any, tasks: Sequence[Any], width: int) -> Batch:
    """W2: four item columns a row, and four user columns, which are the same in every row, as descriptor."""

    def rows_of(x: Any) -> tuple[Any, Any]:
        return np.zeros((len(x), 0), np.float32), (x - common.OFFSET)[:, 4:].astype(np.int32)

    told = np.stack([(task[2] - common.OFFSET)[0, :4] for task in tasks]).astype(np.int32)
    return padded(tasks, rows_of, Rows(np.zeros((len(tasks), 0), np.float32), told), width)


def by_length(common: Any, tasks: Sequence[Any]) -> list[Batch]:
    """W2's meta-batch, sorted by length, cut at `CUTS`, each part padded to a multiple of 8."""
    ordered = sorted(tasks, key=lambda task: len(task[0]))
    ends = [*CUTS, len(ordered)]
    parts = [ordered[start:end] for start, end in zip([0, *CUTS], ends, strict=True)]
    return [users(common, part, -(-max(len(task[0]) for task in part) // 8) * 8) for part in parts]


def gradient_work(common: Any, work: str, variant: str) -> Work:
    """W1: sinusoids; W2 and W3: cold-start users."""
    kind = dict(KINDS[variant]) | {"inner_steps": STEPS, "inner_rate": INNER}
    if work == "w1":
        learner = create(hidden=(40, 40), **kind)
        sines = [[padded(tasks, numbers, nameless(len(tasks)), 5)] for tasks in common.batches("w1")]
        return Work(Traced(learner, Spec(Widths(1), Widths(), "gaussian")), sines, (), ())
    learner = create(hidden=(64, 64), embedding=common.EMB, **kind)
    spec = Spec(Widths(codes=tuple(common.VOCAB[4:])), Widths(codes=tuple(common.VOCAB[:4])), "gaussian")
    rng = np.random.default_rng(5)
    pool = [common.rec_batch(rng, 256, rows=10) for _ in range(2)]
    one = [users(common, [task], 10) for task in pool[0][:64]]
    batches = [by_length(common, tasks) for tasks in common.batches("w2")]
    return Work(Traced(learner, spec), batches, one, [users(common, tasks, 10) for tasks in pool])


def amortised_work(common: Any, variant: str) -> Work:
    """W4: 32 numbers a row; ten support rows, or five of each of five classes; ten query rows."""
    rng = np.random.default_rng(2)
    classes = 5 if variant == "protonet" else 1

    def batch(n: int) -> Batch:
        k = 25 if classes > 1 else 10
        xs, xq = (rng.standard_normal((n, m, 32)).astype(np.float32) for m in (k, 10))
        ys, yq = rng.standard_normal((n, k)), rng.standard_normal((n, 10))
        if classes > 1:
            ys, yq = np.tile(np.repeat(np.arange(5), 5), (n, 1)), rng.integers(0, 5, (n, 10))
        return padded(list(zip(xs, ys, xq, yq, strict=True)), numbers, nameless(n), k)

    spec = Spec(Widths(32), Widths(), "categorical" if classes > 1 else "gaussian", classes)
    bound = Traced(create(**AMORTISED[variant]), spec)
    batches = [[batch(common.BATCH)] for _ in range(4)]
    return Work(bound, batches, [batch(1) for _ in range(32)], [batch(256) for _ in range(2)])


def squared(bound: Traced, params: Any, prepared: Any, task: Batch) -> Any:
    """The peers' loss of numbers: the mean squared error of the query, in place of −log p with a learned variance."""
    state = bound.adapt_one(params, prepared, task.descriptor, task.support)
    latent = bound.predict_one(params, prepared, state, task.query)
    return jnp.mean((latent.mean - task.y) ** 2)


def training(work: Work, *, likelihood: bool) -> Callable[[Sequence[Batch]], None]:
    """One step of the engine's outer loop, with Adam; `likelihood` asks for the learner's own loss."""
    bound = work.bound
    peers = surprise if bound.spec.likelihood == "categorical" else squared
    one = objective(bound) if likelihood or bound.learner.name == "reptile" else peers
    flat, unravel = ravel_pytree(
        jax.tree.map(jnp.asarray, bound.learner.init(np.random.default_rng(0), bound.spec, {}))
    )
    optimizer = optax.adam(OUTER)
    step = outer_step(partial(summed, bound, one, unravel), optimizer)
    held = [flat, optimizer.init(flat)]
    shown = np.zeros(0, np.int32)

    def train(groups: Sequence[Batch]) -> None:
        held[:] = jax.block_until_ready(step(*held, NOTHING, shown, groups))

    return train


def serving(common: Any, work: Work) -> dict[str, Any]:
    """Latency of adapting to one task in NumPy, and to 256 in one compiled call."""
    bound = work.bound
    params = bound.learner.init(np.random.default_rng(0), bound.spec, {})
    single = [jax.tree.map(lambda leaf: leaf[0], (batch.descriptor, batch.support)) for batch in work.one]
    with one_blas_thread():
        one = common.latency(lambda task: bound.adapt_one(params, None, *task), single)
    many = common.latency(
        lambda batch: bound.adapt(params, np.zeros((0, 0), np.float32), batch.descriptor, batch.support),
        work.many,
        count=40,
        warm=2,
        most_s=10,
    )
    return {"one": one, "batch256": many}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scripts", type=Path, required=True)
    parser.add_argument("--work", choices=["w1", "w2", "w3", "w4"], required=True)
    parser.add_argument("--variant", choices=[*KINDS, *AMORTISED], default="maml")
    parser.add_argument("--cache", type=Path, help="persistent compilation cache; none by default")
    parser.add_argument("--likelihood", action="store_true", help="our own loss, −log p, not the peers' squared error")
    parser.add_argument("--first", action="store_true", help="only the first call, which compiles")
    asked = parser.parse_args()
    if asked.cache is not None:
        jax.config.update("jax_compilation_cache_dir", str(asked.cache))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.0)
    sys.path.insert(0, str(asked.scripts))
    import common

    row = {
        "peer": "warmstart",
        "work": asked.work,
        "variant": asked.variant,
        "threads": int(os.environ.get("OMP_NUM_THREADS", "0")),
    }
    row["rss_import_mb"] = round(common.rss_mb())
    amortised = asked.work == "w4"
    work = amortised_work(common, asked.variant) if amortised else gradient_work(common, asked.work, asked.variant)
    if asked.work == "w3":
        found = serving(common, work)
    else:
        batches = jax.tree.map(jnp.asarray, work.batches)  # as the peers' scripts do
        train, started = training(work, likelihood=asked.likelihood), time.perf_counter()
        train(batches[0])
        found = {"first_call_s": round(time.perf_counter() - started, 2)}
        found |= {} if asked.first else common.throughput(train, batches)
        found |= serving(common, work) if amortised and not asked.first else {}
    print(json.dumps(row | found | {"peak_rss_mb": round(common.rss_mb())}))


if __name__ == "__main__":
    main()
