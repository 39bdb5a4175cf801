"""Speed of what users wait for: `python -m benchmarks [NAME …] [--json FILE]`; every figure is a median of rounds."""

from __future__ import annotations

import argparse
import json
import platform
from importlib import import_module, metadata
from pathlib import Path

_ALL = ("startup", "tasks", "adapt")


def main() -> None:
    """Run the named benchmarks, or all."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=list(_ALL), metavar="NAME", help=", ".join(_ALL))
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    print(f"python {platform.python_version()}, jax {metadata.version('jax')}, {platform.machine()}")
    found = {}
    for name in arguments.names:
        for what, value, unit, floor in import_module(f"benchmarks.{name}").measure():
            found[what] = {"value": value, "unit": unit, "floor": floor}
            print(f"{what:<62} {value:>10.3g} {unit:<4} (floor {floor})")
    if arguments.json:
        arguments.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
