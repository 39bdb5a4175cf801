"""`guide`: what lists would earn, by the log of another policy and in truth: `python -m benchmarks.clicks`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from warmstart.engine.bind import bind
from warmstart.engine.fit import Job, fit
from warmstart.evaluate.off_policy import Logged, policy_value
from warmstart.evaluate.protocols import protocol
from warmstart.scenarios.catalog import scenario
from warmstart.scenarios.problem import load_problem
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.episodes import gather

_SHOTS, _SEED, _TINY = 2, 0, 1e-9
_LOGGING, _OTHERS = "blend", ("popularity", "segment_popularity", "category_popularity", "item_knn")
_IN_LOGS = ("popularity", "segment_popularity", "category_popularity")  # scores that are logarithms of shares
_AT_ONCE = 256


def lines() -> Iterator[str]:
    """One place after the second event of a visit; a click is an item that the visit still takes."""
    guide = scenario("guide")
    problem = load_problem(guide, "ta-feng")
    (plan,) = protocol("new-tasks")(problem.table, problem.sampling, _SEED)
    codec = TaskCodec.fit(plan.train)
    train, visits = codec.encode(plan.train), codec.encode(plan.trials[0].tasks)
    episodes = plan.trials[0].episodes(visits).shown(_SHOTS)
    contest = guide.contest("ranking")
    policies = {}
    for name in (_LOGGING, *_OTHERS):
        learner = contest.make(name)
        bound = bind(learner, codec.spec)
        params = fit(learner, train, Job(problem.settings))
        policies[name] = bound, params, bound.prepare(params, train.catalogue)
    rng = np.random.default_rng(_SEED)
    told: dict[str, list[np.ndarray]] = {name: [] for name in ("reward", "propensity", *policies)}
    truth: dict[str, list[np.ndarray]] = {name: [] for name in policies}
    for start in range(0, len(episodes), _AT_ONCE):
        part = episodes.take(np.arange(start, min(start + _AT_ONCE, len(episodes))))
        batch = gather(visits, part, _SHOTS, queries=int(part.query.lengths.max()))
        wanted = np.zeros((len(part), codec.spec.items + 1), bool)
        np.put_along_axis(wanted, batch.query.item, values=True, axis=1)  # -1 is padding: the last column
        chance = {}
        for name, (bound, params, prepared) in policies.items():
            state = bound.adapt(params, prepared, batch.descriptor, batch.support)
            scores = bound.predict(params, prepared, state, None).mean
            share = np.exp(scores) if name in _IN_LOGS else np.maximum(scores, 0) + _TINY
            chance[name] = _policy(share, batch.support.item)
            truth[name].append((chance[name] * wanted[:, :-1]).sum(axis=1))
        shown = (chance[_LOGGING].cumsum(axis=1) > rng.random((len(part), 1))).argmax(axis=1)[:, None]
        told["reward"].append(np.take_along_axis(wanted, shown, 1))
        told["propensity"].append(np.take_along_axis(chance[_LOGGING], shown, 1))
        for name in policies:
            told[name].append(np.take_along_axis(chance[name], shown, 1))
    log = {name: np.concatenate(parts).astype(np.float64) for name, parts in told.items()}
    logged = Logged(log["reward"], log["propensity"])
    yield f"{len(logged.reward):,} visits, logged with {_LOGGING}: {1000 * logged.reward.mean():.1f} clicks in 1,000"
    yield from ("", "| policy | in truth | by ips | by snips | worth, of all visits |", "|---|---|---|---|---|")
    for name in policies:
        ips, snips = (policy_value(logged, log[name], method) for method in ("ips", "snips"))
        said = " | ".join(f"{1000 * e.mean:.1f} ({1000 * e.low:.1f} to {1000 * e.high:.1f})" for e in (ips, snips))
        yield f"| {name} | {1000 * np.concatenate(truth[name]).mean():.1f} | {said} | {ips.effective:,.0f} |"


def _policy(share: np.ndarray, taken: np.ndarray) -> np.ndarray:
    """float64[visits, items]: the policy that shows an item as often as its share says, and none that was taken."""
    chance = np.asarray(share, np.float64)
    task, place = np.nonzero(taken >= 0)
    chance[task, taken[task, place]] = 0
    return np.asarray(chance / chance.sum(axis=1, keepdims=True))


if __name__ == "__main__":
    print("\n".join(lines()))
