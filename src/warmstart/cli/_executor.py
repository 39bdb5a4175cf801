"""`--ray`: where the fits of a training are done."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from warmstart.engine.executor import Executor

__all__ = ["Ray", "executor"]

Ray = Annotated[
    str | None,
    typer.Option(
        "--ray",
        metavar="ADDRESS",
        help="Spread the fits over a Ray cluster: host:port, auto for the one that this machine belongs to, or local "
        "for the processors of this machine.",
    ),
]


def executor(address: str | None) -> AbstractContextManager[Executor]:
    """Ray at this address, or this process where there is none."""
    if address is None:
        from warmstart.engine.executor import in_turn

        return nullcontext(in_turn)
    from warmstart.engine.over_ray import over_ray

    return over_ray(address)
