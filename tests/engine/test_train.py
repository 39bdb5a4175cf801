"""Meta-training: it learns, it repeats, and it goes on to the same result after an interruption."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import jax
import numpy as np
import pytest

from warmstart.engine.bound import Traced
from warmstart.engine.compilation import remember_compiled
from warmstart.engine.settings import Settings
from warmstart.engine.train import Progress, Trained, train_episodic
from warmstart.errors import UsageError
from warmstart.learners.bayes_head import BayesHead
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet

SETTINGS = Settings(
    steps=60, batch=8, learning_rate=1e-2, shots=(0, 4), queries=4, validate_every=15, patience=9, new_items=0.5
)
Tables = Callable[[str], Table]


@pytest.fixture(scope="module", autouse=True)
def _compiled_once() -> None:
    """The same program is compiled once for the whole module."""
    remember_compiled()


@pytest.fixture
def arrays(table: Tables) -> TaskArrays:
    """Twelve shops."""
    tasks = TaskSet.of(table("number"))
    return TaskCodec.fit(tasks).encode(tasks)


def train(
    arrays: TaskArrays,
    settings: Settings = SETTINGS,
    *,
    features: int = 3,
    progress: Progress | None = None,
    checkpoint: Path | None = None,
) -> Trained:
    """On all tasks but the last three, which validate."""
    bound = Traced(BayesHead(features=features, hidden=(4,)), arrays.spec)
    count = np.bincount(arrays.item[arrays.item >= 0], minlength=arrays.spec.items)
    parts = arrays.take(np.arange(arrays.n_tasks - 3)), arrays.take(np.arange(arrays.n_tasks - 3, arrays.n_tasks))
    return train_episodic(
        bound, *parts, settings, statistics={"item_count": count}, progress=progress, checkpoint=checkpoint
    )


def equal(a: Trained, b: Trained) -> bool:
    """Whether both runs ended with the same parameters to the bit."""
    pairs = zip(jax.tree.leaves(a.params), jax.tree.leaves(b.params), strict=True)
    return all(np.array_equal(x, y) for x, y in pairs)


def stop_at(step: int) -> Progress:
    """A progress callback that pulls the plug."""

    def tell(done: int, total: int, note: str) -> None:
        if done >= step:
            raise KeyboardInterrupt

    return tell


def first_look(arrays: TaskArrays, patience: int) -> Trained:
    """A run in which no later look at the validation tasks counts as better than the first."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("warmstart.engine.train._LEAST_GAIN", 1e9)
        return train(arrays, replace(SETTINGS, patience=patience))


def test_early_stop(arrays: TaskArrays) -> None:
    """Where no look is better than the first, training stops after `patience` further ones and keeps the first."""
    assert first_look(arrays, 2).steps == 45
    assert equal(first_look(arrays, 2), first_look(arrays, 1))


def test_learns(arrays: TaskArrays) -> None:
    """The validation loss falls well below that of the first look."""
    last = train(arrays)
    assert last.steps == 60
    assert last.validation_loss < first_look(arrays, 1).validation_loss - 0.1


def test_same_seed_same_parameters(arrays: TaskArrays) -> None:
    """The seed is all there is of chance."""
    once, again = train(arrays), train(arrays)
    assert equal(once, again)
    assert once.validation_loss == again.validation_loss
    assert not equal(once, train(arrays, replace(SETTINGS, seed=1)))


def test_programs_of_other_tasks_remember_nothing(arrays: TaskArrays) -> None:
    """Fitted between, other targets of the same shapes use the same programs and change nothing."""
    first = train(arrays)
    other = train(replace(arrays, y=arrays.y[::-1].copy()))
    assert not equal(first, other)
    assert equal(first, train(arrays))


@pytest.mark.parametrize("interruptions", [(20,), (10, 40, 50)])
def test_resumed_run_ends_the_same(interruptions: tuple[int, ...], arrays: TaskArrays, tmp_path: Path) -> None:
    """Cut off once or often, before the first look or after it, the parameters are those of a run in one piece."""
    for step in interruptions:
        with pytest.raises(KeyboardInterrupt):
            train(arrays, progress=stop_at(step), checkpoint=tmp_path)
    resumed_at: list[int] = []
    resumed = train(arrays, progress=lambda done, total, note: resumed_at.append(done), checkpoint=tmp_path)
    assert resumed_at[0] >= interruptions[-1] - SETTINGS.validate_every
    assert resumed_at[0] > 0
    assert equal(resumed, train(arrays))
    assert resumed.steps == 60


def test_finished_run_is_not_repeated(arrays: TaskArrays, tmp_path: Path) -> None:
    """A checkpoint of a run that is over gives its result at once."""
    once = train(arrays, checkpoint=tmp_path)
    steps: list[int] = []
    assert equal(train(arrays, progress=lambda done, total, note: steps.append(done), checkpoint=tmp_path), once)
    assert steps == [60]


@pytest.mark.parametrize("other", ["learner", "data", "settings"])
def test_checkpoint_of_another_run(other: str, arrays: TaskArrays, tmp_path: Path) -> None:
    """Another learner, one changed target, or another rate: the checkpoint is refused, not continued."""
    with pytest.raises(KeyboardInterrupt):
        train(arrays, progress=stop_at(20), checkpoint=tmp_path)
    changed = arrays.y.copy()
    changed[0] += 1
    with pytest.raises(UsageError, match="another learner, data or settings"):
        train(
            replace(arrays, y=changed) if other == "data" else arrays,
            replace(SETTINGS, learning_rate=2e-2) if other == "settings" else SETTINGS,
            features=4 if other == "learner" else 3,
            checkpoint=tmp_path,
        )


def test_divergence_is_told(arrays: TaskArrays) -> None:
    """A loss that is never a number is an error, not a model of random parameters."""
    wild = replace(arrays, y=np.full_like(arrays.y, np.nan))
    with pytest.raises(UsageError, match="meta-training diverged"):
        train(wild)


def test_progress(arrays: TaskArrays) -> None:
    """Steps done never fall, and the last call says that all is done."""
    told: list[tuple[int, int, str]] = []
    train(arrays, progress=lambda *said: told.append(said))
    done = [step for step, _, _ in told]
    assert done == sorted(done)
    assert told[-1][:2] == (60, 60)
    assert "validation loss" in told[-1][2]


def test_few_tasks_fill_a_batch(arrays: TaskArrays) -> None:
    """A batch larger than the number of tasks is legal."""
    two = arrays.take(np.array([0, 1, 2, 3]))
    assert np.isfinite(train(two).validation_loss)


def test_catalogue(table: Tables) -> None:
    """Of choices: fixed counts stay as they were, items get vectors of their own, the loss falls."""
    tasks = TaskSet.of(table("choice"))
    arrays = TaskCodec.fit(tasks).encode(tasks)
    last = train(arrays)
    assert last.validation_loss < first_look(arrays, 1).validation_loss
    count = np.bincount(arrays.item, minlength=arrays.spec.items)
    np.testing.assert_array_equal(last.params["fixed"]["count"], count)
    assert np.abs(last.params["item"]).max() > 1e-3
