"""New customers of a month, through the service: `python -m benchmarks replay [--customers N] [--learner NAME]`.

A model that has learned from all earlier purchases is served; customers first seen after the cut-off are told event by
event, and asked for at every K. What is seen online is set beside the offline report of the same customers. Then a
meta-update from a broken export, whose items were joined to the wrong rows, is refused by the gate, promoted by hand
all the same, and rolled back under load.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from functools import partial
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import polars as pl

from benchmarks.serving import Serving, workplace
from warmstart.cli._progress import watching
from warmstart.client import Client
from warmstart.engine.meta_train import meta_train
from warmstart.engine.model import MetaModel
from warmstart.errors import NotReady, WarmstartError
from warmstart.evaluate.bootstrap import Interval, interval, paired_difference
from warmstart.evaluate.judge import Ask, judge
from warmstart.evaluate.metrics import ranking_metrics
from warmstart.evaluate.protocols import protocol
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import Problem, load_problem
from warmstart.service.service import DEFAULT_TENANT, Service
from warmstart.service.update.meta_update import Update, meta_update
from warmstart.store.database import connect
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes
from warmstart.tasks.ragged import Ragged
from warmstart.tasks.taskset import TaskSet

__all__ = ["Replay", "Shown", "measure", "replay"]

SCENARIO, METRIC = scenario("recommend"), "recall@20"
_TOP = 20
_CALLERS = 8


@dataclass(frozen=True)
class Newcomers:
    """Customers that no version has learned from, and what each is asked."""

    tasks: TaskSet
    arrays: TaskArrays
    episodes: Episodes
    shots: tuple[int, ...]


@dataclass(frozen=True)
class Shown:
    """One line: the metric at K as the report has it, as callers saw it, and how far the two lie apart."""

    k: int
    offline: Interval
    online: Interval
    apart: Interval


@dataclass(frozen=True)
class Replay:
    """What came of it."""

    customers: int
    events: int
    shown: tuple[Shown, ...]
    gain: Interval
    """Of the largest K over none, offline."""
    gain_online: float
    update: Update
    broken: float
    """The metric at the largest K by the refused version, once it was promoted by hand."""
    roll_back_s: float
    asked: int
    """While it was rolled back, and how many of these failed."""
    failed: int

    def lines(self) -> Iterator[str]:
        """As a table."""
        yield f"{self.customers:,} new customers, {self.events:,} events"
        yield f"| {METRIC} | offline | online | online - offline |"
        yield "|---|---|---|---|"
        for each in self.shown:
            yield f"| K={each.k} | {_told(each.offline)} | {_told(each.online)} | {each.apart.mean:+.5f} |"
        yield f"gain of K={self.shown[-1].k} over K=0: offline {_told(self.gain)}, online {self.gain_online:.4f}"
        gate = self.update.gate
        told = "promoted" if gate.passed else "refused"
        yield f"meta-update from a broken export: {told}; {gate.metric} on {gate.tasks} held-out customers: "
        yield f"{gate.candidate:.4f}, serving {gate.serving:.4f}, better by {gate.low:.4f} to {gate.high:.4f}"
        yield f"promoted by hand: {METRIC} {self.broken:.4f} at K={self.shown[-1].k}"
        yield f"roll-back under load: {self.roll_back_s:.3f} s, {self.failed} of {self.asked:,} answers failed"


def measure(customers: int = 500, learner: str = "bayes_head") -> Iterator[tuple[str, float, str, str]]:
    """Prints the table, and gives what there are floors for."""
    problem = load_problem(SCENARIO, "ta-feng")
    with workplace() as folder:
        made = replay(problem, SCENARIO.contest(problem.likelihood).make(learner), customers, folder)
    print("\n".join(made.lines()))
    yield "largest difference of online and offline", max(abs(each.apart.mean) for each in made.shown), "", "~ 0"
    yield "bad meta-updates promoted", float(made.update.gate.passed), "", "0"
    yield "roll-back under load", made.roll_back_s, "s", "< 1"
    yield "answers failed meanwhile", made.failed, "", "0"


def replay(problem: Problem, learner: Any, customers: int, folder: Path) -> Replay:
    """All of it, with a service of its own whose files lie in `folder`."""
    (plan,) = protocol("new-users")(problem.table, problem.sampling, 0)
    with watching("training") as watch:
        model = meta_train(plan.train, learner, settings=problem.settings, progress=watch.progress)
    model = replace(model, info={**model.info, "scenario": SCENARIO.name}).save(folder / "model")
    (trial,) = plan.trials
    arrays = model.codec.encode(trial.tasks)
    episodes = trial.episodes(arrays)
    some = np.sort(np.random.default_rng(0).permutation(len(episodes))[:customers])
    new = Newcomers(trial.tasks, arrays, episodes.take(some), tuple(k for k in trial.shots if k is not None))
    offline = _offline(model, new)
    with Serving(folder, [folder / "model"]) as serving:
        online, events = _online(model, new, serving.url)
        shown = [_shown(k, offline[k], online[k]) for k in new.shots]
        update = _bad_update(problem, folder, serving.db)
        broken, *way_back = _by_hand(model, update.version, new, serving.url)
    most = new.shots[-1]
    return Replay(
        len(new.episodes),
        events,
        tuple(shown),
        paired_difference(offline[most], offline[0]),
        float(np.nanmean(online[most]) - np.nanmean(online[0])),
        update,
        broken,
        *way_back,
    )


def _shown(k: int, offline: np.ndarray, online: np.ndarray) -> Shown:
    return Shown(k, interval(offline), interval(online), paired_difference(online, offline))


def _offline(model: MetaModel, new: Newcomers) -> dict[int, np.ndarray]:
    """float64[customers] by K, as the report of an evaluation has them."""
    ask = Ask(new.shots, "all", 0)
    scores = judge(model.bound, model.params, new.arrays, new.episodes, model.codec.answer, ask)
    found = {s.k: s.values for s in scores if s.metric == METRIC and s.slice == "all"}
    return {k: found[k] for k in new.shots}


def _online(model: MetaModel, new: Newcomers, url: str) -> tuple[dict[int, np.ndarray], int]:
    """float64[customers] by K, as callers see them; and how many events were told. Customers come eight at a time."""
    items: dict[int, list[list[str]]] = {k: [[]] * len(new.episodes) for k in new.shots}
    told = [0] * len(new.episodes)

    def visit(at: int) -> None:
        events, later = _events(new, at)
        name = events[0]["task"]
        with Client(url) as shop:
            shop.tell(SCENARIO.name, events[:1])
            for k in new.shots:
                for event in events[1 + told[at] : 1 + k]:
                    told[at] += shop.tell(SCENARIO.name, [event])["new"]
                items[k][at] = shop.predict(SCENARIO.name, task=name, n=_TOP)["items"]
            told[at] += 1 + shop.tell(SCENARIO.name, later)["new"]

    with watching("telling and asking") as watch, ThreadPoolExecutor(_CALLERS) as callers:
        for done, _ in enumerate(callers.map(visit, range(len(new.episodes))), 1):
            watch.tell("customers", done, len(new.episodes))
    return {k: _scored(model, new, items[k]) for k in new.shots}, sum(told)


def _events(new: Newcomers, at: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is known of a customer and the support, row by row; and all later purchases."""
    episode = new.episodes.take(np.array([at]))
    task = new.tasks.take(episode.task)
    name, frame, first = task.ids[0], new.tasks.frame, int(new.tasks.offsets[episode.task[0]])
    descriptor = {c: frame[c][first] for c in ("age_group", "area")}
    opened = _moment(frame["date"][first])
    user = {"id": f"{name} user", "kind": "user", "task": name, "time": opened.isoformat(), "row": descriptor}
    support = [_bought(frame, name, int(row), i) for i, row in enumerate(episode.support.values)]
    later = [_bought(frame, name, int(row), i) for i, row in enumerate(episode.query.values)]
    return [user, *support], sorted(later, key=lambda event: str(event["time"]))


def _bought(frame: pl.DataFrame, name: str, row: int, place: int) -> dict[str, Any]:
    """A purchase; of those of one day the place says the order."""
    at = _moment(frame["date"][row]) + timedelta(seconds=1 + place)
    told = {"item": frame["item"][row], "date": frame["date"][row].isoformat()}
    return {"id": f"{name} {row}", "kind": "interaction", "task": name, "time": at.isoformat(), "row": told}


def _moment(day: Any) -> datetime:
    return datetime.combine(day, time(), UTC)


def _scored(model: MetaModel, new: Newcomers, items: Sequence[Sequence[str]]) -> np.ndarray:
    """float64[customers]: the metric of these lists."""
    index = model.codec.item_index(pl.Series([name for each in items for name in each], dtype=pl.String))
    query = new.episodes.query
    wanted = Ragged(new.arrays.item[query.values], query.offsets)
    return ranking_metrics(index.reshape(len(items), _TOP), wanted)[METRIC]


def _bad_update(problem: Problem, folder: Path, db: str) -> Update:
    """Learned from a table whose items stand in the wrong rows, and the log, as `warmstart update` does it."""
    frame = problem.table.frame.filter(pl.col("date") < problem.table.cutoff)
    wrong = frame.with_columns(pl.col("item").shuffle(seed=0))
    broken = replace(problem, table=replace(problem.table, frame=wrong, cutoff=None))
    with (
        closing(connect(db)) as database,
        Service(database, folder / "cache") as service,
        watching("a bad meta-update") as watch,
    ):
        return meta_update(service, DEFAULT_TENANT, SCENARIO, broken, folder / "bad", watch.progress)


def _by_hand(model: MetaModel, version: str, new: Newcomers, url: str) -> tuple[float, float, int, int]:
    """Promote what was refused, look what it costs, and roll back while others ask.

    Gives the metric with the bad version, seconds until the old one answers, and of the others' answers how many there
    were and how many failed.
    """
    with Client(url) as shop, _crowd(new, url) as answers:
        shop.promote(SCENARIO.name, version)
        with ThreadPoolExecutor(_CALLERS) as callers:
            items = list(callers.map(partial(_at_first, new, url), range(len(new.episodes))))
        before = monotonic()
        shop.roll_back(SCENARIO.name)
        if shop.predict(SCENARIO.name, n=1)["model_version"] != model.version:
            raise NotReady("the version before does not answer after the roll-back")
        took = monotonic() - before
        sleep(1.0)  # the others go on
    return float(np.nanmean(_scored(model, new, items))), took, len(answers), answers.count(None)


def _at_first(new: Newcomers, url: str, at: int) -> list[str]:
    """What is shown to a customer of whom the support alone is known."""
    (user, *support), _ = _events(new, at)
    rows = [event["row"] for event in support]
    with Client(url) as shop:
        answer = shop.predict(SCENARIO.name, support=rows, descriptor=user["row"], n=_TOP)
    items: list[str] = answer["items"]
    return items


@contextmanager
def _crowd(new: Newcomers, url: str) -> Iterator[list[str | None]]:
    """Callers that ask without a pause; the version of each answer, None for none."""
    over, answers = threading.Event(), list[str | None]()

    def ask(seed: int) -> None:
        rng = np.random.default_rng(seed)
        with Client(url, tries=1) as shop:
            while not over.is_set():
                task = new.tasks.ids[int(rng.choice(new.episodes.task))]
                try:
                    answers.append(shop.predict(SCENARIO.name, task=task, n=_TOP)["model_version"])
                except WarmstartError:
                    answers.append(None)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(_CALLERS // 2)]
    for thread in threads:
        thread.start()
    try:
        yield answers
    finally:
        over.set()
        for thread in threads:
            thread.join()


def _told(value: Interval) -> str:
    return f"{value.mean:.4f} [{value.low:.4f}, {value.high:.4f}]"
