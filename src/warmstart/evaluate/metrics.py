"""The metrics of every report: what each is called, which way is better, and the functions that compute them per task.

All are vectorised over tasks: padded arrays `[tasks, query]` and a `mask` (weight of each query row, 0 is padding)
give float64[tasks], NaN where a task does not define the metric (no rows, one class only, nothing relevant).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from warmstart.errors import NotFound
from warmstart.evaluate._classification import accuracy, auc, auprc, brier, classification_metrics, log_loss
from warmstart.evaluate._levels import level_metrics
from warmstart.evaluate._ranking import catalogue_coverage, ranking_metrics, rated_ndcg, top_n
from warmstart.evaluate._regression import (
    coverage,
    mae,
    mape,
    nll,
    pinball,
    qwk,
    regression_metrics,
    rmse,
    top_fifth,
    unit_metrics,
    wape,
)
from warmstart.evaluate._survival import concordance, integrated_brier
from warmstart.evaluate._uplift import qini, uplift_at, uplift_metrics

__all__ = [
    "METRICS",
    "Metric",
    "accuracy",
    "auc",
    "auprc",
    "brier",
    "catalogue_coverage",
    "classification_metrics",
    "concordance",
    "coverage",
    "integrated_brier",
    "level_metrics",
    "log_loss",
    "mae",
    "mape",
    "metric",
    "nll",
    "pinball",
    "qini",
    "qwk",
    "ranking_metrics",
    "rated_ndcg",
    "regression_metrics",
    "rmse",
    "top_fifth",
    "top_n",
    "unit_metrics",
    "uplift_at",
    "uplift_metrics",
    "wape",
]


@dataclass(frozen=True)
class Metric:
    """How a metric is named, read and compared."""

    name: str
    higher_is_better: bool
    label: str
    target: float | None = None
    """Where neither more nor less is better but this value."""

    def loss(self, value: float) -> float:
        """The value such that less is better."""
        if self.target is not None:
            return abs(value - self.target)
        return -value if self.higher_is_better else value


_KNOWN = (
    Metric("mae", False, "mean absolute error"),
    Metric("rmse", False, "root mean squared error"),
    Metric("nll", False, "negative log-likelihood"),
    Metric("coverage90", True, "share inside the 90 % interval", target=0.9),
    Metric("pinball", False, "pinball loss, mean of nine deciles"),
    Metric("unit_mae", False, "mean absolute error in the target's own unit, where its logarithm is modelled too"),
    Metric("wape", False, "sum of absolute errors over the sum of what was sold, in its own unit"),
    Metric("mape", False, "mean of the error as a share of the truth, in its own unit"),
    Metric("mase", False, "mean absolute error over that of each row foretold by the one before, up to the cut"),
    Metric("wql", False, "pinball loss of nine deciles, doubled, over the sum of what was sold, in its own unit"),
    Metric("top_fifth", True, "share of the largest fifth that lies in the predicted largest fifth"),
    Metric("qwk", True, "quadratic weighted kappa of whole steps on a scale, or of ordered classes"),
    Metric("qini", True, "area between the curve of gain by effect predicted and that of random order, per row"),
    Metric("uplift@20", True, "mean effect on the fifth with the largest effect predicted"),
    Metric("accuracy", True, "accuracy"),
    Metric("log_loss", False, "log loss"),
    Metric("brier", False, "Brier score"),
    Metric("ece", False, "expected calibration error: how far what was said is from what came true"),
    Metric("auc", True, "area under the ROC curve"),
    Metric("auprc", True, "average precision: area under the curve of precision and recall of the second class"),
    Metric("c_index", True, "concordance: of two customers, the one with the event first is told (a tie half)"),
    Metric("ibs", False, "Brier score of the survival curve, mean over interval ends, censoring weighed out"),
    Metric("ks", True, "Kolmogorov-Smirnov: largest difference between the shares of both classes above a threshold"),
    Metric("recall@fpr1", True, "share of the second class found where 1 % of the first is flagged"),
    Metric("ndcg@5", True, "discounted gain of the first 5 of a task's own rated items (high by chance)"),
    Metric("recall@10", True, "share of the relevant items in the first 10 of the whole catalogue"),
    Metric("recall@20", True, "share of the relevant items in the first 20 of the whole catalogue"),
    Metric("ndcg@10", True, "discounted gain of the first 10 of the whole catalogue"),
    Metric("mrr", True, "one over the place of the first relevant item among the first 20, 0 without one"),
    Metric("hit@10", True, "share of tasks with a hit in the first 10"),
    Metric("coverage@10", True, "share of the catalogue in anyone's first 10"),
)
METRICS: Mapping[str, Metric] = MappingProxyType({known.name: known for known in _KNOWN})


def metric(name: str) -> Metric:
    """The metric of that name; `NotFound` with the nearest names for others."""
    if name not in METRICS:
        raise NotFound("metric", name, METRICS)
    return METRICS[name]
