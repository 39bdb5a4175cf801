"""`warmstart evaluate`: judge a scenario's learners and baselines on tasks that training never saw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from warmstart.cli._contenders import check_names, contender
from warmstart.cli._outputs import check_file
from warmstart.cli._problem import read_problem
from warmstart.cli._progress import watching
from warmstart.cli._show import show
from warmstart.errors import UsageError

if TYPE_CHECKING:
    from warmstart.evaluate.result import Report
    from warmstart.tables.quality import QualityReport

__all__ = ["evaluate"]


def evaluate(
    scenario: Annotated[str, typer.Argument(help="A name of `warmstart scenarios`.")],
    data: Annotated[str, typer.Option(help="A data set of `warmstart data list`, or a TOML of `warmstart init`.")],
    protocol: Annotated[str | None, typer.Option(help="How new tasks are made; by default the scenario's.")] = None,
    learner: Annotated[
        list[str] | None, typer.Option(help="Only these; may be repeated, or be several by commas.")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How often everything is split, trained and judged anew.")] = 3,
    *,
    json: Annotated[Path | None, typer.Option(metavar="FILE", help="Write every figure to this JSON file.")] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write a report that needs nothing else to this file.")
    ] = None,
    png: Annotated[Path | None, typer.Option(metavar="FILE", help="Write the K-shot curve to this picture.")] = None,
    slope: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the smallest and the largest K alone to this picture.")
    ] = None,
    calibration: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write what the default said against what came true.")
    ] = None,
) -> None:
    """Train each learner on some tasks, ask it about others at growing K, and show the table and the verdict."""
    from warmstart.evaluate import protocols, run
    from warmstart.evaluate.picture import write_calibration
    from warmstart.evaluate.text import table
    from warmstart.scenarios import catalog

    declared = catalog.scenario(scenario)
    names = [name.strip() for several in learner or [] for name in several.split(",")]
    check_names(names)
    if protocol is not None:
        protocols.protocol(protocol)
    for path in (json, html, png, slope, calibration):
        check_file(path)
    problem, quality = read_problem(declared, data)
    if calibration is not None and problem.likelihood in ("ranking", "categorical", "ordinal"):
        raise UsageError(f"--calibration is of numbers, counts and two classes; the target is {problem.likelihood}")
    contest = declared.contest(problem.likelihood)
    for name in names or (*contest.learners, *contest.baselines):
        contender(contest, name, problem.likelihood)
    print(quality.text(), flush=True)
    quality.raise_if_unusable()
    with watching("splitting and encoding the tasks") as watch:
        report = run.evaluate(declared, problem, protocol_name=protocol, learners=names, seeds=seeds, tell=watch.tell)
    show(table(report))
    _write(report, quality, json, html, png, slope)
    if calibration is not None:
        write_calibration(report, calibration)


def _write(
    report: Report,
    quality: QualityReport,
    json: Path | None,
    html: Path | None,
    png: Path | None,
    slope: Path | None,
) -> None:
    from warmstart.evaluate.html import Section, write_html
    from warmstart.evaluate.picture import write_png

    if json is not None:
        report.write_json(json)
    if html is not None:
        write_html(report, html, [Section("Data quality", quality.text())])
    if png is not None:
        write_png(report, png)
    if slope is not None:
        write_png(report, slope, slope=True)
