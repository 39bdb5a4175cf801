"""Speed of what users wait for: `python -m benchmarks [NAME …] [--json FILE]`; every figure is a median of rounds.

A parameter of a benchmark's `measure` is a flag: `python -m benchmarks load --rate 100 --seconds 10`.
"""

from __future__ import annotations

import argparse
import json
import platform
from collections.abc import Callable
from importlib import import_module, metadata
from inspect import signature
from pathlib import Path
from typing import Any

_DEFAULT = ("startup", "tasks", "adapt")
_OTHERS = ("latency", "catalogue", "load", "catalogue_service", "memory", "restart", "soak")


def main() -> None:
    """Run the named benchmarks, or the short ones."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__, allow_abbrev=False)
    parser.add_argument(
        "names", nargs="*", default=list(_DEFAULT), metavar="NAME", help=", ".join((*_DEFAULT, *_OTHERS))
    )
    parser.add_argument("--json", type=Path)
    arguments, rest = parser.parse_known_args()
    print(f"python {platform.python_version()}, jax {metadata.version('jax')}, {platform.machine()}")
    found = {}
    for name, measure in [(name, import_module(f"benchmarks.{name}").measure) for name in arguments.names]:
        for what, value, unit, floor in measure(**_flags(name, measure, rest)):
            found[what] = {"value": value, "unit": unit, "floor": floor}
            print(f"{what:<62} {value:>10.3g} {unit:<4} (floor {floor})", flush=True)
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


def _flags(name: str, measure: Callable[..., Any], given: list[str]) -> dict[str, Any]:
    """What was given of the parameters of `measure`, each of the kind of its default."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks {name}")
    for each in signature(measure).parameters.values():
        parser.add_argument(f"--{each.name}", type=type(each.default), default=each.default)
    return vars(parser.parse_args(given))


if __name__ == "__main__":
    main()
