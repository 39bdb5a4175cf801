"""The HTML report: one file that needs nothing else, with the verdict on top, light or dark as the reader likes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from warmstart.evaluate._atomic import write_whole
from warmstart.evaluate._block import Block, blocks_of
from warmstart.evaluate._html_style import STYLE
from warmstart.evaluate.picture import calibration_svg, curve_svg
from warmstart.evaluate.result import Report, Row

__all__ = ["Section", "html_report", "write_html"]

# Even if a name slipped through unescaped, the page may run no script and load nothing.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_LEGEND = "Best of each column underlined; ± is half of the 95 % bootstrap interval over tasks."


@dataclass(frozen=True)
class Section:
    """A part below the results: data quality, examples of explanations."""

    title: str
    text: str = ""
    """Plain text, shown as it is laid out."""
    html: str = ""
    """Trusted HTML of our own, put in unchanged."""


def html_report(report: Report, sections: Sequence[Section] = ()) -> str:
    """The whole page; every name and text in it is escaped."""
    title = escape(f"{report.scenario} on {report.data}")
    choice = [Section(f"What {report.default} chose", report.choice)] if report.choice else []
    parts = (
        *map(_block, blocks_of(report)),
        _calibration(report),
        _speed(report),
        *map(_section, [*choice, *sections]),
        _notes(report),
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n"
        f"{_head(report, title)}\n{''.join(parts)}</main></body></html>\n"
    )


def write_html(report: Report, path: Path, sections: Sequence[Section] = ()) -> Path:
    """Write the page whole or not at all; `UsageError` where the place is not writable."""
    return write_whole(path, html_report(report, sections).encode())


def _head(report: Report, title: str) -> str:
    seeds = f"{report.seeds} seed{'s' * (report.seeds != 1)}"
    chosen = "" if report.chosen == report.default else f" · {report.default} chose {report.chosen}"
    default = "" if report.default in report.baselines else f" · default learner {report.default}"
    under = escape(f"protocol {report.protocol} · {seeds}{default}{chosen}")
    lines = "".join(f"<p>{escape(line)}</p>" for line in report.verdict.splitlines())
    verdict = f'<div class="verdict">{lines}</div>' if lines else ""
    return f'<h1>{title}</h1><p class="muted">{under}</p>{verdict}'


def _block(block: Block) -> str:
    where = "" if block.slice == "all" else f" · {block.slice}"
    head = "".join(f"<th>{'own K' if k is None else f'K = {k}'}</th>" for k in block.shots)
    rows = "".join(_line(block, learner) for learner in block.learners)
    about = escape(f"{block.label}; {block.direction}; {block.tasks}. {_LEGEND}")
    return (
        f"<section><h2>{escape(block.metric + where)}</h2>"
        f'<div class="scroll">{curve_svg(block.report, block.metric, block.slice)}</div>'
        f'<p class="about muted">{about}</p>'
        f'<div class="scroll"><table><thead><tr><th>learner</th>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        "</section>\n"
    )


def _line(block: Block, learner: str) -> str:
    report = block.report
    kind = "default" if learner == report.default else "baseline" if learner in report.baselines else "other"
    mark = " <small>baseline</small>" if learner in report.baselines else ""
    cells = "".join(_cell(block, block.row(learner, k)) for k in block.shots)
    return f'<tr class="{kind}"><th scope="row">{escape(learner)}{mark}</th>{cells}</tr>'


def _cell(block: Block, row: Row | None) -> str:
    if row is None:
        return "<td>–</td>"
    best = ' class="best"' if block.is_best(row) else ""
    return f"<td{best}><span>{block.value(row)}</span><small>{block.half(row)}</small></td>"


def _calibration(report: Report) -> str:
    if report.default not in {each.learner for each in report.calibration}:
        return ""
    about = (
        f"Share of outcomes beside what {report.default} said: of a number each quantile, of two classes each tenth."
    )
    picture = f'<div class="scroll">{calibration_svg(report)}</div>'
    return f'<section><h2>Calibration</h2>{picture}<p class="about muted">{escape(about)}</p></section>\n'


def _speed(report: Report) -> str:
    blocks = blocks_of(report)[:1]
    rows = "".join(
        f'<tr><th scope="row">{escape(row.learner)}</th><td>{row.ms_per_task:,.2f}</td></tr>'
        for block in blocks
        for row in (block.line(learner)[-1] for learner in block.learners)
    )
    head = "<thead><tr><th>learner</th><th>milliseconds per task</th></tr></thead>"
    return f"<section><h2>Speed with most support</h2><table>{head}<tbody>{rows}</tbody></table></section>\n"


def _section(section: Section) -> str:
    text = f"<pre>{escape(section.text)}</pre>" if section.text else ""
    return f"<section><h2>{escape(section.title)}</h2>{section.html}{text}</section>\n"


def _notes(report: Report) -> str:
    notes = "".join(f"<li>{escape(note)}</li>" for note in report.notes)
    return f"<section><h2>Notes</h2><ul>{notes}</ul></section>\n" if notes else ""
