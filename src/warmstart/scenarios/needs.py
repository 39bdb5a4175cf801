"""`needs`: which categories a new user will buy for the first time, from those bought so far."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from warmstart.scenarios._choices import CHOICES
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="needs",
    summary="Rank the categories that a new user has not bought yet by how soon they become a need.",
    task="a user",
    asks="the first K categories of the user's first day → the categories first bought on a later one",
    decides="the new needs of each user, and the audience of each category",
    contests=MappingProxyType(
        {
            "ranking": Contest(
                learners=("auto", "bayes_head"),
                candidates=("blend", "bayes_head", "item_knn", "markov", "first_time_popularity", "segment_popularity"),
                baselines=(
                    "popularity",
                    "first_time_popularity",
                    "segment_popularity",
                    "markov",
                    "item_knn",
                    "ease",
                    "blend",
                ),
                metrics=("recall@10", "recall@20", "ndcg@10", "coverage@10"),
                parameters={"bayes_head": {"repeat": 0.0}},
            )
        }
    ),
    protocols=MappingProxyType({"ranking": "new-users"}),
    settings=MappingProxyType({"ranking": replace(CHOICES, novel=True)}),
    data=("ta-feng",),
    items=True,
)
