"""`gate`: whether a model may take the place of the one that answers, judged on tasks that neither has learned from."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from warmstart.engine.model import MetaModel
from warmstart.evaluate.bootstrap import paired_difference
from warmstart.evaluate.judge import Ask, judge
from warmstart.evaluate.metrics import metric as metric_of
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Episodes, draw
from warmstart.tasks.sampling import Sampling
from warmstart.tasks.taskset import TaskSet

__all__ = ["Gate", "gate"]

_FEWEST = 10  # task groups to judge by
_TOLERATED = 0.01  # of the value that serves: what may be lost by chance and is worth newer data
_SEED = 17


@dataclass(frozen=True)
class Gate:
    """What was found; `low` and `high` bound by how much the candidate is better, with 95 % over task groups."""

    metric: str
    tasks: int
    serving: float
    candidate: float
    low: float
    high: float
    passed: bool
    why: str

    def to_dict(self) -> dict[str, Any]:
        """JSON values: of what could not be measured, null."""
        return {name: None if isinstance(v, float) and not np.isfinite(v) else v for name, v in asdict(self).items()}


def gate(serving: MetaModel, candidate: MetaModel, held: TaskSet, sampling: Sampling, metric: str) -> Gate:
    """Ask both the same episodes of the tasks `held`, at every support size; the mean over sizes is judged.

    An item that only one of them knows is wanted of both: a ranking that cannot show it has missed it. Its ratings are
    asked of neither. The candidate passes where its 95 % interval leaves out that it loses more than one part in a
    hundred.
    """
    rng = np.random.default_rng(_SEED)
    new, old = (model.codec.encode(held) for model in (candidate, serving))
    asked = draw(new, sampling.order, rng, shots=max(sampling.shots), queries=sampling.queries)
    if new.spec.likelihood != "ranking":
        asked = _asked_where(asked, (new.item < 0) == (old.item < 0))
    ours, theirs = (_values(*each, asked, sampling, metric) for each in ((candidate, new), (serving, old)))
    groups = held.groups[asked.task]
    if len(np.unique(groups)) < _FEWEST:
        why = f"{len(np.unique(groups))} held-out task groups can be asked; {_FEWEST} are needed to judge"
        return Gate(metric, len(ours), np.nan, np.nan, np.nan, np.nan, False, why)
    sign = 1.0 if metric_of(metric).higher_is_better else -1.0
    found = paired_difference(sign * ours, sign * theirs, groups=groups)
    before, after = float(np.nanmean(theirs)), float(np.nanmean(ours))
    passed = bool(found.low >= -_TOLERATED * abs(before))
    why = "not worse, by the interval" if passed else "it may be worse: the interval reaches too far"
    return Gate(metric, len(ours), before, after, found.low, found.high, passed, why)


def _asked_where(episodes: Episodes, keep: np.ndarray) -> Episodes:
    """Episodes about those rows (bool[rows]) alone; without those that would ask nothing."""
    query = episodes.query.where(keep[episodes.query.values])
    return replace(episodes, query=query).take(np.flatnonzero(query.lengths))


def _values(model: MetaModel, held: TaskArrays, asked: Episodes, sampling: Sampling, metric: str) -> np.ndarray:
    """float64[episodes], the mean over support sizes."""
    if not len(asked):
        return np.zeros(0)
    how = Ask(sampling.shots, "all", _SEED)
    scores = judge(model.bound, model.params, held, asked, model.codec.answer, how)
    kept = [score.values for score in scores if score.metric == metric and score.slice == "all"]
    return np.asarray(np.mean(kept, axis=0))
