"""`recommend`: what a new user will want, from who they are and the first things they chose or rated."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.engine.settings import Settings
from warmstart.scenarios._choices import CHOICES
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="recommend",
    summary="Rank the whole catalogue for a new user after K choices, or predict the ratings of a new user or item.",
    task="a user",
    asks="the user's first K choices or ratings → the later ones",
    decides="the top-N list, each item with the choices that speak for it",
    contests=MappingProxyType(
        {
            "ranking": Contest(
                learners=("auto", "rerank", "bayes_head"),
                candidates=("rerank", "bayes_head", "blend", "repeat", "segment_popularity"),
                baselines=("popularity", "segment_popularity", "item_knn", "ease", "implicit_als", "repeat", "blend"),
                metrics=("recall@10", "recall@20", "ndcg@10", "coverage@10"),
            ),
            "gaussian": Contest(
                learners=("auto", "boosted_factors", "latent_factors", "bayes_head"),
                candidates=("boosted_factors", "latent_factors", "bayes_head", "bias"),
                baselines=("task_mean", "bias", "support_features"),
                metrics=("mae", "rmse", "ndcg@5"),
                parameters={"bayes_head": {"hidden": (), "item_rate": 10.0, "widest_bag": 256}},
            ),
        }
    ),
    protocols=MappingProxyType({"ranking": "new-users", "gaussian": "kshot"}),
    settings=MappingProxyType(
        {
            "ranking": replace(CHOICES, weight_decay=3.0),
            "gaussian": Settings(shots=(0, 1, 3, 5, 10, 20, 60), weight_decay=3.0, new_items=0.5),
        }
    ),
    data=("ta-feng", "movielens-1m", "movielens-1m-films", "movielens-100k", "online-retail-2", "complete-journey"),
    items=True,
)
