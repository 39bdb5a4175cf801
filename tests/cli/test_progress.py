"""Progress goes to stderr: nothing for what is short, lines in a log, a bar on a terminal."""

from __future__ import annotations

import io
import re
import sys
from threading import Event

import pytest

from warmstart.cli import _progress as module
from warmstart.cli._progress import Watch, watching


class Log(io.StringIO):
    """A stream that tells when a word has been written."""

    def __init__(self, word: str, terminal: bool) -> None:
        self.word, self.terminal, self.came = word, terminal, Event()

    def isatty(self) -> bool:
        """Whether it passes for a terminal."""
        return self.terminal

    def write(self, text: str) -> int:
        """Look for the word."""
        if self.word in text:
            self.came.set()
        return len(text)


def test_short_work_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    """Where stderr is a file, nothing is said before the first interval is over."""
    with watching("reading") as watch:
        watch.tell("reading on", 1, 2)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("terminal", [False, True])
def test_long_work_shows_life(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was told last is shown while the block runs, although the block itself says nothing more."""
    monkeypatch.setattr(module, "_LINE_SECONDS", 0.01)
    monkeypatch.setattr(module, "_FRAME_SECONDS", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    log = Log("halfway [x]", terminal)
    monkeypatch.setattr(sys, "stderr", log)
    with watching("starting") as watch:
        watch.tell("halfway [x]", 1, 2)
        assert log.came.wait(10)


def test_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run resumed at 100 of 400 that made 50 in 10 seconds has 50 seconds to go."""
    monkeypatch.setattr(module, "monotonic", lambda: 0.0)
    watch = Watch("training")
    watch.progress(100, 400, "loss 1.5")
    watch.done = 150
    monkeypatch.setattr(module, "monotonic", lambda: 10.0)
    assert watch.line() == "training: loss 1.5, 150 of 400, 5.0/s, 0:10 gone, 0:50 left"


@pytest.mark.parametrize(("done", "shown"), [(0.0, ""), (0.5, "20.0 s each")])
def test_slow_rate(done: float, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is done there is no rate; below one a second it is turned round."""
    watch = Watch("judging", began=0.0, first=0.0)
    watch.done = done
    monkeypatch.setattr(module, "monotonic", lambda: 10.0)
    assert watch.rate == shown


def test_log_line_is_plain(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of a log has no control characters."""
    assert re.fullmatch(r"reading, \d+:\d\d gone", Watch("reading").line())
