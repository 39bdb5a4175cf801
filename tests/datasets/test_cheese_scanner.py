"""The cheese's reader on two retailers of one market."""

from __future__ import annotations

import gzip
import math
from collections.abc import Callable, Mapping

import pytest

from warmstart.datasets.cheese_scanner import SOURCE
from warmstart.datasets.files import Files

ROWS = "RETAILER,VOLUME,DISP,PRICE\nROME - UNO,100,0.5,2.0\nROME - DUE - A,50,0,1.0\nROME - UNO,90,0,2.5\n"


def test_weeks(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The n-th row of a retailer is its n-th week; market and chain are told apart at the first dash."""
    frame = SOURCE.tables["pricing"](in_memory({"cheese.csv.gz": gzip.compress(ROWS.encode())})).frame
    assert frame.select("week", "units", "market", "chain", "on_display").rows() == [
        (1, 100.0, "ROME", "UNO", 0.5),
        (1, 50.0, "ROME", "DUE - A", 0.0),
        (2, 90.0, "ROME", "UNO", 0.0),
    ]
    assert frame["log_price"].to_list() == pytest.approx([math.log(2), 0, math.log(2.5)])
