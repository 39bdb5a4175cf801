"""`warmstart`: the verbs put together. Each verb imports what is heavy only when it runs."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from warmstart._version import __version__
from warmstart.cli._boundary import guarded
from warmstart.cli.adapt import adapt
from warmstart.cli.backup import backup
from warmstart.cli.data import data
from warmstart.cli.decide import decide
from warmstart.cli.demo import demo
from warmstart.cli.doctor import doctor
from warmstart.cli.evaluate import evaluate
from warmstart.cli.events import events
from warmstart.cli.explain import explain
from warmstart.cli.forget import forget
from warmstart.cli.init import init
from warmstart.cli.keys import keys
from warmstart.cli.policy import policy
from warmstart.cli.predict import predict
from warmstart.cli.restore import restore
from warmstart.cli.scenarios import scenarios
from warmstart.cli.serve import serve
from warmstart.cli.train import train
from warmstart.cli.update import update

__all__ = ["app", "main"]

app = typer.Typer(
    name="warmstart",
    help="Meta-train once over many related tasks, then adapt to a new one from a handful of rows.",
    pretty_exceptions_enable=False,
)
app.command()(demo)
for name, nouns in (("data", data), ("events", events), ("keys", keys)):
    app.add_typer(nouns, name=name)
_VERBS = (scenarios, init, train, evaluate, adapt, predict, decide, explain)
_OF_THE_SERVICE = (serve, update, policy, forget, backup, restore)
for verb in (*_VERBS, *_OF_THE_SERVICE, doctor):
    app.command()(verb)


def _version(asked: bool) -> None:
    if asked:
        print(f"warmstart {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say it and stop.")
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error; goes anywhere.")] = False,
) -> None:
    """Options of every verb; `main` has already taken `--debug` out."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name); the exit code. No error leaves as a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    rest = [word for word in given if word != "--debug"] or ["--help"]
    return guarded(lambda: app(rest, prog_name="warmstart", standalone_mode=False), debug="--debug" in given)
