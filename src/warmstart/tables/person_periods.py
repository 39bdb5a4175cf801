"""`person_periods`: customers who were watched for some time to one row for each customer and interval."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from warmstart.errors import DataError, UsageError
from warmstart.tables._values import first_row, floats

__all__ = ["person_periods"]

_MADE = ("unit", "period", "starts", "ends", "known", "at_risk", "came")
_DAY_US = 86_400_000_000


def person_periods(
    frame: pl.DataFrame,
    *,
    edges: Sequence[float],
    duration: str | None = None,
    event: str | None = None,
    start: str | None = None,
) -> pl.DataFrame:
    """Each row (a customer) as one row per interval, in order: what a discrete-time hazard is learned and asked of.

    The intervals go from 0 to the first of the rising `edges`, and from each edge to the next, its own end left out.
    `duration` (>= 0, in the unit of the edges) is how long a customer was watched, `event` 1 where that was ended by
    the event and 0 where the customer was only lost sight of (censored). Without both, the rows are those to be asked.

    Both columns are left out of the answer, since they would tell the target. New are `unit` (the customer: its row
    from 0), `period` (from 0), `starts` and `ends` (of the interval), `at_risk` (a weight: 1 where the customer was
    watched through the interval or until the event in it, else 0) and `came` (1 where the event came in it). All
    customers have all intervals, so that no number of rows tells how long one was watched. With `start`, the column
    that says when the watch began (a date or time, with edges in days, or a whole number), `known` is the last moment
    of the interval: when its answer is known.

    Errors: `UsageError` for edges that do not rise from above 0, or one of duration and event alone; `DataError` with
    column and row for a missing column or start, a duration that is missing or negative, an event other than 0 or 1.
    Source: P. D. Allison, Discrete-time methods for the analysis of event histories, Sociological Methodology 13, 1982.

    >>> told = pl.DataFrame({"days": [20, 9], "bought": [1, 0]})
    >>> person_periods(told, duration="days", event="bought", edges=(7, 14, 28))["at_risk"].to_list()
    [1, 1, 1, 1, 0, 0]
    """
    ends = _edges(edges)
    if (duration is None) != (event is None):
        raise UsageError("person_periods: duration and event go together; give both or none")
    _check_columns(frame, [name for name in (duration, event, start) if name is not None])
    n, width = frame.height, len(ends)
    starts = np.append(0.0, ends[:-1])
    made = [
        pl.Series("unit", np.repeat(np.arange(n), width)),
        pl.Series("period", np.tile(np.arange(width), n)),
        pl.Series("starts", np.tile(starts, n)),
        pl.Series("ends", np.tile(ends, n)),
    ]
    if start is not None:
        made.append(_last_moments(frame[start], ends))
    if duration is not None and event is not None:
        seen, came = _refused(frame[duration], _negative), _refused(frame[event], _no_flag) == 1
        came_in = came[:, None] & (starts <= seen[:, None]) & (seen[:, None] < ends)
        at_risk = (seen[:, None] >= ends) | came_in
        made += [
            pl.Series(name, flags.ravel().astype(np.int64)) for name, flags in (("at_risk", at_risk), ("came", came_in))
        ]
    rows = frame.drop([name for name in (duration, event) if name is not None])
    return rows[np.repeat(np.arange(n), width)].with_columns(made)


def _edges(edges: Sequence[float]) -> np.ndarray:
    ends = np.asarray(edges, np.float64)
    if ends.ndim != 1 or not len(ends) or not np.isfinite(ends).all() or not (np.diff(ends, prepend=0.0) > 0).all():
        raise UsageError(f"person_periods: expected edges that rise from above 0; got {tuple(edges)}")
    return ends


def _check_columns(frame: pl.DataFrame, named: Sequence[str]) -> None:
    for name in named:
        if name not in frame.columns:
            raise DataError("missing", column=name, expected="a column of the table", got=", ".join(frame.columns))
    for name in _MADE:
        if name in frame.columns and name not in named:
            raise DataError("is made by person_periods", column=name, expected="another name", got=name)


def _refused(values: pl.Series, bad: Callable[[np.ndarray], tuple[np.ndarray, str]]) -> np.ndarray:
    """float64[rows], none of which is bad."""
    x = floats(values)
    flags, expected = bad(x)
    row = first_row(pl.Series(flags))
    if row is not None:
        got = "nothing" if values[row] is None else repr(values[row])
        raise DataError("value out of range", column=values.name, row=row, expected=expected, got=got)
    return x


def _negative(x: np.ndarray) -> tuple[np.ndarray, str]:
    return ~(x >= 0), "a duration of 0 or more"


def _no_flag(x: np.ndarray) -> tuple[np.ndarray, str]:
    return ~np.isin(x, (0, 1)), "1 for the event or 0 for censored"


def _last_moments(began: pl.Series, ends: np.ndarray) -> pl.Series:
    """The last moment of each interval, in the type of `began`: a day, a number or a time that still belongs to it."""
    row = first_row(began.is_null())
    if row is not None:
        raise DataError("missing value", column=began.name, row=row, expected="when the watch began", got="nothing")
    whole = np.ceil(ends).astype(np.int64) - 1
    lengths: pl.Series
    if began.dtype == pl.Date:
        lengths = pl.Series(whole * _DAY_US).cast(pl.Duration("us"))
    elif isinstance(began.dtype, pl.Datetime):
        lengths = pl.Series((ends * _DAY_US).astype(np.int64) - 1).cast(pl.Duration("us"))
    elif began.dtype.is_integer():
        lengths = pl.Series(whole)
    else:
        raise DataError("no time", column=began.name, expected="dates, times or whole numbers", got=str(began.dtype))
    n, width = len(began), len(ends)
    long = pl.DataFrame({"began": began[np.repeat(np.arange(n), width)], "length": lengths[np.tile(range(width), n)]})
    return long.select((pl.col("began") + pl.col("length")).cast(began.dtype).alias("known")).to_series()
