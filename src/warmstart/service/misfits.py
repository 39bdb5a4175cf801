"""`misfits`: what a form says of the fields that do not fit it."""

from __future__ import annotations

from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

__all__ = ["misfits"]

_MOST_TOLD = 20
_MOST_READ = 1_000  # each is made an object of Python: a million of them would take seconds and gigabytes


def misfits(error: ValidationError | RequestValidationError) -> list[str]:
    """Each field with what was expected, up to twenty of them; of a flood of them no more than that it is one."""
    if isinstance(error, ValidationError) and error.error_count() > _MOST_READ:
        return [f"body: {error.error_count():,} fields do not fit its form, which /openapi.json describes"]
    return [f"{'.'.join(map(str, told['loc'])) or 'body'}: {told['msg']}" for told in error.errors()[:_MOST_TOLD]]
