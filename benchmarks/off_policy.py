"""A policy whose value is known from its own log, estimated from another's: `python -m benchmarks.off_policy`."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import polars as pl

from warmstart.datasets.catalog import load
from warmstart.evaluate.bootstrap import interval
from warmstart.evaluate.off_policy import Guess, Logged, policy_value

_EVEN = 100.0  # impressions of the whole campaign that an ad's own count against
_MOST = 100.0  # that one impression counts for, where that is bounded


def lines() -> Iterator[str]:
    """The campaigns of Open Bandit: Thompson sampling's log says what showing ads evenly would earn."""
    frame = load("open-bandit", "table").frame.with_columns(click=pl.col("click").cast(pl.Float64))
    yield "| campaign | even, by its own log | by ips | by snips | by dr | by dr, clipped | worth, of all impressions |"
    yield "|---|---|---|---|---|---|---|"
    for campaign in sorted(frame["campaign"].unique()):
        own = frame.filter(pl.col("campaign") == campaign)
        bts, even = (own.filter(pl.col("policy") == name) for name in ("bts", "random"))
        chance = np.full((bts.height, 1), even["propensity"][0])
        logged = Logged(bts["click"].to_numpy()[:, None], bts["propensity"].to_numpy()[:, None])
        guess = _guess(bts, own["ad"].unique())
        ips, snips = (policy_value(logged, chance, method) for method in ("ips", "snips"))
        dr, clipped = (policy_value(logged, chance, "dr", guess, clip=most) for most in (np.inf, _MOST))
        found = (interval(even["click"].to_numpy()), ips, snips, dr, clipped)
        told = " | ".join(f"{1000 * e.mean:.1f} ({1000 * e.low:.1f} to {1000 * e.high:.1f})" for e in found)
        yield f"| {campaign} | {told} | {ips.effective:,.0f} of {bts.height:,} |"


def _guess(log: pl.DataFrame, ads: pl.Series) -> Guess:
    """The rate of each ad in the other half of the log, beside that of all; of the even policy its mean over ads."""
    half = np.arange(log.height) % 2
    shown, even = np.zeros(log.height), np.zeros(log.height)
    for own in (0, 1):
        other = log.filter(pl.Series(half != own))
        rate = float(np.mean(other["click"].to_numpy()))
        told = other.group_by("ad").agg(clicks=pl.col("click").sum(), shown=pl.len())
        rates = pl.DataFrame({"ad": ads}).join(told, on="ad", how="left").fill_null(0)
        rates = rates.select("ad", rate=(pl.col("clicks") + _EVEN * rate) / (pl.col("shown") + _EVEN))
        shown[half == own] = log.filter(pl.Series(half == own)).join(rates, on="ad", maintain_order="left")["rate"]
        even[half == own] = rates["rate"].mean()
    return Guess(shown[:, None], even[:, None])


if __name__ == "__main__":
    print("\n".join(lines()))
