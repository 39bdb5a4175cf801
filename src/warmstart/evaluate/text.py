"""The K-shot table as text: learners as rows, numbers of support rows as columns, a block for each slice and metric."""

from __future__ import annotations

import io

from rich import box
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from warmstart.evaluate._block import Block, blocks_of
from warmstart.evaluate.result import Report, Row

__all__ = ["table", "to_text"]

_LEGEND = "▸ default learner   · baseline   * best of its column   ± half of the 95 % interval over tasks"
_WIDEST_NAME = 28
_EXACT_MS = 10


def table(report: Report) -> RenderableType:
    """All that a terminal shows of a report; give it to any `rich.console.Console`."""
    seeds = f"{report.seeds} seed{'s' * (report.seeds != 1)}"
    head = Text.assemble((report.scenario, "bold"), f" on {report.data} · protocol {report.protocol} · {seeds}")
    chosen = [Text(f"{report.default} chose {report.chosen}")] if report.chosen != report.default else []
    notes = [Text(note, style="yellow") for note in report.notes]
    verdict = Text(report.verdict, style="bold")
    blocks = blocks_of(report)
    grids = (part for block in blocks for part in (_title(block), _grid(block), Text()))
    legend = Text(_LEGEND, style="dim")
    choice = [Text(), Text(report.choice, no_wrap=True)] if report.choice else []
    return Group(head, *chosen, Text(), *grids, legend, *map(_speed, blocks[:1]), *choice, *notes, Text(), verdict)


def to_text(report: Report, width: int = 100) -> str:
    """The same without colour, `width` columns wide."""
    console = Console(file=io.StringIO(), width=width, color_system=None, force_terminal=False, legacy_windows=False)
    with console.capture() as capture:
        console.print(table(report))
    return "\n".join(line.rstrip() for line in capture.get().splitlines()) + "\n"


def _title(block: Block) -> Text:
    where = "" if block.slice == "all" else f" · {block.slice}"
    return Text.assemble((f"{block.metric}{where}", "bold cyan"), f"  {block.label}; {block.direction}; {block.tasks}")


def _grid(block: Block) -> Table:
    grid = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), show_edge=False)
    grid.add_column("learner", max_width=_WIDEST_NAME, overflow="fold")
    for k in block.shots:
        grid.add_column("own K" if k is None else f"K={k}", justify="right", overflow="fold")
    first_baseline = next((name for name in block.learners if name in block.report.baselines), None)
    for name in block.learners:
        if name == first_baseline:
            grid.add_section()
        cells = (_cell(block, block.row(name, k)) for k in block.shots)
        grid.add_row(_name(block.report, name), *cells)
    return grid


def _name(report: Report, learner: str) -> Text:
    if learner == report.default:
        return Text(f"▸ {learner}", style="bold")
    return Text(f"· {learner}", style="dim") if learner in report.baselines else Text(f"  {learner}")


def _cell(block: Block, row: Row | None) -> Text:
    if row is None:
        return Text("–", style="dim")
    best = block.is_best(row)
    return Text.assemble(
        (block.value(row), "bold underline" if best else ""), (block.half(row), "dim"), "*" if best else " "
    )


def _speed(block: Block) -> Text:
    rows = (block.line(name)[-1] for name in block.learners)
    told = (f"{row.learner} {row.ms_per_task:,.{2 if row.ms_per_task < _EXACT_MS else 0}f}" for row in rows)
    return Text(f"ms per task with most support: {' · '.join(told)}", style="dim")
