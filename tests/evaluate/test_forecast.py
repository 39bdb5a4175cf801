"""How forecasts are judged, by hand: the naive error, what is divided by it, and quantile losses."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from warmstart.evaluate._forecast import mase, naive_error, quantile_metrics, wql
from warmstart.tables.schema import Target
from warmstart.tables.target import TargetEncoder
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.episodes import Batch, Episodes
from warmstart.tasks.ragged import Ragged
from warmstart.types import Latent, Query, Rows, Spec, Support, Widths

LEVELS = np.arange(1, 10) / 10


def series(*lists: list[float], timed: bool = True) -> TaskArrays:
    """One task for each list."""
    sizes, y = np.array([len(each) for each in lists]), np.concatenate(lists).astype(np.float32)
    n, nothing = len(y), Rows(np.zeros((len(lists), 0), np.float32), np.zeros((len(lists), 0), np.int32))
    none = Rows(np.zeros((n, 0), np.float32), np.zeros((n, 0), np.int32))
    return TaskArrays(
        spec=Spec(Widths(), Widths(), "gaussian"),
        offsets=np.concatenate([[0], np.cumsum(sizes)]),
        descriptor=nothing,
        group=np.arange(len(lists)),
        x=none,
        item=np.full(n, -1),
        y=y,
        weight=np.ones(n, np.float32),
        time=np.arange(n) * timed,
        offset=np.zeros(n, np.float32),
        catalogue=none,
    )


def asked(*first: tuple[int, int, int]) -> Episodes:
    """Episodes (task, first query row, rows)."""
    query = np.concatenate([np.arange(at, at + rows) for _, at, rows in first])
    task, _, rows = np.array(first).T
    return Episodes(task, Ragged.from_lengths(np.zeros(len(first), int)), Ragged(query, np.append(0, np.cumsum(rows))))


def test_naive_error_is_of_the_rows_before_the_query() -> None:
    """Steps of 2 and 4 before row 3, none of them of the task before; then one step alone, of 1."""
    arrays, number = series([100, 200], [1, 3, 7, 50, 9], [5, 6, 0]), TargetEncoder(Target.NUMBER)
    assert naive_error(arrays, asked((1, 5, 2), (2, 9, 1)), number).tolist() == [3.0, 1.0]


def test_naive_error_is_in_the_targets_own_unit() -> None:
    """Logarithms of 10, 20 and 40, standardised by 1 and 2: steps of 10 and 20."""
    y = (np.log([10, 20, 40, 80]) - 1) / 2
    log = TargetEncoder(Target.NUMBER, log=True, shift=1.0, scale=2.0)
    assert naive_error(series(list(y)), asked((0, 3, 1)), log) == pytest.approx([15.0], rel=1e-5)


def test_where_there_is_no_naive_error() -> None:
    """One row before, none before, rows that never change, rows without a time."""
    number = TargetEncoder(Target.NUMBER)
    still = naive_error(series([1, 2, 3], [4, 4, 4]), asked((0, 1, 2), (0, 0, 3), (1, 5, 1)), number)
    assert np.isnan(still).all()
    assert np.isnan(naive_error(series([1, 2, 3], timed=False), asked((0, 2, 1)), number)).all()


def test_mase_of_the_naive_forecast_in_its_own_past_is_one() -> None:
    """An error of twice the usual step is 2."""
    assert mase(np.array([3.0, 6.0]), np.array([3.0, 3.0])).tolist() == [1.0, 2.0]


def test_wql_of_a_sure_forecast_is_its_weighted_percentage_error() -> None:
    """All quantiles alike: levels above and below the half even out. 1 + 2 off, of 4 + 8; padding does not count."""
    y, said = np.array([[4.0, 8.0, 99.0]]), np.array([[5.0, 6.0, 0.0]])
    mask = np.array([[1.0, 1.0, 0.0]])
    assert wql(y, np.repeat(said[None], 9, axis=0), LEVELS, mask) == pytest.approx([3 / 12])
    assert np.isnan(wql(0 * y, np.repeat(said[None], 9, axis=0), LEVELS, mask)).all()


def batch(y: Any) -> Batch:
    """One task's query rows; nothing else is looked at."""
    y = np.atleast_2d(np.asarray(y, np.float32))
    empty: Any = None
    return Batch(empty, Support(*[empty] * 5), Query(*[empty] * 3), y, np.ones(y.shape, np.float32))


def test_quantiles_of_a_logarithm() -> None:
    """log(y) ~ N(1, 1): y at its own 94 % quantile is inside the 90 % interval, at its 96 % one it is not."""
    latent = Latent(np.zeros((1, 2), np.float32), np.full((1, 2), 0.25, np.float32), np.float32(0.75))
    target = TargetEncoder(Target.NUMBER, log=True, shift=1.0)
    z = stats.norm.ppf([0.94, 0.96])
    found = quantile_metrics(latent, batch(z), target)
    assert found["coverage90"].tolist() == [0.5]
    sold, quantiles = np.exp(1 + z), np.exp(1 + stats.norm.ppf(LEVELS))
    loss = [2 * np.maximum(p * (sold - q), (p - 1) * (sold - q)).sum() for p, q in zip(LEVELS, quantiles, strict=True)]
    assert found["wql"] == pytest.approx([np.mean(loss) / sold.sum()], rel=1e-5)


def test_quantiles_of_a_count_are_counts() -> None:
    """A rate of 2 alone is a Poisson: 0 lies below no central 90 % interval, 5 at its end, 6 outside."""
    latent = Latent(np.log(np.full((1, 3), 2.0)), np.zeros((1, 3)), np.float32(0.0))
    found = quantile_metrics(latent, batch([0, 5, 6]), TargetEncoder(Target.COUNT))
    assert found["coverage90"] == pytest.approx([2 / 3])
