"""The reader of customers who left, on four of them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.ecommerce_customer_churn import SOURCE
from warmstart.datasets.files import Files

NAMES = (
    "CustomerID,Churn,Tenure,PreferredLoginDevice,CityTier,WarehouseToHome,PreferredPaymentMode,Gender,HourSpendOnApp,"
    "NumberOfDeviceRegistered,PreferedOrderCat,SatisfactionScore,MaritalStatus,NumberOfAddress,Complain,"
    "OrderAmountHikeFromlastYear,CouponUsed,OrderCount,DaySinceLastOrder,CashbackAmount"
)
REST = "Female,3.0,3,{kind},2,Single,9,1,11.0,1.0,1.0,5.0,159.93"
ROWS = (
    "1,1,4.0,Mobile Phone,3,6.0,COD," + REST.format(kind="Mobile"),
    "2,0,,Phone,3,6.0,Cash on Delivery," + REST.format(kind="Mobile Phone"),
    "3,0,9.0,Computer,1,6.0,CC," + REST.format(kind="Grocery"),
    "4,0,9.0,Computer,1,6.0,CC," + REST.format(kind="Grocery"),
)


def test_segments(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Two spellings are one segment; who equals an earlier customer in all but the number is left out."""
    text = "\n".join((NAMES, *ROWS)) + "\n"
    table = SOURCE.tables["churn"](in_memory({"customers.csv.gz": gzip.compress(text.encode())}))
    segment = ("PreferedOrderCat", "PreferredPaymentMode", "CityTier")
    assert table.schema.task == segment
    assert table.frame.select(*segment, "PreferredLoginDevice", "Churn", "Tenure").rows() == [
        ("Mobile Phone", "Cash on Delivery", "3", "Mobile Phone", "1", 4.0),
        ("Mobile Phone", "Cash on Delivery", "3", "Mobile Phone", "0", None),
        ("Grocery", "Credit Card", "1", "Computer", "0", 9.0),
    ]
    assert "CustomerID" not in table.frame.columns
