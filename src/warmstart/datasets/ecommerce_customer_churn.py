"""Customer churn: which customers of an online shop left, from how they use it."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_SEGMENT = ("PreferedOrderCat", "PreferredPaymentMode", "CityTier")
_NUMBERS = (
    "Tenure",
    "WarehouseToHome",
    "HourSpendOnApp",
    "NumberOfDeviceRegistered",
    "SatisfactionScore",
    "NumberOfAddress",
    "Complain",
    "OrderAmountHikeFromlastYear",
    "CouponUsed",
    "OrderCount",
    "DaySinceLastOrder",
    "CashbackAmount",
)
_CATEGORIES = ("PreferredLoginDevice", "Gender", "MaritalStatus")
_SPELLINGS = {
    "PreferedOrderCat": {"Mobile": "Mobile Phone"},
    "PreferredPaymentMode": {"CC": "Credit Card", "COD": "Cash on Delivery"},
    "PreferredLoginDevice": {"Phone": "Mobile Phone"},
}
_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, *_SEGMENT),
        *columns(Role.TARGET, Kind.CATEGORY, "Churn"),
        *columns(Role.FEATURE, Kind.NUMBER, *_NUMBERS),
        *columns(Role.FEATURE, Kind.CATEGORY, *_CATEGORIES),
    ),
    Target.CLASS,
)


def _table(files: Files) -> Table:
    """Whether a customer left (1) or stayed (0); a task is what is bought × how it is paid × the tier of the city.

    Two spellings of one thing are made one. 556 customers equal an earlier one in everything but the number: these are
    left out, since a copy in the support would tell the label of its like in the query.
    """
    raw = pl.read_csv(files.read("customers.csv.gz"), infer_schema_length=None)
    own = raw.drop("CustomerID").unique(keep="first", maintain_order=True)
    frame = own.select(
        *(pl.col(name).cast(pl.String).replace(_SPELLINGS.get(name, {})) for name in (*_SEGMENT, *_CATEGORIES)),
        pl.col("Churn").cast(pl.String),
        pl.col(*_NUMBERS).cast(pl.Float64),
    )
    return Table(SOURCE.name, frame, _SCHEMA)


SOURCE = Source(
    name="ecommerce-customer-churn",
    summary="5,630 customers of an online shop, of whom 16.8 % left; use of the app, orders, coupons, complaints",
    licence="not stated",
    origin="E-commerce customer churn data set, on Kaggle",
    task_keys=_SEGMENT,
    rows=5_630,
    tables={"churn": _table},
    folder="ecommerce_customer_churn",
)
