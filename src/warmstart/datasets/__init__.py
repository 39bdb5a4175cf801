"""Catalogue of public data sets: where each lies, its licence and checksum, and how it becomes a `Table`."""

from __future__ import annotations

__all__: list[str] = []
