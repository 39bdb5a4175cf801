"""`behaviour`: what a user does next, from the events so far."""

from __future__ import annotations

from types import MappingProxyType

from warmstart.engine.settings import Settings
from warmstart.scenarios._choices import CHOICES
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

_ORDERED = {"hyper_network": {"encoder": "gru"}}  # reads the events in their order
_LABELLED = ("bernoulli", "categorical", "gaussian")  # each event with what followed it
_CLASSES = Contest(
    learners=("auto", "bayes_head", "hyper_network", "maml"),
    baselines=("last_label", "task_mean", "global_boost", "shifted", "support_features"),
    metrics=("log_loss", "auc", "accuracy", "brier"),
    parameters=_ORDERED,
)

SCENARIO = Scenario(
    name="behaviour",
    summary="Predict a user's next events: their kind, whether or when the user returns, what is taken.",
    task="a user",
    asks="the user's last K events, with what followed each → what follows the next ones; "
    "or what the first event took → what later ones take",
    decides="the next best action for each user, and how many will come",
    contests=MappingProxyType(
        {
            "bernoulli": _CLASSES,
            "categorical": _CLASSES,
            "gaussian": Contest(
                learners=("auto", "bayes_head_on_global_boost", "bayes_head", "hyper_network"),
                baselines=("scaled", "task_mean", "global_boost", "shifted", "support_features"),
                metrics=("mae", "unit_mae", "rmse", "nll", "coverage90"),
                parameters=_ORDERED,
            ),
            "ranking": Contest(
                learners=("auto", "rerank", "bayes_head"),
                candidates=("rerank", "bayes_head", "blend", "repeat", "segment_popularity"),
                baselines=(
                    "popularity",
                    "segment_popularity",
                    "repeat",
                    "markov",
                    "item_knn",
                    "ease",
                    "implicit_als",
                    "blend",
                ),
                metrics=("recall@10", "ndcg@10", "mrr", "coverage@10"),
            ),
        }
    ),
    protocols=MappingProxyType({**dict.fromkeys(_LABELLED, "next-rows"), "ranking": "new-users"}),
    settings=MappingProxyType(
        {
            **dict.fromkeys(_LABELLED, Settings(steps=2000, batch=64, shots=(0, 1, 2, 5), order="time")),
            "ranking": CHOICES,
        }
    ),
    data=("ta-feng", "ta-feng-next-visit", "ta-feng-next-kind", "ta-feng-next-basket"),
    items=True,
)
