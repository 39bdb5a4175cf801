"""CDNOW's reader on three purchases."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

from warmstart.datasets.cdnow import SOURCE
from warmstart.datasets.files import Files

TEXT = (
    " customer_id  date number_of_cds  dollar_value\r\n 00001 19970101  1   11.77\r\n"
    " 00002 19970112 10  112.00\r\n 00002 19970115  5   77.00\r\n"
)


def test_purchases(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """What is known before a purchase: how long ago the last one was and how many there were."""
    frame = SOURCE.tables["table"](in_memory({"lifetimes/datasets/CDNOW_master.txt": TEXT.encode()})).frame
    assert frame.select("customer", "date", "discs", "days_since_last", "purchases_before", "dollars").rows() == [
        ("00001", dt.date(1997, 1, 1), 1, None, 0.0, 11.77),
        ("00002", dt.date(1997, 1, 12), 10, None, 0.0, 112.0),
        ("00002", dt.date(1997, 1, 15), 5, 3.0, 1.0, 77.0),
    ]
