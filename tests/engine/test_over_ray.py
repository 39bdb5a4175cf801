"""Fits over Ray: the same model as on one machine, whoever refuses, fails or dies."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import jax
import numpy as np
import pytest

from warmstart.engine import over_ray as module
from warmstart.engine import train as engine
from warmstart.engine.choice import Choice
from warmstart.engine.executor import Executor, in_turn
from warmstart.engine.fit import Job, fit
from warmstart.engine.meta_train import meta_train
from warmstart.engine.over_ray import over_ray
from warmstart.engine.settings import Settings
from warmstart.errors import DataError, NotReady, WarmstartError
from warmstart.learners.auto import Auto
from warmstart.learners.bayes_head import BayesHead
from warmstart.learners.contract import Context, Params
from warmstart.learners.task_mean import TaskMean
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.taskset import TaskSet
from warmstart.types import Latent, Query, Rows, Support

SETTINGS = Settings(shots=(0, 2, 4), steps=8, batch=4, queries=4, validate_every=4)
HEAD = BayesHead(features=3, hidden=(4,))


class Level(NamedTuple):
    """Of each task."""

    above: np.ndarray


@dataclass(frozen=True)
class Mean:
    """Answers with the mean of the training rows; while it is fitted it does what a test wants of it."""

    wish: str = ""
    """"refuse", "lack" a package, "fail", "die", or the path of a mark: where that is not, the machine dies."""

    name: ClassVar[str] = "mean"
    likelihoods: ClassVar[frozenset[str]] = frozenset({"gaussian"})

    def fit(self, train: TaskArrays, context: Context) -> Params:
        """The mean, or an end."""
        match self.wish:
            case "refuse":
                raise DataError("too flat", column="price", expected="a slope", got="none")
            case "lack":
                raise NotReady("needs the package abacus")
            case "fail":
                raise ZeroDivisionError("of our own")
            case "die":
                os.kill(os.getpid(), signal.SIGKILL)
            case mark if mark and not Path(mark).exists():
                Path(mark).touch()
                os.kill(os.getppid(), signal.SIGKILL)  # what a machine's workers are started by: Ray calls it raylet
                os.kill(os.getpid(), signal.SIGKILL)
        return {"mean": np.array(train.y.mean(dtype=float))}

    def adapt(self, params: Params, descriptor: Rows, support: Support) -> Level:
        """Nothing."""
        return Level(0 * support.weight.sum(axis=-1))

    def predict(self, params: Params, state: Level, query: Query) -> Latent:
        """The same for all."""
        mean = query.offset + state.above[..., None] + np.float32(params["mean"])
        return Latent(mean, 0 * mean, np.float32(1))


def add_node(cluster: Any, **how: Any) -> None:
    """One machine more; JAX warns of forks where it has begun, but each is at once another program."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"os\.fork", RuntimeWarning)
        cluster.add_node(object_store_memory=100 * 2**20, node_ip_address="127.0.0.1", **how)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head that does no fits, and one machine that does, all processes of this one."""
    ray = pytest.importorskip("ray", reason="needs the extra ray")
    from ray.cluster_utils import Cluster

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ray._private.ray_constants, "ENABLE_RAY_CLUSTER", False)  # listens to this machine alone
        patch.setenv("RAY_AUTH_MODE", "disabled")  # no key is left in the home of whoever runs the tests
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
        made = Cluster()
        add_node(made, num_cpus=0, include_dashboard=False)
        add_node(made, num_cpus=1)
        yield made
        made.shutdown()
        ray.cloudpickle.unregister_pickle_by_value(sys.modules[__name__])


@pytest.fixture
def executor(cluster: Any) -> Iterator[Executor]:
    """Over this cluster."""
    with over_ray(cluster.address) as made:
        yield made


@pytest.fixture
def arrays(table: Any) -> TaskArrays:
    """Twelve shops."""
    tasks = TaskSet.of(table("number"))
    return TaskCodec.fit(tasks).encode(tasks)


def trained(arrays: TaskArrays, learners: Sequence[Any], *how: Any, executor: Executor) -> tuple[Params, Choice]:
    """What comes of `Auto` with these."""
    told: list[Choice] = []
    params = fit(Auto(tuple(learners)), arrays, Job(SETTINGS, *how, chosen=told.append, executor=executor))
    return params, told[0]


def assert_same(one: tuple[Params, Choice], other: tuple[Params, Choice]) -> None:
    """To the bit, but for the clock."""
    assert one[1].to_json() == other[1].to_json()
    assert jax.tree.structure(one[0]) == jax.tree.structure(other[0])
    jax.tree.map(np.testing.assert_array_equal, one[0], other[0])


@pytest.mark.slow
def test_same_model(executor: Executor, table: Any, tmp_path: Path) -> None:
    """Its version is the hash of all that it is made of; how far the fits are is told."""
    tasks, told = TaskSet.of(table("number")), list[tuple[int, int, str]]()
    learner = Auto((HEAD, TaskMean()))
    here = meta_train(tasks, learner, settings=SETTINGS).save(tmp_path / "here")
    there = meta_train(tasks, learner, settings=SETTINGS, progress=lambda *said: told.append(said), executor=executor)
    assert there.save(tmp_path / "there").version == here.version
    assert [done for done, *_ in told] == sorted(done for done, *_ in told)
    assert told[0] == (0, 1000, "first: 2 fits left")


@pytest.mark.slow
def test_machine_dies(cluster: Any, arrays: TaskArrays, tmp_path: Path) -> None:
    """Of two machines one is killed at a fit: the other does all, and the result is that of one machine."""
    mark = tmp_path / "mark"
    learners = (HEAD, Mean(str(mark)), TaskMean())
    mark.touch()
    here = trained(arrays, learners, executor=in_turn)
    mark.unlink()
    add_node(cluster, num_cpus=1)
    with over_ray(cluster.address) as executor:
        assert_same(trained(arrays, learners, executor=executor), here)
    assert mark.exists()  # what leaves it kills its machine and itself


@pytest.mark.slow
def test_refusals(executor: Executor, arrays: TaskArrays) -> None:
    """A candidate that refuses is left out with its reason; where all do, the last one's error is raised."""
    learners = (Mean("refuse"), TaskMean(), Mean())
    found = trained(arrays, learners, executor=executor)
    assert_same(found, trained(arrays, learners, executor=in_turn))
    assert found[1].candidates[0].reason == "column 'price': too flat; expected a slope; got none"
    with pytest.raises(DataError, match="too flat") as caught:
        trained(arrays, (Mean("refuse"),), executor=executor)
    assert (caught.value.column, caught.value.row) == ("price", None)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("wish", "kind", "said"),
    [("lack", NotReady, "^needs the package abacus$"), ("fail", ZeroDivisionError, "^of our own$")],
)
def test_errors_are_themselves(wish: str, kind: type, said: str, executor: Executor, arrays: TaskArrays) -> None:
    """What is no refusal ends it, and is not tried again."""
    with pytest.raises(kind, match=said):
        trained(arrays, (TaskMean(), Mean(wish)), executor=executor)


@pytest.mark.slow
def test_fit_that_kills(executor: Executor, arrays: TaskArrays, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where every worker dies under a fit it is not repeated for ever."""
    monkeypatch.setattr(module, "_MOST_DEATHS", 1)
    with pytest.raises(NotReady, match=r"0/0-mean was lost with 2 workers \(WorkerCrashedError\): .* --resume"):
        trained(arrays, (Mean("die"), TaskMean()), executor=executor)


@pytest.mark.slow
def test_resumes(executor: Executor, arrays: TaskArrays, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Checkpoints are those of one machine: what was trained over Ray is not trained again here, and leaves no mark."""
    there = trained(arrays, (HEAD, TaskMean()), None, tmp_path, executor=executor)
    assert list(tmp_path.rglob("*.mark")) == []
    monkeypatch.delattr(engine, "_sample")
    assert_same(there, trained(arrays, (HEAD, TaskMean()), None, tmp_path, executor=in_turn))


@pytest.mark.slow
def test_other_version(executor: Executor, arrays: TaskArrays, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker of another version does nothing."""
    monkeypatch.setattr(module, "__version__", "99.0")
    with pytest.raises(NotReady, match=r"expected warmstart 99\.0 on every machine"):
        trained(arrays, (TaskMean(),), executor=executor)


def refusal(address: str) -> WarmstartError:
    """Why it does not begin."""
    with pytest.raises(WarmstartError) as caught, over_ray(address):
        pass
    return caught.value


def test_package_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The extra is named."""
    monkeypatch.setitem(sys.modules, "ray", None)
    found = refusal("local")
    assert isinstance(found, NotReady)
    assert "pip install 'warmstart[ray]'" in str(found)


@pytest.mark.parametrize("address", ["127.0.0.1:1", "nowhere"])
def test_nobody_answers(address: str) -> None:
    """It is said at once, with what to do."""
    pytest.importorskip("ray", reason="needs the extra ray")
    found = refusal(address)
    assert isinstance(found, NotReady)
    assert f"expected a Ray cluster at {address} (" in str(found)
    assert "ray start --head" in str(found)
