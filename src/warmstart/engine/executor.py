"""`Executor`: how several fits that do not need each other are done: `in_turn` here, `over_ray` on several machines."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from warmstart.errors import UserError
from warmstart.learners.contract import Params
from warmstart.tasks.arrays import TaskArrays

if TYPE_CHECKING:
    from warmstart.engine.fit import Job

__all__ = ["Asked", "Executor", "Fit", "Fitted", "fitted", "in_turn"]

Fit = Callable[[Any, TaskArrays, "Job"], Params]
"""Fits any learner."""


class Asked(NamedTuple):
    """One of several fits; its name is its own among them."""

    name: str
    learner: Any
    tasks: TaskArrays


class Fitted(NamedTuple):
    """What came of it: parameters, or why the learner refused."""

    params: Params
    refused: UserError | None
    seconds: float

    def checked(self) -> Params:
        """The parameters. Errors: the refusal."""
        if self.refused is not None:
            raise self.refused
        return self.params


class Executor(Protocol):
    """How several fits are done; each is a pure function of its learner, its tasks and the job's settings."""

    def __call__(self, asked: Sequence[Asked], job: Job, fit: Fit) -> Generator[Fitted, None, None]:
        """What came of each, in this order; `job` is theirs together, and is told how far they have come.

        Whoever closes it early gives up the rest. Errors: those of a fit but for `UserError`, which is a refusal.
        """


def in_turn(asked: Sequence[Asked], job: Job, fit: Fit) -> Generator[Fitted, None, None]:
    """Meets `Executor`: one after the other, each when it is wanted, in this process."""
    for place, (name, learner, tasks) in enumerate(asked):
        yield fitted(learner, tasks, job.part(name, place / len(asked), 1 / len(asked)), fit)


def fitted(learner: Any, tasks: TaskArrays, job: Job, fit: Fit) -> Fitted:
    """What comes of one fit, and how long it takes."""
    started = perf_counter()
    try:
        params, refused = fit(learner, tasks, job), None
    except UserError as error:
        params, refused = {}, error
    return Fitted(params, refused, perf_counter() - started)
