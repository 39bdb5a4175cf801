"""`JobRunner`: works on jobs one after the other, each in a process of its own."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from queue import Full, Queue
from threading import Event, Lock, Thread
from typing import Any

from warmstart.errors import NotFound, NotReady, Overloaded
from warmstart.service.service import now
from warmstart.store.jobs import Jobs

__all__ = ["OUTCOME", "Command", "JobRunner"]

OUTCOME = "{outcome}"

_LOG = logging.getLogger("warmstart.service")
_MOST_WAITING = 8
_BEAT_S = 15.0
_KEPT_LINES = 20  # of what a job said, to tell why it failed


@dataclass(frozen=True)
class Command:
    """A program that tells on stderr how far it is, and leaves one JSON value."""

    arguments: tuple[str, ...]
    """Where one is `OUTCOME`, it is told the file to leave the value in; else it prints it."""
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Work:
    name: str
    command: Command
    stopped: bool = False
    process: subprocess.Popen[str] | None = None


class JobRunner:
    """Jobs that run or wait when it is closed are stopped; those of a service that was killed are told as lost."""

    def __init__(self, jobs: Jobs, command: Callable[[str, str, str, Mapping[str, Any]], Command]) -> None:
        """`command` is what to run for tenant, scenario, kind and wish; it raises where there is nothing to run."""
        self.jobs, self._command = jobs, command
        self._waiting: Queue[_Work | None] = Queue(_MOST_WAITING)
        self._open: dict[str, _Work] = {}
        self._lock, self._closing = Lock(), Event()
        self._threads = [Thread(target=each, daemon=True) for each in (self._work, self._beat)]
        for thread in self._threads:
            thread.start()

    def submit(self, tenant: str, scenario: str, kind: str, wish: Mapping[str, Any]) -> str:
        """The id of the job, which waits for its turn. Errors: `Overloaded` where too many wait; of `command`."""
        command = self._command(tenant, scenario, kind, wish)
        if self._waiting.full():
            raise Overloaded(f"{_MOST_WAITING} jobs wait")
        work = _Work(self.jobs.add(tenant, scenario, kind, wish, now()), command)
        with self._lock:
            self._open[work.name] = work
        try:
            self._waiting.put_nowait(work)
        except Full:
            self._end(work, "too many jobs waited", None, failed=True)
            raise Overloaded(f"{_MOST_WAITING} jobs wait") from None
        return work.name

    def stop(self, name: str) -> None:
        """End a job that waits or runs here. Errors: `NotFound` for any other."""
        with self._lock:
            work = self._open.get(name)
            if work is None:
                raise NotFound("job that runs in this service", name, ())
            work.stopped = True
            if work.process is not None:
                work.process.terminate()

    def close(self) -> None:
        """Stop what runs and what waits."""
        self._closing.set()
        for name in list(self._open):
            self.stop(name)
        self._waiting.put(None)
        for thread in self._threads:
            thread.join()

    def _work(self) -> None:
        while (work := self._waiting.get()) is not None:
            try:
                said, outcome, failed = self._run(work)
            except Exception as error:  # whatever it is, the job is told to have failed, and the next one runs
                said, outcome, failed = str(error), None, True
            self._end(work, said, outcome, failed=failed)

    def _run(self, work: _Work) -> tuple[str, Any, bool]:
        """What it said last, its outcome, and whether it failed."""
        with tempfile.TemporaryDirectory() as folder:
            self._quietly(self.jobs.begin, work.name, now())
            outcome = Path(folder) / "outcome"
            code, lines = self._process(work, outcome)
            if work.stopped:
                return "stopped", None, True
            if code:
                return "\n".join(lines), {"exit": code}, True
            return "", json.loads(outcome.read_text()), False

    def _process(self, work: _Work, outcome: Path) -> tuple[int, deque[str]]:
        """The exit code and the last lines that it said, each of which is told as it comes."""
        lines: deque[str] = deque(maxlen=_KEPT_LINES)
        arguments = [str(outcome) if each == OUTCOME else each for each in work.command.arguments]
        printed = os.devnull if OUTCOME in work.command.arguments else outcome
        with self._lock, open(printed, "w") as out:
            if work.stopped:
                return 1, lines
            work.process = subprocess.Popen(
                arguments,
                env=os.environ | work.command.environment,
                stdout=out,
                stderr=subprocess.PIPE,
                text=True,
            )
        with work.process as process:
            for line in process.stderr or ():
                if line.strip():
                    lines.append(line.strip())
                    self._quietly(self.jobs.tell, work.name, line.strip(), now())
        return process.returncode, lines

    def _end(self, work: _Work, said: str, outcome: Any, *, failed: bool) -> None:
        self._quietly(lambda: self.jobs.end(work.name, said, outcome, now(), failed=failed))
        with self._lock:
            self._open.pop(work.name, None)

    def _beat(self) -> None:
        while not self._closing.wait(_BEAT_S):
            self._quietly(self.jobs.beat, list(self._open), now())

    def _quietly(self, tell: Callable[..., None], *told: Any) -> None:
        """Tell the database; where it is away the work goes on, and a job of which nothing is heard is lost."""
        try:
            tell(*told)
        except NotReady as error:
            _LOG.warning("a job is not told: %s", error)
