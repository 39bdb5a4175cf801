"""`QualityReport`: what is wrong or odd with a table, before anything is trained on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from warmstart.errors import DataError
from warmstart.tables._leaks import Leak, find_leaks
from warmstart.tables._values import floats, labels
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["QualityReport", "inspect"]

LOOKED_AT = 200_000
FAR = 8.0
MAD_OF_NORMAL, IQR_OF_NORMAL = 0.6745, 1.349
MOST_CLASSES = 50
QUANTILES = {"min": 0.0, "p10": 0.1, "median": 0.5, "p90": 0.9, "max": 1.0}


@dataclass(frozen=True)
class QualityReport:
    """Counts are over the whole table; outliers and leaks over 200,000 rows drawn from it."""

    name: str
    rows: int
    duplicate_rows: int
    """Rows that are equal to an earlier one in every column."""
    tasks: int
    task_rows: Mapping[str, float]
    """Quantiles of the number of rows a task."""
    constant: tuple[str, ...]
    missing: Mapping[str, float]
    """Share of missing values, of the columns that miss any."""
    outliers: Mapping[str, float]
    """Share of values more than 8 robust standard deviations from the median, of the columns that have any."""
    leaks: tuple[Leak, ...]
    """Features that alone give the target away."""
    target: Mapping[str, float]
    """Class counts, or mean, standard deviation and quantiles."""
    treatment: Mapping[str, float]
    """Where an effect is asked: share of treated rows, mean target of these and of others, range of propensities."""
    notes: tuple[str, ...] = ()
    """What reading the table came upon."""

    def as_dict(self) -> dict[str, Any]:
        """Everything as plain values for JSON."""
        return asdict(self)

    def raise_if_unusable(self) -> None:
        """Raise `DataError` for a feature that is a copy or a monotone transform of the target."""
        for leak in self.leaks:
            if leak.copy:
                raise DataError(
                    f"{leak.how}: nothing would be learnt but that",
                    column=leak.column,
                    expected="a feature that is known before the target",
                    got="role feature; declare it with role ignore",
                )

    def text(self) -> str:
        """A plain table for a terminal."""
        lines = [
            f"{self.name}: {self.rows:,} rows, {self.tasks:,} tasks, {self.duplicate_rows:,} duplicate rows",
            f"  rows a task   {_pairs(self.task_rows)}",
            f"  target        {_pairs(self.target) or 'none: each row is a choice'}",
        ]
        lines += [f"  treatment     {_pairs(self.treatment)}"] if self.treatment else []
        lines += [f"  constant      {', '.join(self.constant)}"] if self.constant else []
        lines += [f"  missing       {column}: {share:.2%}" for column, share in self.missing.items()]
        lines += [f"  outliers      {column}: {share:.3%}" for column, share in self.outliers.items()]
        lines += [f"  LEAK          {leak.column}: {leak.how} ({leak.strength:.4f})" for leak in self.leaks]
        lines += [f"  note          {note}" for note in self.notes]
        return "\n".join(lines)


def inspect(table: Table) -> QualityReport:
    """Look a table over.

    Errors: `DataError` for a declared column that neither the rows nor the items have.
    """
    schema, frame = table.schema, table.frame
    of_items = () if table.items is None else tuple(table.items.columns)
    schema.check((*frame.columns, *of_items))
    sizes = frame.group_by(schema.task).len()["len"]
    known = {**_series(table.items, schema), **_series(frame, schema)}
    head = _drawn(frame)
    features = [c for c in schema.having(Role.FEATURE) if c.name in frame.columns]
    return QualityReport(
        name=table.name,
        rows=frame.height,
        duplicate_rows=frame.height - frame.n_unique() if frame.height else 0,
        tasks=len(sizes),
        task_rows=_quantiles(sizes),
        constant=tuple(c for c, v in known.items() if c not in schema.task and v.drop_nulls().n_unique() <= 1),
        missing={c: share for c, v in known.items() if (share := _missing(v))},
        outliers={c.name: share for c in schema.columns if (share := _outliers(head, c))},
        leaks=find_leaks(head, schema, features),
        target=_summary(frame, schema),
        treatment=_arms(frame, schema),
        notes=table.notes,
    )


def _series(frame: pl.DataFrame | None, schema: Schema) -> dict[str, pl.Series]:
    return {} if frame is None else {c: frame[c] for c in schema.used if c in frame.columns}


def _drawn(frame: pl.DataFrame) -> pl.DataFrame:
    """All rows, or as many of them as are looked at; always the same ones."""
    if frame.height <= LOOKED_AT:
        return frame
    chosen = np.random.default_rng(0).choice(frame.height, LOOKED_AT, replace=False)
    return frame[np.sort(chosen)]


def _missing(values: pl.Series) -> float:
    nan = values.is_nan().sum() if values.dtype.is_float() else 0
    return (values.null_count() + int(nan or 0)) / max(1, len(values))


def _outliers(frame: pl.DataFrame, column: Column) -> float:
    """Share of numbers whose robust z is large; 0 where most of them are the same."""
    known = column.kind is Kind.NUMBER and column.role not in (Role.TASK, Role.TIME, Role.IGNORE)
    if not known or column.name not in frame.columns or not frame[column.name].dtype.is_numeric():
        return 0.0
    x = frame[column.name].cast(pl.Float64).drop_nulls().drop_nans().to_numpy()
    if not len(x):
        return 0.0
    distance = np.abs(x - np.median(x))
    low, high = np.quantile(x, (0.25, 0.75))
    spread = max(float(np.median(distance)) / MAD_OF_NORMAL, float(high - low) / IQR_OF_NORMAL)
    return float((distance > FAR * spread).mean()) if spread > 0 else 0.0


def _quantiles(values: pl.Series) -> dict[str, float]:
    if not len(values):
        return {}
    found = np.quantile(values.to_numpy(), list(QUANTILES.values()))
    return dict(zip(QUANTILES, found.tolist(), strict=True))


def _summary(frame: pl.DataFrame, schema: Schema) -> dict[str, float]:
    """Class counts, most frequent first; mean, standard deviation and quantiles of numbers; nothing for a choice."""
    if schema.target is None:
        return {}
    values = frame[schema.target]
    if schema.target_type in (Target.CLASS, Target.ORDINAL) or not values.dtype.is_numeric():
        counts = labels(values).alias("label").value_counts(name="rows")
        ranked = counts.sort(["rows", "label"], descending=[True, False]).head(MOST_CLASSES)
        return {str(label): float(rows) for label, rows in ranked.iter_rows()}
    x = values.cast(pl.Float64).drop_nulls().drop_nans()
    if not len(x):
        return {}
    x = x.filter(x.is_finite())
    return {"mean": float(x.to_numpy().mean()), "std": float(x.to_numpy().std()), **_quantiles(x)}


def _arms(frame: pl.DataFrame, schema: Schema) -> dict[str, float]:
    """Both arms of a treatment as they are: the difference of the means is no effect, unless chance chose."""
    if schema.treatment is None or schema.target is None:
        return {}
    treated, y = floats(frame[schema.treatment]), floats(frame[schema.target])
    arms = {"others": y[treated == 0], "treated": y[treated == 1]}
    found = {"share": float(np.mean(treated == 1)) if len(y) else 0.0}
    found |= {f"mean of {name}": float(np.nanmean(of)) for name, of in arms.items() if np.isfinite(of).any()}
    if schema.propensity is not None:
        chance = floats(frame[schema.propensity])
        known = chance[~np.isnan(chance)]
        found |= {"least propensity": float(known.min()), "greatest": float(known.max())} if len(known) else {}
    return found


def _pairs(values: Mapping[str, float]) -> str:
    return "  ".join(f"{name} {value:,.6g}" for name, value in values.items())
