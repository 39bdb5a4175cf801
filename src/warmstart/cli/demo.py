"""`warmstart demo`: the whole way on real purchases: read, meta-train, judge on new customers, draw, explain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from warmstart.cli._customer import customer_story
from warmstart.cli._outputs import check_folder
from warmstart.cli._problem import read_problem
from warmstart.cli._progress import watching
from warmstart.cli._show import show

if TYPE_CHECKING:
    from warmstart.engine.model import MetaModel
    from warmstart.evaluate.protocols import Plan
    from warmstart.evaluate.result import Report
    from warmstart.scenarios.problem import Problem

__all__ = ["demo"]

_DATA, _PROTOCOL, _FOLDER = "ta-feng", "new-users", Path("warmstart-demo")
_QUICK_LEARNERS = ("bayes_head", "popularity", "item_knn")
_QUICK: dict[str, Any] = {"steps": 150, "batch": 64, "validate_every": 75, "validation": 0.02}
"""Settings with which a model is good enough to look at."""


def demo(
    quick: Annotated[bool, typer.Option("--quick", help="Less training and fewer learners, on the same data.")] = False,
) -> None:
    """Recommend to new customers of a real grocery store, beside every baseline; writes to ./warmstart-demo."""
    from warmstart.evaluate import protocols, run
    from warmstart.evaluate.text import table
    from warmstart.scenarios import catalog

    check_folder(_FOLDER)
    recommend = catalog.scenario("recommend")
    problem, quality = read_problem(recommend, _DATA)
    print(quality.text(), flush=True)
    fast = replace(problem, settings=replace(problem.settings, **_QUICK))
    with watching("splitting and encoding the customers") as watch:
        report = run.evaluate(
            recommend,
            fast if quick else problem,
            protocol_name=_PROTOCOL,
            learners=_QUICK_LEARNERS if quick else (),
            seeds=1,
            tell=watch.tell,
        )
    show(table(report))
    (plan,) = protocols.protocol(_PROTOCOL)(problem.table, problem.sampling, 0)
    model = _model(fast, plan)
    story = customer_story(model, plan.trials[0].tasks)
    print(f"\n{story}\n")
    _write(report, {"Data quality": quality.text(), "One new customer": story})


def _model(problem: Problem, plan: Plan) -> MetaModel:
    """A model of the same split, trained briefly: it is there to be looked at and asked, not to be judged."""
    from warmstart.engine.meta_train import meta_train

    settings = replace(problem.settings, order="session")
    with watching("training the model to look at") as watch:
        model = meta_train(plan.train, settings=settings, progress=watch.progress)
    return replace(model, info={**model.info, "scenario": "recommend"}).save(_FOLDER / "model")


def _write(report: Report, sections: dict[str, str]) -> None:
    from warmstart.evaluate.html import Section, write_html
    from warmstart.evaluate.picture import write_png

    report.write_json(_FOLDER / "report.json")
    write_png(report, _FOLDER / "kshot.png")
    page = write_html(report, _FOLDER / "report.html", [Section(title, text) for title, text in sections.items()])
    print(
        f"wrote {_FOLDER}: report.html, report.json, kshot.png and a model, for: warmstart predict {_FOLDER / 'model'}"
    )
    print(f"python3 -m webbrowser {page.resolve().as_uri()}")
