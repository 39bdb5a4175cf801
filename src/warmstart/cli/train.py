"""`warmstart train`: meta-train a scenario's learner on all tasks of a data set, and save the model."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._contenders import check_names, contender
from warmstart.cli._executor import Ray, executor
from warmstart.cli._outputs import check_model_folder
from warmstart.cli._problem import read_problem
from warmstart.cli._progress import watching
from warmstart.cli._show import show_json

if TYPE_CHECKING:
    from warmstart.engine.model import MetaModel
    from warmstart.scenarios.problem import Problem

__all__ = ["train"]


def train(
    scenario: Annotated[str, typer.Argument(help="A name of `warmstart scenarios`.")],
    data: Annotated[str, typer.Option(help="A data set of `warmstart data list`, or a TOML of `warmstart init`.")],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the model; a model that lies there is replaced.")],
    learner: Annotated[str | None, typer.Option(help="By default the scenario's first.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of everything random; by default the TOML's, or 0.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where a run that broke off has stopped.")] = False,
    ray: Ray = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Meta-train on every task of the data and save the model: arrays and a manifest with checksums."""
    from warmstart.engine.choice import Choice
    from warmstart.scenarios import catalog

    declared = catalog.scenario(scenario)
    check_names([learner] if learner else [])
    check_model_folder(out)
    problem, quality = read_problem(declared, data)
    contest = declared.contest(problem.likelihood)
    made = contender(contest, learner or contest.learners[0], problem.likelihood)
    if not as_json:
        print(quality.text(), flush=True)
    quality.raise_if_unusable()
    if seed is not None:
        problem = replace(problem, settings=replace(problem.settings, seed=seed))
    model = _trained(scenario, problem, made, out, resume, ray)
    told = {"model": str(out), "version": model.version, **model.info}
    if as_json:
        show_json({**told, "quality": quality.as_dict()})
    else:
        if "choice" in told:
            print(Choice.from_json(told["choice"], told["timings"]).text())
        print(f"predicts {told['predicts']}")
        print(f"wrote {out}: model {model.version}, {made.name} trained on {told['tasks']:,} tasks")


def _trained(scenario: str, problem: Problem, learner: Any, out: Path, resume: bool, ray: str | None) -> MetaModel:
    """Train and save. The checkpoint of a run that breaks off stays; it goes when the model is on disk."""
    from warmstart.engine.meta_train import meta_train
    from warmstart.tasks.taskset import TaskSet

    kept, tasks = out / "checkpoint", TaskSet.of(problem.table)
    if not resume:
        shutil.rmtree(kept, ignore_errors=True)
    with executor(ray) as spread, watching("encoding the tasks") as watch:
        model = meta_train(
            tasks, learner, settings=problem.settings, progress=watch.progress, checkpoint=kept, executor=spread
        )
    model = replace(model, info={**model.info, "scenario": scenario}).save(out)
    shutil.rmtree(kept, ignore_errors=True)
    return model
