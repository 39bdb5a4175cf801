"""Open Bandit's reader on one impression of each log."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.open_bandit import SOURCE

LOG = (
    ",timestamp,item_id,position,click,propensity_score,user_feature_0,user_feature_1,user_feature_2,user_feature_3,"
    "user-item_affinity_0,user-item_affinity_1\n0,2019-11-24 00:00:17.004101+00:00,1,2,1,0.25,a,b,c,d,0.0,3.0\n"
)
ADS = ",item_id,item_feature_0,item_feature_1,item_feature_2,item_feature_3\n0,0,-1.0,x,y,z\n1,1,0.5,p,q,r\n"


def test_six_logs(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Each impression carries its own ad's affinity and attributes, and the probability that it was shown."""
    place = "obp/dataset/obd/{}/{}/{}.csv"
    contents = {
        place.format(policy, campaign, name): text.encode()
        for policy in ("random", "bts")
        for campaign in ("all", "men", "women")
        for name, text in ((campaign, LOG), ("item_context", ADS))
    }
    frame = SOURCE.tables["table"](in_memory(contents)).frame
    assert frame.select("policy", "campaign").rows() == [
        (policy, campaign) for policy in ("random", "bts") for campaign in ("all", "men", "women")
    ]
    told = frame.select("ad", "click", "propensity", "place", "affinity", "item_feature_0", "item_feature_3").unique()
    assert told.rows() == [("1", "1", 0.25, "2", 3.0, 0.5, "r")]
