"""The second stage of a ranking: few candidates for each task, and what is known of each of them.

Candidates are what follows the support by any network, the popular items of the task's segments and of the support's
categories, and the support itself.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from warmstart.learners._blend_parts import mean_support
from warmstart.learners._interactions import Seen, unpack
from warmstart.learners._item_statistics import NETWORKS, SHORT, Statistics
from warmstart.learners.item_knn import best_per_row
from warmstart.tasks.ragged import Ragged, expand

__all__ = ["Asked", "Shortlist", "features", "shortlist"]

_FROM_CATEGORIES = 40
_TINY = 1e-12
_BLEND = {"own": 0.8, "next": 0.3, "near": 0.08, "later": 0.5, "segment": 0.5}


class Asked(NamedTuple):
    """Tasks as the ranker sees them."""

    item: np.ndarray
    """int32[tasks, support]: -1 where there is none"""
    codes: np.ndarray
    """int32[tasks, codes] of the descriptor"""
    numbers: np.ndarray
    """float32[tasks, numbers] of the descriptor"""


class Shortlist(NamedTuple):
    """Candidates of each task, by rising item."""

    item: np.ndarray
    """int64[tasks, candidates]: the last one fills up"""
    real: np.ndarray
    """bool[tasks, candidates]: False where it fills up"""


def shortlist(statistics: Statistics, asked: Asked) -> Shortlist:
    """The candidates of each task."""
    popular = [statistics["popular"][d][asked.codes[:, int(d)]] for d in statistics.get("segment", {})]
    best = statistics["popular"]["all"]
    everyone = np.broadcast_to(best, (len(asked.item), best.shape[1]))
    parts = [_linked(statistics, asked.item), _of_categories(statistics, asked.item), asked.item, *popular, everyone]
    item = np.sort(np.concatenate(parts, axis=1).astype(np.int64), axis=1)
    fresh = np.diff(item, axis=1, prepend=-1) > 0
    lengths = fresh.sum(axis=1)
    listed = Ragged(item[fresh], Ragged.from_lengths(lengths).offsets).padded(int(lengths.max(initial=0)))
    return Shortlist(np.maximum.accumulate(listed, axis=1), listed >= 0)


def _linked(statistics: Statistics, item: np.ndarray) -> np.ndarray:
    """int64[tasks, 80]: the items to which most leads from the support; -1 fills up."""
    link = unpack(statistics["link"])
    found = mean_support(Seen(item, (item >= 0).astype(np.float32)), link.shape[0]) @ link
    row = np.repeat(np.arange(len(item)), np.diff(found.indptr))
    best = best_per_row(row, found.data, SHORT)
    lengths = np.bincount(row[best], minlength=len(item))
    return Ragged(found.indices[best], Ragged.from_lengths(lengths).offsets).padded(SHORT)


def _of_categories(statistics: Statistics, item: np.ndarray) -> np.ndarray:
    """int64[tasks, at most 40]: popular items of the support's categories; -1 fills up."""
    best = statistics["best"]
    found = np.where((item >= 0)[..., None], best["item"][best["code"][np.maximum(item, 0)]], -1)
    found = np.sort(found.reshape(len(item), -1), axis=1)
    fresh = (np.diff(found, axis=1, prepend=-1) > 0) & (found >= 0)
    cost = np.where(fresh, -statistics["later"][found], np.inf)
    most = min(_FROM_CATEGORIES, found.shape[1])
    chosen = np.argpartition(cost, most - 1, axis=1)[:, :most] if most else found
    kept = np.take_along_axis(np.where(fresh, found, -1), chosen, axis=1)
    return np.asarray(kept)


def features(statistics: Statistics, asked: Asked, listed: Shortlist) -> np.ndarray:
    """float32[tasks, candidates, features]; what depends on the support is 0 where there is none."""
    item = listed.item
    own = np.asarray(asked.item[:, :, None] == item[:, None, :]).any(axis=1)
    filled: np.ndarray = asked.item >= 0
    k = np.maximum(filled.sum(axis=1), 1)[:, None]
    mean, most = zip(*(_along(statistics, name, asked.item, listed) for name in NETWORKS), strict=True)
    taken, later, hazard = (statistics[name][item] for name in ("taken", "later", "hazard"))
    segments = [table[asked.codes[:, int(d)][:, None], item] for d, table in statistics.get("segment", {}).items()]
    columns = [own, *mean, *most, own * hazard, hazard, statistics["visits"][item], taken, later]
    columns += [each[item] for each in statistics["recent"]]
    columns += [segment - taken for segment in segments]
    columns.append(_blend(own * hazard, dict(zip(NETWORKS, mean, strict=True)), later, segments))
    for c in range(statistics["codes"].shape[1]):
        columns += _category(statistics, c, asked.item, item)
    for number in statistics["numbers"].T:
        centre = (number[asked.item] * filled).sum(axis=1, keepdims=True) / k
        columns += [number[item], (number[item] - centre) * filled.any(axis=1, keepdims=True)]
    again, popular = (
        (statistics[name][asked.item] * filled).sum(axis=1, keepdims=True) for name in ("hazard", "taken")
    )
    columns += [filled.sum(axis=1, keepdims=True), again, popular / k]
    columns += [column[:, None] for column in (*asked.codes.T, *asked.numbers.T)]
    x = np.empty((*item.shape, len(columns)), np.float32)
    for i, column in enumerate(columns):
        x[..., i] = column
    return x


def _along(statistics: Statistics, name: str, support: np.ndarray, listed: Shortlist) -> tuple[np.ndarray, np.ndarray]:
    """float64[tasks, candidates] each: mean and largest value of a network from the support items to a candidate."""
    data, indices, start = (statistics[name][part] for part in ("data", "indices", "indptr"))
    task, place = np.nonzero(support >= 0)
    row = support[task, place]
    shape = Ragged.from_lengths(start[row + 1] - start[row])
    entry = expand(start[row], shape)
    value, width = data[entry].astype(float), len(start) - 1
    wanted = (np.arange(len(support))[:, None] * width + listed.item).ravel()
    key = np.repeat(task, shape.lengths) * width + indices[entry]
    at = np.minimum(np.searchsorted(wanted, key), len(wanted) - 1)
    met = wanted[at] == key
    total, most = np.bincount(at[met], value[met], minlength=len(wanted)), np.zeros(len(wanted))
    np.maximum.at(most, at[met], value[met])
    k = np.maximum((support >= 0).sum(axis=1), 1)[:, None]
    return total.reshape(listed.item.shape) / k, most.reshape(listed.item.shape)


def _blend(again: np.ndarray, mean: dict[str, np.ndarray], later: np.ndarray, segments: list[np.ndarray]) -> np.ndarray:
    """Log of a sum of the parts, as in `Blend`: where a sum of trees would need many."""
    segment = np.exp(segments[0]) if segments else np.exp(later)
    parts = {"own": again, "next": mean["next"], "near": mean["near"], "later": np.exp(later), "segment": segment}
    return np.asarray(np.log(sum(_BLEND[name] * part for name, part in parts.items()) + _TINY))


def _category(statistics: Statistics, column: int, support: np.ndarray, item: np.ndarray) -> list[np.ndarray]:
    """How many support items share the candidate's category; how its category follows theirs; its share inside."""
    code, filled = statistics["codes"][:, column], support >= 0
    follows, within = statistics["follows"][str(column)], statistics["of_category"][str(column)][item]
    own = np.where(filled, code[support], -1)
    same = np.asarray(own[:, :, None] == code[item][:, None, :]).sum(axis=1)
    towards = follows[np.maximum(own, 0)[:, :, None], code[item][:, None, :]] * filled[:, :, None]
    mean = towards.sum(axis=1) / np.maximum(filled.sum(axis=1), 1)[:, None]
    return [same, mean, towards.max(axis=1, initial=0), within, mean * np.exp(within)]
