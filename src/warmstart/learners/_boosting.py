"""LightGBM as an array function: cross-fitted link-scale predictions, then one model of all rows, kept as bytes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from warmstart.errors import DataError, NotReady
from warmstart.types import Spec

__all__ = ["Boosting", "CrossFit", "Table", "cross_fit", "fit_ranks", "folds_of", "predict_link"]

_OBJECTIVES = {
    "gaussian": "regression",
    "bernoulli": "binary",
    "categorical": "multiclass",
    "ordinal": "multiclass",
    "negative_binomial": "poisson",
    "ranking": "lambdarank",
}
_RANKING = {"feature_fraction": 0.5, "bagging_fraction": 0.5, "lambda_l2": 5.0, "lambdarank_truncation_level": 30}


@dataclass(frozen=True)
class Boosting:
    """How trees are grown; the names are the field's, the defaults suit thousands to millions of rows."""

    learning_rate: float
    leaves: int
    min_rows: int
    max_rounds: int
    threads: int
    robust: float = 0.0
    """Of numbers: errors well above this count as absolute, not squared (LightGBM's "fair" loss); 0 for squared."""

    def settings(self, spec: Spec, seed: int) -> dict[str, Any]:
        """LightGBM's own names; the same seed gives the same trees on any number of threads."""
        classes = {"num_class": spec.classes} if _OBJECTIVES[spec.likelihood] == "multiclass" else {}
        robust = {"objective": "fair", "fair_c": self.robust} if self.robust and spec.likelihood == "gaussian" else {}
        settings = {
            "objective": _OBJECTIVES[spec.likelihood],
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "min_data_in_leaf": self.min_rows,
            "feature_fraction": 0.8,
            "bagging_fraction": 0.8,
            "bagging_freq": 1,
            "lambda_l2": 1.0,
            "cat_smooth": 20.0,
            "num_threads": self.threads,
            "deterministic": True,
            "force_row_wise": True,
            "seed": seed,
            "verbosity": -1,
        }
        return settings | classes | robust


class Table(NamedTuple):
    """What boosting learns from."""

    x: np.ndarray
    """float32[rows, features]"""
    y: np.ndarray
    """float32[rows]"""
    weight: np.ndarray
    """float32[rows]"""
    start: np.ndarray | None
    """float32[rows, outputs]: the link-scale prediction to improve on; None to start from the mean."""
    categorical: list[int]
    """Columns of `x` that hold categories."""
    monotone: tuple[int, ...] = ()
    """1, -1 or 0 for each column of `x`: the prediction may only rise, only fall, or both; none if all are 0."""


class CrossFit(NamedTuple):
    """One model of all rows, and what models of other folds said about each row."""

    model: np.ndarray
    """uint8[bytes]: LightGBM's own text format."""
    held_out: np.ndarray
    """float32[rows, outputs]: link-scale prediction by a model that has not seen the row's fold, start included."""


def cross_fit(table: Table, fold: np.ndarray, boosting: Boosting, spec: Spec, seed: int) -> CrossFit:
    """Fit on all folds but one, stop where the held-out loss of all folds is least, then fit on everything.

    `fold` is int[rows] from `folds_of`. Errors: `DataError` without rows in two folds, `NotReady` without LightGBM.
    """
    lightgbm = _library()
    parts = [(np.flatnonzero(fold != f), np.flatnonzero(fold == f)) for f in np.unique(fold)]
    if len(parts) <= 1:
        raise DataError("too little to train on", expected="rows in two tasks or more", got=f"{len(fold)} rows")
    settings = boosting.settings(spec, seed) | _constraints(table)
    stop = lightgbm.early_stopping(max(20, boosting.max_rounds // 20), verbose=False)
    found = lightgbm.cv(
        settings, _dataset(table), boosting.max_rounds, folds=parts, callbacks=[stop], return_cvbooster=True
    )
    models = found["cvbooster"]
    rounds = max(1, models.best_iteration)
    held_out = _start(table, spec)
    for (_, rows), model in zip(parts, models.boosters, strict=True):
        held_out[rows] += _raw(model, table.x[rows], rounds)
    final = lightgbm.train(settings, _dataset(table), rounds)
    return CrossFit(np.frombuffer(final.model_to_string().encode(), dtype=np.uint8), held_out)


def fit_ranks(
    x: np.ndarray,
    hit: np.ndarray,
    lengths: np.ndarray,
    boosting: Boosting,
    spec: Spec,
    seed: int,
    *,
    pointwise: bool = False,
) -> Any:
    """A model of `max_rounds` trees that orders lists, as uint8[bytes]: LambdaRank (Burges 2010), or log loss by row.

    `x` is float32[rows, features]; `hit`, bool[rows], says which rows are relevant; list i has the next `lengths[i]`
    rows. Errors: `NotReady` without LightGBM.
    """
    lightgbm = _library()
    data = lightgbm.Dataset(x, hit.astype(np.int8), group=lengths)
    objective = {"objective": "binary"} if pointwise else {}
    fitted = lightgbm.train(boosting.settings(spec, seed) | _RANKING | objective, data, boosting.max_rounds)
    return np.frombuffer(fitted.model_to_string().encode(), dtype=np.uint8)


def folds_of(group: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """int64[rows]: a fold for each row; a group (int[rows]) is never split, unless it is the only one."""
    names, place = np.unique(group, return_inverse=True)
    if len(names) <= 1:
        place = np.arange(len(group))
        names = place
    return (rng.permutation(len(names)) % most)[place]


def predict_link(model: np.ndarray, x: np.ndarray, threads: int) -> np.ndarray:
    """float32[rows, outputs]: what the trees add to the start (or the link itself where there was none)."""
    if not len(x):
        booster = _booster(model.tobytes())
        return np.zeros((0, booster.num_model_per_iteration()), dtype=np.float32)
    return _raw(_booster(model.tobytes()), x, None, num_threads=threads)


def _dataset(table: Table) -> Any:
    start = None if table.start is None else table.start.squeeze(-1) if table.start.shape[1] == 1 else table.start
    return _library().Dataset(
        table.x,
        table.y,
        weight=table.weight,
        init_score=start,
        categorical_feature=table.categorical,
        free_raw_data=False,
    )


def _constraints(table: Table) -> dict[str, Any]:
    if not any(table.monotone):
        return {}
    return {"monotone_constraints": list(table.monotone), "monotone_constraints_method": "intermediate"}


def _start(table: Table, spec: Spec) -> np.ndarray:
    outputs = spec.classes if _OBJECTIVES[spec.likelihood] == "multiclass" else 1
    start = np.zeros((len(table.y), outputs)) if table.start is None else table.start
    return start.astype(np.float32)


def _raw(booster: Any, x: np.ndarray, rounds: int | None, **settings: Any) -> np.ndarray:
    said = np.asarray(booster.predict(x, raw_score=True, num_iteration=rounds, **settings), dtype=np.float32)
    return said.reshape(len(x), -1)


@lru_cache(maxsize=16)
def _booster(text: bytes) -> Any:
    return _library().Booster(model_str=text.decode())


def _library() -> Any:
    try:
        import lightgbm
    except ImportError as error:
        raise NotReady("this learner needs the package lightgbm: pip install 'warmstart[boost]'") from error
    return lightgbm
