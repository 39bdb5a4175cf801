"""`guide`: what lists would earn, by the log of another policy and in truth: `python -m benchmarks.clicks`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.guide_visits import visits
from warmstart.evaluate.off_policy import Logged, policy_value

_SEED = 0
_LOGGING, _OTHERS = "blend", ("popularity", "segment_popularity", "category_popularity", "item_knn")
_POLICIES = (_LOGGING, *_OTHERS)


def lines() -> Iterator[str]:
    """One place after the second event of a visit; a click is an item that the visit still takes."""
    rng = np.random.default_rng(_SEED)
    told: dict[str, list[np.ndarray]] = {name: [] for name in ("reward", "propensity", *_POLICIES)}
    truth: dict[str, list[np.ndarray]] = {name: [] for name in _POLICIES}
    for _, chance, wanted in visits(_POLICIES):
        shown = (chance[_LOGGING].cumsum(axis=1) > rng.random((len(wanted), 1))).argmax(axis=1)[:, None]
        told["reward"].append(np.take_along_axis(wanted, shown, 1))
        told["propensity"].append(np.take_along_axis(chance[_LOGGING], shown, 1))
        for name in _POLICIES:
            truth[name].append((chance[name] * wanted).sum(axis=1))
            told[name].append(np.take_along_axis(chance[name], shown, 1))
    log = {name: np.concatenate(parts).astype(np.float64) for name, parts in told.items()}
    logged = Logged(log["reward"], log["propensity"])
    yield f"{len(logged.reward):,} visits, logged with {_LOGGING}: {1000 * logged.reward.mean():.1f} clicks in 1,000"
    yield from ("", "| policy | in truth | by ips | by snips | worth, of all visits |", "|---|---|---|---|---|")
    for name in _POLICIES:
        ips, snips = (policy_value(logged, log[name], method) for method in ("ips", "snips"))
        said = " | ".join(f"{1000 * e.mean:.1f} ({1000 * e.low:.1f} to {1000 * e.high:.1f})" for e in (ips, snips))
        yield f"| {name} | {1000 * np.concatenate(truth[name]).mean():.1f} | {said} | {ips.effective:,.0f} |"


if __name__ == "__main__":
    print("\n".join(lines()))
