"""Waiting for a download."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from warmstart.datasets.source import Source
from warmstart.datasets.watch import watch


@pytest.mark.parametrize("status", [0, 3])
def test_status_of_the_process_is_returned_in_silence(
    status: int, tiny: Source, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Without a terminal nothing is shown, and the process's own status comes back."""
    assert tiny.wheel is not None
    process = subprocess.Popen([sys.executable, "-c", f"raise SystemExit({status})"])
    assert watch(process, tmp_path, tiny.wheel) == status
    assert capfd.readouterr() == ("", "")
