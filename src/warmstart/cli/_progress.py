"""How far a verb has come, on stderr: a bar on a terminal, elsewhere a line now and then, so that logs show life."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["Watch", "watching"]

_LINE_SECONDS, _FRAME_SECONDS = 15.0, 0.2
_SIXTY = 60


@dataclass
class Watch:
    """What is being done and how far it is; it only remembers, a bar or a thread of lines looks at it."""

    what: str
    done: float = 0.0
    total: float = 0.0
    began: float = field(default_factory=monotonic)
    first: float | None = None
    """Of `done`, where it was first told: a resumed run does not begin at zero."""

    def tell(self, what: str, done: float, total: float) -> None:
        """Meets `Tell` of an evaluation."""
        if self.first is None:
            self.first, self.began = done, monotonic()
        self.what, self.done, self.total = what, done, total

    def progress(self, done: int, total: int, note: str) -> None:
        """Meets `Progress` of the engine."""
        self.tell(f"training: {note}" if note else "training", done, total)

    @property
    def pace(self) -> tuple[float, float]:
        """Seconds since the first word, and what was done in them."""
        return monotonic() - self.began, self.done - (self.first or 0.0)

    @property
    def rate(self) -> str:
        """Units a second, or seconds a unit where that is the longer; empty before there is any."""
        gone, made = self.pace
        if made <= 0 or gone <= 0:
            return ""
        return f"{made / gone:.1f}/s" if made > gone else f"{gone / made:.1f} s each"

    def line(self) -> str:
        """All that is known, for a log."""
        gone, made = self.pace
        left = f"{_clock(gone / made * (self.total - self.done))} left" if made > 0 else ""
        how_far = f"{self.done:,.4g} of {self.total:,.4g}" if self.total else ""
        return ", ".join(part for part in (self.what, how_far, self.rate, f"{_clock(gone)} gone", left) if part)


@contextmanager
def watching(what: str) -> Iterator[Watch]:
    """Show `what`, and whatever the `Watch` is told, until the block ends."""
    from rich.console import Console

    watch, console = Watch(what), Console(stderr=True, highlight=False, markup=False)
    shown: AbstractContextManager[None] = (_bar if console.is_terminal else _lines)(watch, console)
    with shown:
        yield watch


@contextmanager
def _bar(watch: Watch, console: Console) -> Iterator[None]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %  {task.fields[rate]}", markup=False),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True, auto_refresh=False) as bar:
        task = bar.add_task(watch.what, total=None, rate="")

        def draw() -> None:
            bar.update(task, description=watch.what, completed=watch.done, total=watch.total or None, rate=watch.rate)
            bar.refresh()

        with _every(_FRAME_SECONDS, draw):
            yield


@contextmanager
def _lines(watch: Watch, console: Console) -> Iterator[None]:
    with _every(_LINE_SECONDS, lambda: console.print(watch.line(), soft_wrap=True)):
        yield


@contextmanager
def _every(seconds: float, act: Callable[[], object]) -> Iterator[None]:
    """Call `act` again and again while the block runs; in a thread, as the block may be silent for long."""
    over = Event()

    def beat() -> None:
        while not over.wait(seconds):
            act()

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), _SIXTY)
    return f"{minutes}:{rest:02d}"
