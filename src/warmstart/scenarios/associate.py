"""`associate`: what is bought together with a new item, from its attributes and the first baskets that hold it."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._choices import CHOICES
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

_BASKETS = {"within": "moment"}  # rows of one moment, whichever the anchor, are one basket

SCENARIO = Scenario(
    name="associate",
    summary="Rank the whole catalogue by what will be in a basket with a new item.",
    task="an anchor item",
    asks="the other items of its first K baskets → those of later ones",
    decides="the list of what is bought together with it",
    contests=MappingProxyType(
        {
            "ranking": Contest(
                learners=("auto", "bayes_head"),
                candidates=("blend", "item_knn", "lift", "repeat", "segment_popularity"),
                baselines=("popularity", "segment_popularity", "lift", "rules", "item_knn", "repeat", "blend"),
                metrics=("recall@10", "mrr", "recall@20", "ndcg@10"),
                parameters={
                    "segment_popularity": {"widest": 256, "strength": 1000.0},
                    "lift": _BASKETS,
                    "rules": {**_BASKETS, "least_support": 20},
                    "item_knn": {**_BASKETS, "shrinkage": 100.0},
                    "blend": {**_BASKETS, "widest": 256},
                },
            )
        }
    ),
    protocols=MappingProxyType({"ranking": "new-tasks"}),
    settings=MappingProxyType(
        {
            "ranking": replace(
                CHOICES,
                order="moments",
                validation=0.05,  # the newest items: 15 % of them would take six of nine weeks away in Ta-Feng
                shots=(0, 4, 10, 20),
                batch=64,
                steps=100,
                weight_decay=3.0,
            )
        }
    ),
    data=("ta-feng",),
    items=True,
)
