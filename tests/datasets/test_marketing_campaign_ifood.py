"""The six campaigns' reader on two customers."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.marketing_campaign_ifood import SOURCE

HEAD = (
    "ID,Year_Birth,Education,Marital_Status,Income,Kidhome,Teenhome,Dt_Customer,MntWines,"
    "AcceptedCmp3,AcceptedCmp4,AcceptedCmp5,AcceptedCmp1,AcceptedCmp2,Response\n"
)
ROWS = (
    "7,1957,PhD,Single,58138.0,0,1,04-09-2012,635,0,0,0,1,0,1\n8,1970,Master,Together,,1,0,02-01-1970,9,0,1,0,0,0,0\n"
)


def test_answers(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A row per campaign and customer, knowing the answers to the campaigns before it and no others."""
    table = SOURCE.tables["market"](in_memory({"customers.csv.gz": gzip.compress((HEAD + ROWS).encode())}))
    frame = table.frame.sort("customer", "campaign")
    assert frame.select("campaign", "accepted_before", "accepted").rows() == [
        (1, 0.0, "yes"),
        *((number, 1.0, "no") for number in range(2, 6)),
        (6, 1.0, "yes"),
        *((number, 0.0, "no") for number in range(1, 4)),
        (4, 0.0, "yes"),
        *((number, 1.0, "no") for number in range(5, 7)),
    ]
    assert frame["share_accepted_before"].to_list()[:6] == [0, 1, 1 / 2, 1 / 3, 1 / 4, 1 / 5]
    assert frame["enrolled_day"].to_list()[-1] == 1.0
    assert table.schema.group == ("campaign",)
    assert table.cutoff == 5
    assert "MntWines" not in frame.columns
