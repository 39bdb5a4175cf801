"""The reader of clicks on four of them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.talkingdata_adfraud_sample import SOURCE

CLICKS = """ip,app,device,os,channel,click_time,attributed_time,is_attributed
7,12,1,13,497,2017-11-07 9:30,,0
7,12,1,13,497,2017-11-07 9:31,2017-11-07 9:35,1
8,25,1,17,259,2017-11-07 13:40,,0
7,25,1,17,259,2017-11-07 9:31,,0
"""


def test_clicks(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Clicks of an address are counted over earlier minutes, in all channels; when the app came is left out."""
    frame = SOURCE.tables["fraud"](in_memory({"clicks.csv.gz": gzip.compress(CLICKS.encode())})).frame
    assert frame.select("channel", "app", "is_attributed", "ip_clicks_before", "hour").rows() == [
        ("497", "12", "0", 0.0, 9.0),
        ("497", "12", "1", 1.0, 9.0),
        ("259", "25", "0", 0.0, 13.0),
        ("259", "25", "0", 1.0, 9.0),
    ]
    assert "attributed_time" not in frame.columns
