"""`cross_domain`: what someone who is known in one domain will like in another, where they are new."""

from __future__ import annotations

from types import MappingProxyType

from warmstart.engine.settings import Settings
from warmstart.scenarios.scenario import Contest, Scenario

__all__ = ["SCENARIO"]

SCENARIO = Scenario(
    name="cross_domain",
    summary="Predict the ratings of users who are new in one domain from what they rated in another.",
    task="a user known in a source domain, new in the target domain",
    asks="all source rows and the first K target rows → the other target rows",
    decides="the top of the target domain's catalogue, before and after the first ratings there",
    contests=MappingProxyType(
        {
            "gaussian": Contest(
                learners=("auto", "domain_factors", "latent_factors"),
                candidates=("domain_factors", "latent_factors", "linear_map", "no_transfer", "bias"),
                baselines=("item_mean", "task_mean", "bias", "no_transfer", "linear_map"),
                metrics=("mae", "rmse", "ndcg@5"),
                # Most items have few ratings here: with 24 factors these would be noise.
                parameters={"latent_factors": {"factors": 8}},
            ),
        }
    ),
    protocols=MappingProxyType({"gaussian": "new-in-domain"}),
    settings=MappingProxyType({"gaussian": Settings(shots=(0, 1, 5))}),
    data=("douban-cross-domain", "douban-cross-domain-back"),
    items=True,
)
