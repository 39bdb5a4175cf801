"""`guide`: what to show during a visit, from what the visitor has taken so far."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._choices import CHOICES
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="guide",
    summary="Rank the whole catalogue for the next steps of a visit.",
    task="a visit",
    asks="its first K events → the later ones",
    decides="what a page shows next",
    contests=MappingProxyType(
        {
            "ranking": Contest(
                learners=("auto", "rerank", "bayes_head"),
                candidates=("rerank", "blend", "item_knn", "category_popularity", "segment_popularity", "ease"),
                baselines=("popularity", "segment_popularity", "category_popularity", "item_knn", "ease", "blend"),
                metrics=("recall@10", "mrr", "recall@20", "ndcg@10"),
                parameters={"bayes_head": {"repeat": 0.0}, "rerank": {"order": "moments"}},
            )
        }
    ),
    protocols=MappingProxyType({"ranking": "new-tasks"}),
    settings=MappingProxyType(
        {"ranking": replace(CHOICES, order="moments", novel=True, validation=0.05, shots=(0, 1, 2, 5, 10))}
    ),
    data=("ta-feng",),
    items=True,
)
