"""Shipments of a shop's five warehouse blocks: which did not arrive in time. The data are probably synthetic."""

from __future__ import annotations

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files
from warmstart.datasets.source import Source
from warmstart.tables.schema import Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "block", "mode", "importance"),
        *columns(Role.TARGET, Kind.CATEGORY, "arrived"),
        *columns(Role.FEATURE, Kind.NUMBER, "cost", "earlier_purchases", "discount", "weight_g"),
    ),
    Target.CLASS,
    group=("block",),  # a new block is new with all it sends
)


def _table(files: Files) -> Table:
    """Whether a shipment is late; what one block sends in one way at one importance is a task.

    Each of the 2,647 shipments with a discount above 10 is late and blocks do not differ, as real ones hardly would.
    Left out: calls and rating, which come when it is on its way or there; the customer's gender.
    """
    raw = pl.read_csv(files.read("shipments.csv.gz"), infer_schema_length=None)
    late = pl.when(pl.col("Reached.on.Time_Y.N") == 1).then(pl.lit("late")).otherwise(pl.lit("in time"))
    frame = raw.select(
        pl.col("Warehouse_block").alias("block"),
        pl.col("Mode_of_Shipment").alias("mode"),
        pl.col("Product_importance").alias("importance"),
        late.alias("arrived"),
        pl.col("Cost_of_the_Product").cast(pl.Float64).alias("cost"),
        pl.col("Prior_purchases").cast(pl.Float64).alias("earlier_purchases"),
        pl.col("Discount_offered").cast(pl.Float64).alias("discount"),
        pl.col("Weight_in_gms").cast(pl.Float64).alias("weight_g"),
    )
    return Table(SOURCE.name, frame, _SCHEMA)


SOURCE = Source(
    name="ecommerce-shipping-warehouse",
    summary="10,999 shipments from five warehouse blocks, 59.7 % of them late; probably synthetic",
    licence="not stated",
    origin="E-commerce shipping data, on Kaggle",
    task_keys=("Warehouse_block", "Mode_of_Shipment", "Product_importance"),
    rows=10_999,
    tables={"quality": _table},
    folder="ecommerce_shipping_warehouse",
)
