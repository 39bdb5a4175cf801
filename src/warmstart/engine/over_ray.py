"""`over_ray`: fits that do not need each other, each as one task of a Ray cluster.

A whole fit is what is spread, not the gradients of its steps: models are small, and what takes long is that there are
many. A fit is a pure function, so one that was lost with its worker is done again and gives the same.
"""

from __future__ import annotations

import os
import socket
import sys
import warnings
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from warmstart._version import __version__
from warmstart.engine.compilation import remember_compiled
from warmstart.engine.executor import Asked, Executor, Fit, Fitted, fitted, in_turn
from warmstart.engine.remote_folder import RemoteFolder
from warmstart.errors import NotReady
from warmstart.tasks.arrays import TaskArrays

if TYPE_CHECKING:
    from warmstart.engine.fit import Job

__all__ = ["over_ray"]

_LOCAL, _OWN = "local", "auto"
_REACHED_S = 10.0
_MOST_DEATHS = 10  # of workers under one fit: then it is what kills them
_SMALL: dict[str, Any] = {"include_dashboard": False, "object_store_memory": 256 * 2**20}
"""Of a cluster of this machine alone: shared memory for arrays, in bytes; what is more goes to disk."""
_QUIET = {"RAY_USAGE_STATS_ENABLED": "0"}
"""No report of who uses it to its makers."""
_ALONE = {"RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0"}
"""On any system: a cluster of this machine listens to this machine alone."""
_WORKER = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "JAX_PLATFORMS": "cpu"}
"""The environment of a worker, who has one processor."""
_PASSED_ON = ("NPROC", "XLA_FLAGS", "JAX_DISABLE_MOST_OPTIMIZATIONS", "JAX_ENABLE_X64")
"""What compiles other programs, with other last digits: a worker has them as they are here."""


@contextmanager
def over_ray(address: str) -> Iterator[Executor]:
    """An executor over the cluster at `address`, as long as the block runs.

    "local" is a cluster of this machine alone that ends with the block, "auto" the one that this machine belongs to.
    Errors: `NotReady` without the package ray, or where no cluster answers.
    """
    for name, value in (_QUIET | _ALONE if address == _LOCAL else _QUIET).items():
        os.environ.setdefault(name, value)  # Ray looks when it is imported
    try:
        import ray
    except ImportError as error:
        raise NotReady("several machines need the package ray: pip install 'warmstart[ray]'") from error
    _connect(ray, address)
    try:
        yield partial(_spread, ray)
    finally:
        ray.shutdown()


def _connect(ray: ModuleType, address: str) -> None:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"os\.fork", RuntimeWarning)  # JAX's: but each is at once another program
        try:
            _check_reached(address)
            ray.init(
                address,
                **(_SMALL if address == _LOCAL else {}),
                runtime_env={"env_vars": _environment()},
                log_to_driver=False,
                logging_level="ERROR",
            )
        except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
            why = str(error).partition("\n")[0]
            raise NotReady(
                f"expected a Ray cluster at {address} ({why}): start one with `ray start --head`, or use --ray local"
            ) from error


def _check_reached(address: str) -> None:
    """Whether somebody listens there: Ray would try for minutes. Errors: `OSError`, `ValueError`."""
    if address not in (_LOCAL, _OWN):
        there = urlsplit(address if "://" in address else f"//{address}")
        socket.create_connection((there.hostname, there.port), _REACHED_S).close()


def _environment() -> dict[str, str]:
    """XLA divides sums among its threads, which it counts by NPROC: as many as here give the same last digits."""
    own = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    passed_on = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    return {"NPROC": str(own)} | passed_on | _WORKER


def _spread(ray: ModuleType, asked: Sequence[Asked], job: Job, fit: Fit) -> Generator[Fitted, None, None]:
    """Meets `Executor`."""
    task = ray.remote(num_cpus=1, max_retries=_MOST_DEATHS)(_fit_there)
    arrays = {id(each): ray.put(each) for each in {id(one.tasks): one.tasks for one in asked}.values()}
    alone = ray.put(replace(job, tell=None, checkpoint=None, chosen=None, effects=None, executor=in_turn))
    folders = [None if job.checkpoint is None else RemoteFolder.of(job.checkpoint / one.name) for one in asked]
    refs = [
        task.remote(one.learner, arrays[id(one.tasks)], alone, fit, folder, __version__)
        for one, folder in zip(asked, folders, strict=True)
    ]
    waiting = list(refs)
    try:
        for one, folder, ref in zip(asked, folders, refs, strict=True):
            while ref in waiting:
                job.progress(len(refs) - len(waiting), len(refs), f"{len(waiting)} fits left")
                _, waiting = ray.wait(waiting, num_returns=1)
            found, back = _got(ray, ref, one)
            if folder is not None:
                folder.close(back)
            yield found
    finally:
        for ref in waiting:
            ray.cancel(ref, force=True)


def _got(ray: ModuleType, ref: Any, one: Asked) -> tuple[Fitted, dict[str, bytes]]:
    """What a worker sent; errors of the fit as themselves."""
    try:
        found, back = ray.get(ref)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise NotReady(
            f"{one.name} was lost with {_MOST_DEATHS + 1} workers ({type(error).__name__}): look at their memory, and "
            "train again with --resume"
        ) from error
    return found._replace(params=deepcopy(found.params)), back  # arrays of Ray's own memory end with it


def _fit_there(
    learner: Any, tasks: TaskArrays, job: Job, fit: Fit, folder: RemoteFolder | None, version: str
) -> tuple[Fitted, dict[str, bytes]]:
    """In a worker: what comes of the fit, and the files of its checkpoint where they cannot be seen from elsewhere."""
    if version != __version__:
        raise NotReady(f"expected warmstart {version} on every machine of the cluster; one has {__version__}")
    remember_compiled()
    own = deepcopy(tasks)  # Ray lends arrays that cannot be written, which not every library takes
    if folder is None:
        return fitted(learner, own, job, fit), {}
    with folder.opened() as (checkpoint, back):
        found = fitted(learner, own, replace(job, checkpoint=checkpoint), fit)
    return found, back
