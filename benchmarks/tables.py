"""Write the figures of a report into its section of docs/benchmarks.md: `python -m benchmarks.tables JSON HEADING`.

The section has them already, of an earlier commit: a table of one metric with a line for each learner, and a table with
lines `METRIC, auto` and `METRIC, best baseline`. Lines, their order and the text around them stay.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

from warmstart.scenarios.catalog import scenario

_PAGE = Path(__file__).parents[1] / "docs" / "benchmarks.md"


class _Report:
    """Figures by metric, learner and support size."""

    def __init__(self, told: dict[str, Any], shots: Sequence[int]) -> None:
        self._rows = {(r["metric"], r["learner"], r["k"]): r for r in told["rows"] if r["slice"] == "all"}
        self._shots = shots
        reference = {name for kind in scenario(told["scenario"]).contests.values() for name in kind.baselines}
        self._baselines = [name for name in dict.fromkeys(r["learner"] for r in told["rows"]) if name in reference]

    def best(self, metric: str, k: int, learners: Sequence[str] = ()) -> str:
        """Of these learners, by default the baselines."""
        rows = [self._rows[metric, name, k] for name in learners or self._baselines if (metric, name, k) in self._rows]
        ahead = max if rows[0]["higher_is_better"] else min
        return str(ahead(rows, key=lambda row: row["mean"])["learner"])

    def cells(self, metric: str, learner: str) -> Iterator[str]:
        """Mean and half of the 95 % interval."""
        for k in self._shots:
            row = self._rows[metric, learner, k]
            yield f"{_short(row['mean'], 4)} ± {_short((row['high'] - row['low']) / 2, 3)}"

    def mean(self, metric: str, learner: str, k: int) -> float:
        """Over tasks."""
        return float(self._rows[metric, learner, k]["mean"])


def main() -> None:
    """Rewrite the section, and say how `auto` compares with the best baseline at each support size."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("report", type=Path, metavar="JSON", help="of `warmstart evaluate … --json`")
    parser.add_argument("heading", help="of the section, without ##")
    asked = parser.parse_args()
    told, sections = json.loads(asked.report.read_text()), re.split(r"^(?=## )", _PAGE.read_text(), flags=re.MULTILINE)
    at = next((i for i, each in enumerate(sections) if each.startswith(f"## {asked.heading}\n")), None)
    if at is None:
        parser.error(f"no section {asked.heading!r} in {_PAGE}")
    lines = sections[at].splitlines()
    first, second = (i for i, line in enumerate(lines) if line.startswith("|") and "| K=" in line)
    shots = [int(k) for k in re.findall(r"K=(\d+)", lines[first])]
    metric, report = _name(lines[first]), _Report(told, shots)
    _learners(lines, first + 2, metric, report, shots)
    _others(lines, second + 2, report, shots)
    sections[at] = "\n".join(lines) + "\n"
    _PAGE.write_text("".join(sections))
    for k in shots:
        best = report.best(metric, k)
        ratio = report.mean(metric, "auto", k) / report.mean(metric, best, k)
        print(f"K={k}: {metric} of auto {100 * (ratio - 1):+.1f} % against {best}")
    print(told["verdict"])


def _learners(lines: list[str], at: int, metric: str, report: _Report, shots: Sequence[int]) -> None:
    """The table of one metric: the best of each column bold."""
    names = [_name(line) for line in _table(lines, at)]
    best = [report.best(metric, k, names) for k in shots]
    most = [f"{report.mean(metric, name, k):.4f}" for name, k in zip(best, shots, strict=True)]
    for i, name in enumerate(names):
        means = [f"{report.mean(metric, name, k):.4f}" for k in shots]
        cells = zip(report.cells(metric, name), means, most, strict=True)
        told = [f"**{cell}**" if mean == top else cell for cell, mean, top in cells]
        lines[at + i] = _line("**auto**" if name == "auto" else name, told)


def _others(lines: list[str], at: int, report: _Report, shots: Sequence[int]) -> None:
    """The table of the other metrics."""
    for i, line in enumerate(list(_table(lines, at))):
        what = line.split("|")[1].strip()
        metric, _, who = what.partition(", ")
        if who == "best baseline":
            best = [report.best(metric, k) for k in shots]
            told = [f"{_short(report.mean(metric, b, k), 4)} `{b}`" for b, k in zip(best, shots, strict=True)]
        else:
            told = list(report.cells(metric, "auto"))
        lines[at + i] = _line(what, told)


def _table(lines: Sequence[str], at: int) -> Iterator[str]:
    return takewhile(lambda line: line.startswith("|"), lines[at:])


def _name(line: str) -> str:
    return line.split("|")[1].strip(" *")


def _line(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def _short(value: float, digits: int) -> str:
    """.1234 for 0.1234."""
    return re.sub(r"^(-?)0\.", r"\1.", f"{value:.{digits}f}")


if __name__ == "__main__":
    main()
