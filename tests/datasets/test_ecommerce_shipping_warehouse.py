"""The shipments' reader on one that came in time and one that did not."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.ecommerce_shipping_warehouse import SOURCE
from warmstart.datasets.files import Files

CSV = (
    b"ID,Warehouse_block,Mode_of_Shipment,Customer_care_calls,Customer_rating,Cost_of_the_Product,Prior_purchases,"
    b"Product_importance,Gender,Discount_offered,Weight_in_gms,Reached.on.Time_Y.N\n"
    b"1,D,Flight,4,2,177,3,low,F,44,1233,1\n"
    b"2,F,Ship,4,5,216,2,low,M,5,3088,0\n"
)


def test_late_is_not_in_time(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """1 is late; a block is new with all it sends; calls and rating, made afterwards, and the gender are no columns."""
    table = SOURCE.tables["quality"](in_memory({"shipments.csv.gz": gzip.compress(CSV)}))
    assert table.frame.rows() == [
        ("D", "Flight", "low", "late", 177.0, 3.0, 44.0, 1233.0),
        ("F", "Ship", "low", "in time", 216.0, 2.0, 5.0, 3088.0),
    ]
    assert table.schema.task == ("block", "mode", "importance")
    assert table.schema.group == ("block",)
