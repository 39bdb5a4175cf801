"""Complete Journey as campaigns: one row per campaign and household, from what was known when the campaign began."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import polars as pl

from warmstart.datasets.columns import columns
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table

__all__ = ["HOUSEHOLD", "campaign_effects", "campaign_responses"]

Part = Callable[[str], pl.DataFrame]  # a table of the data set by its name

_CUTOFF = dt.date(2017, 7, 5)  # ten campaigns end before it, eight begin after it, one is divided by it
HOUSEHOLD = (
    "age",
    "income",
    "home_ownership",
    "marital_status",
    "household_size",
    "household_comp",
    "kids_count",
)
_LONG, _SHORT = 84, 28  # days before a campaign
_NUMBERS = (
    "recency_days",
    "baskets_28",
    "spend_28",
    "baskets_84",
    "spend_84",
    "discount_share_84",
    "coupon_days_84",
    "promoted_days_84",
    "promoted_spend_84",
    "campaigns_before",
    "redeemed_before",
)
_CAMPAIGN = ("coupons", "products", "length_days", "targeted_households")
_FACTS = (
    *columns(Role.TASK, Kind.CATEGORY, "campaign"),
    *columns(Role.TIME, Kind.DATE, "start"),
    *columns(Role.DESCRIPTOR, Kind.CATEGORY, "type"),
    *columns(Role.DESCRIPTOR, Kind.NUMBER, *_CAMPAIGN),
    *columns(Role.FEATURE, Kind.CATEGORY, *HOUSEHOLD),
    *columns(Role.FEATURE, Kind.NUMBER, *_NUMBERS),
    *columns(Role.IGNORE, Kind.CATEGORY, "household"),
)
_RESPONSE = Schema((*_FACTS, Column("redeemed", Role.TARGET, Kind.CATEGORY)), Target.CLASS)
_EFFECT = Schema((*_FACTS, Column("targeted", Role.TREATMENT), Column("bought", Role.TARGET)))


def campaign_responses(name: str, part: Part) -> Table:
    """Whether a household that a campaign was sent to redeems one of its coupons before it ends."""
    campaigns = _campaigns(part)
    redeemed = (
        part("coupon_redemptions")
        .join(campaigns, on="campaign_id")
        .filter(pl.col("redemption_date").cast(pl.Date).is_between("start", "end"))
        .select("campaign_id", "household_id", redeemed=pl.lit("yes"))
        .unique()
    )
    asked = part("campaigns").join(campaigns.select("campaign_id"), on="campaign_id", how="semi").unique()
    rows = _described(part, campaigns, asked).join(
        redeemed, on=["campaign_id", "household_id"], how="left", maintain_order="left"
    )
    return Table(name, _named(rows.with_columns(pl.col("redeemed").fill_null("no"))), _RESPONSE, cutoff=_CUTOFF)


def campaign_effects(name: str, part: Part) -> Table:
    """Whether a household buys a product that a campaign's coupons are for, while it lasts; treated are the targeted.

    Rows are all households that had bought anything before. Nobody drew by lot whom a campaign was sent to: what is
    estimated is an effect only as far as the columns tell why a household was chosen.
    """
    campaigns = _campaigns(part)
    keys = ["campaign_id", "household_id"]
    asked = _purchases(part, campaigns).select(keys)
    sent = part("campaigns").select(*keys, targeted=pl.lit(1.0)).unique()
    rows = _described(part, campaigns, asked).join(sent, on=keys, how="left", maintain_order="left")
    bought = (pl.col("promoted_spend").fill_null(0.0) > 0).cast(pl.Float64).alias("bought")
    return Table(name, _named(rows.with_columns(bought, pl.col("targeted").fill_null(0.0))), _EFFECT, cutoff=_CUTOFF)


def _campaigns(part: Part) -> pl.DataFrame:
    """One row per campaign that lies in the data with four weeks of purchases before it, and on one side of the cut."""
    days = part("transactions").select(pl.col("transaction_timestamp").cast(pl.Date).alias("day"))["day"]
    first, last = days.min(), days.max()
    coupons = part("coupons").group_by("campaign_id")
    counts = coupons.agg(
        pl.col("coupon_upc").n_unique().cast(pl.Float64).alias("coupons"),
        pl.col("product_id").n_unique().cast(pl.Float64).alias("products"),
    )
    sent = (
        part("campaigns")
        .group_by("campaign_id")
        .agg(pl.col("household_id").n_unique().cast(pl.Float64).alias("targeted_households"))
    )
    start, end = pl.col("start_date").cast(pl.Date), pl.col("end_date").cast(pl.Date)
    return (
        part("campaign_descriptions")
        .select("campaign_id", type=pl.col("campaign_type").cast(pl.String), start=start, end=end)
        .filter(pl.col("start") >= pl.lit(first) + pl.duration(days=_SHORT), pl.col("end") <= pl.lit(last))
        .filter((pl.col("end") < _CUTOFF) | (pl.col("start") >= _CUTOFF))
        .with_columns((pl.col("end") - pl.col("start")).dt.total_days().cast(pl.Float64).alias("length_days"))
        .join(counts, on="campaign_id")
        .join(sent, on="campaign_id")
        .sort("start", "campaign_id")
    )


def _described(part: Part, campaigns: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """The rows `asked` (campaign_id, household_id) with all that was known of both when the campaign began."""
    keys = ["campaign_id", "household_id"]
    known = part("demographics").select("household_id", *(pl.col(name).cast(pl.String) for name in HOUSEHOLD))
    rows = asked.join(campaigns, on="campaign_id", maintain_order="left")
    rows = rows.join(known, on="household_id", how="left", maintain_order="left")
    found = (_purchases(part, campaigns), _promoted(part, campaigns), *_contacts(part, campaigns))
    for more in found:
        rows = rows.join(more, on=keys, how="left", maintain_order="left")
    counts = [name for name in _NUMBERS if name not in ("recency_days", "discount_share_84")]
    return rows.with_columns(pl.col(counts).cast(pl.Float64).fill_null(0.0)).sort("start", *keys)


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    names = {"campaign_id": "campaign", "household_id": "household"}
    return rows.rename(names).with_columns(pl.col(*names.values()).cast(pl.String)).drop("end", "promoted_spend")


def _days(part: Part) -> pl.DataFrame:
    """One row per household and day of purchases."""
    return (
        part("transactions")
        .group_by("household_id", pl.col("transaction_timestamp").cast(pl.Date).alias("day"))
        .agg(
            pl.col("basket_id").n_unique().alias("baskets"),
            pl.col("sales_value").sum().alias("spend"),
            pl.col("retail_disc").sum().alias("discount"),
            (pl.col("coupon_disc") > 0).any().alias("coupon"),
        )
    )


def _purchases(part: Part, campaigns: pl.DataFrame) -> pl.DataFrame:
    """Recency, frequency and spend of each household before each campaign; discounts and coupons of any kind."""
    before = (
        _days(part).join(campaigns.select("campaign_id", "start"), how="cross").filter(pl.col("day") < pl.col("start"))
    )
    age = (pl.col("start") - pl.col("day")).dt.total_days()
    long, short = age <= _LONG, age <= _SHORT
    spend, discount = pl.col("spend").filter(long).sum(), pl.col("discount").filter(long).sum()
    return before.group_by("campaign_id", "household_id").agg(
        age.min().cast(pl.Float64).alias("recency_days"),
        pl.col("baskets").filter(short).sum().alias("baskets_28"),
        pl.col("spend").filter(short).sum().alias("spend_28"),
        pl.col("baskets").filter(long).sum().alias("baskets_84"),
        spend.alias("spend_84"),
        pl.when(spend + discount > 0).then(discount / (spend + discount)).alias("discount_share_84"),
        pl.col("coupon").filter(long).sum().alias("coupon_days_84"),
    )


def _promoted(part: Part, campaigns: pl.DataFrame) -> pl.DataFrame:
    """What each household bought, before and during a campaign, of the products that its coupons are for."""
    for_sale = part("coupons").select("campaign_id", "product_id").unique()
    bought = part("transactions").select(
        "household_id", "product_id", "sales_value", day=pl.col("transaction_timestamp").cast(pl.Date)
    )
    spans = campaigns.select("campaign_id", "start", "end")
    rows = bought.join(for_sale.join(spans, on="campaign_id"), on="product_id")
    within = pl.col("day").is_between("start", "end")
    age = (pl.col("start") - pl.col("day")).dt.total_days()
    before = age.is_between(1, _LONG)
    return (
        rows.filter(within | before)
        .group_by("campaign_id", "household_id")
        .agg(
            pl.col("day").filter(before).n_unique().alias("promoted_days_84"),
            pl.col("sales_value").filter(before).sum().alias("promoted_spend_84"),
            pl.col("sales_value").filter(within).sum().alias("promoted_spend"),
        )
    )


def _contacts(part: Part, campaigns: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Campaigns that were sent to a household before each campaign, and days on which it redeemed a coupon before."""
    spans = campaigns.select("campaign_id", "start")
    began = part("campaign_descriptions").select("campaign_id", began=pl.col("start_date").cast(pl.Date))
    sent = part("campaigns").join(began, on="campaign_id").select("household_id", "began")
    redeemed = part("coupon_redemptions").select("household_id", began=pl.col("redemption_date").cast(pl.Date)).unique()

    def earlier(events: pl.DataFrame, name: str) -> pl.DataFrame:
        pairs = events.join(spans, how="cross").filter(pl.col("began") < pl.col("start"))
        return pairs.group_by("campaign_id", "household_id").agg(pl.len().alias(name))

    return earlier(sent, "campaigns_before"), earlier(redeemed, "redeemed_before")
