"""Every reader on the real files, where they lie on this machine: the figures that are known of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from warmstart.datasets import catalog
from warmstart.datasets.fetch import locate
from warmstart.datasets.files import open_files
from warmstart.errors import DataError
from warmstart.learners.bg_nbd import fit_customers
from warmstart.tables.quality import inspect
from warmstart.tables.schema import Role
from warmstart.tables.table import Table

# Looked up before the tests get a cache of their own; only read, never fetched or verified into the user's cache.
PLACES = {name: locate(catalog.get(name)) for name in catalog.names()}
KNOWN = [
    # name, scenario, rows, tasks, items
    ("cdnow", "churn", 94_280, 252, 0),
    ("cdnow-next-purchase", "churn", 377_120, 252, 0),
    ("amazon-arsc-fewshot-sentiment", "review", 98_328, 75, 0),
    ("cdnow", "table", 69_659, 23_570, 0),
    ("clothing-reviews", "quality", 23_472, 1_199, 0),
    ("clothing-reviews", "review", 23_472, 1_199, 0),
    ("clothing-reviews", "table", 23_472, 20, 0),
    ("clothing-reviews-stars", "review", 23_472, 1_199, 0),
    ("complete-journey", "demand", 237_388, 4_574, 0),
    ("cheese-scanner", "pricing", 5_555, 88, 0),
    ("complete-journey", "recommend", 1_469_307, 2_469, 92_348),
    ("credit-loans", "credit", 2_098, 235, 0),
    ("credit-loans-consumers", "credit", 4_446, 81, 0),
    ("douban-cross-domain", "cross_domain", 165_750, 2_216, 12_344),
    ("douban-cross-domain-back", "cross_domain", 165_750, 2_216, 12_344),
    ("ecommerce-shipping-warehouse", "quality", 10_999, 45, 0),
    ("ecommerce-customer-churn", "churn", 5_074, 58, 0),
    ("ecommerce-fraud", "fraud", 22_799, 143, 0),
    ("ecommerce-fraud-payments", "fraud", 39_221, 74, 0),
    ("complete-journey", "market", 5_534, 18, 0),
    ("complete-journey", "recommend", 1_469_307, 2_469, 92_348),
    ("complete-journey-uplift", "market", 42_012, 18, 0),
    ("douban-cross-domain", "cross_domain", 165_750, 2_216, 12_344),
    ("douban-cross-domain-back", "cross_domain", 165_750, 2_216, 12_344),
    ("marketing-campaign-ifood", "market", 13_440, 30, 0),
    ("movielens-100k", "recommend", 100_000, 943, 1_682),
    ("movielens-1m", "recommend", 1_000_205, 6_040, 3_881),
    ("movielens-1m-films", "recommend", 1_000_205, 3_704, 6_040),
    ("online-retail-2", "recommend", 766_079, 5_852, 4_619),
    ("open-bandit", "table", 60_000, 160, 0),
    ("orange-juice-scanner", "demand", 106_139, 913, 0),
    ("online-shopping-10-cats-zh", "review", 62_773, 10, 0),
    ("orange-juice-scanner", "pricing", 106_139, 913, 0),
    ("orange-juice-scanner", "table", 106_139, 913, 0),
    ("retail-price-competitors", "price", 676, 52, 0),
    ("retail-price-competitors", "pricing", 676, 52, 0),
    ("scanner-panels", "table", 122_357, 5_585, 0),
    ("scms-days-late", "supplier", 10_318, 73, 0),
    ("scms-supplier-delivery", "supplier", 10_318, 73, 0),
    ("scms-supplier-delivery", "table", 10_324, 73, 0),
    ("ta-feng", "associate", 4_401_270, 23_729, 23_812),
    ("ta-feng", "behaviour", 95_025, 29_514, 0),
    ("ta-feng", "demand", 220_881, 2_012, 0),
    ("ta-feng", "guide", 434_072, 55_153, 23_812),
    ("ta-feng", "launch", 27_540, 744, 0),
    ("ta-feng", "needs", 573_093, 32_266, 2_012),
    ("ta-feng", "recommend", 817_741, 32_266, 23_812),
    ("ta-feng-launch-curve", "launch", 68_850, 1_860, 0),
    ("ta-feng-next-basket", "behaviour", 528_795, 32_266, 201),
    ("ta-feng-next-kind", "behaviour", 95_025, 29_514, 0),
    ("ta-feng-next-visit", "behaviour", 65_269, 25_007, 0),
    ("uk-used-car-prices", "price", 59_271, 118, 0),
    ("talkingdata-adfraud-sample", "fraud", 100_000, 161, 0),
    ("uk-used-car-prices", "table", 59_271, 118, 0),
    ("uk-used-car-prices-new-makes", "price", 59_271, 118, 0),
    ("wine-prices", "price", 31_167, 1_450, 0),
    ("walmart-weekly-store-sales", "demand", 6_435, 45, 0),
    ("wine-prices", "table", 31_167, 1_450, 0),
    ("wish-summer-products", "quality", 1_010, 181, 0),
]


def load(name: str, scenario: str) -> Table:
    """The real table, or a skipped test."""
    place = PLACES[name]
    if place is None:
        pytest.skip(f"{name} is not on this machine (WARMSTART_DATA, or `warmstart data get {name}`)")
    return catalog.get(name).tables[scenario](open_files(place))


@pytest.mark.parametrize(
    ("name", "scenario", "rows", "tasks", "items"), KNOWN, ids=["-".join(known[:2]) for known in KNOWN]
)
def test_figures(name: str, scenario: str, rows: int, tasks: int, items: int) -> None:
    """Rows, tasks and items as published; all declared columns are there; every chosen item is in the catalogue."""
    table = load(name, scenario)
    beside = table.items if table.items is not None else pl.DataFrame()
    table.schema.check((*table.frame.columns, *beside.columns))
    assert len(table.frame) == rows
    assert table.frame.select(table.schema.task).n_unique() == tasks
    assert len(beside) == items
    if table.schema.item:
        assert beside.columns[0] == table.schema.item
        assert beside[table.schema.item].is_unique().all()
        assert table.frame.join(beside, on=table.schema.item, how="anti").is_empty()


def test_movielens_episodes() -> None:
    """The published sizes of every slice; each query is rated; no episode shows a training pair."""
    episodes = load("movielens-1m", "recommend").episodes
    sizes = {
        (name, slice_): count
        for name in ("melu", "kshot")
        for slice_, count in episodes[name].group_by("slice").agg(pl.col("episode").n_unique()).rows()
    }
    assert sizes == {
        ("melu", "user_cold"): 668,
        ("melu", "item_cold"): 2_863,
        ("melu", "both_cold"): 723,
        ("kshot", "user_cold"): 921,
        ("kshot", "item_cold"): 531,
        ("kshot", "both_cold"): 934,
    }
    for name in ("melu", "kshot"):
        assert episodes[name]["target"].is_between(1.0, 5.0).all()
        assert episodes[name].join(episodes["train"], on=["task", "item"], how="semi").is_empty()
    inner, pairs = episodes["melu-validation"], episodes["melu-validation train"]
    for rows in (inner, pairs):
        assert rows.join(episodes["train"], on=["task", "item"], how="anti").is_empty()
    assert inner.join(pairs, on=["task", "item"], how="semi").is_empty()
    queries = episodes["melu"].filter(pl.col("role") == "query").group_by("slice", "episode").len()
    assert queries["len"].unique().to_list() == [10]


def test_late_shipments() -> None:
    """The published rate of late deliveries."""
    late = load("scms-supplier-delivery", "table").frame["late"] == "late"
    assert late.mean() == pytest.approx(0.115, abs=0.0005)


def test_rates_of_risk() -> None:
    """The published shares: who left, what was fraud, what was installed, which loans defaulted."""
    rates = {
        ("ecommerce-customer-churn", "churn", "Churn"): 0.1657,
        ("ecommerce-fraud", "fraud", "class"): 0.0964,
        ("ecommerce-fraud-payments", "fraud", "label"): 0.0143,
        ("talkingdata-adfraud-sample", "fraud", "is_attributed"): 0.00227,
        ("credit-loans", "credit", "Default"): 0.327,
        ("credit-loans-consumers", "credit", "default"): 0.2809,
    }
    for (name, scenario, target), rate in rates.items():
        assert (load(name, scenario).frame[target] == "1").mean() == pytest.approx(rate, abs=0.0005)


def test_a_feature_that_gives_fraud_away_is_refused() -> None:
    """The age of the account is 1 in every fraud and in no other row: declared as a feature, it stops the training."""
    table = load("ecommerce-fraud-payments", "fraud")
    inspect(table).raise_if_unusable()
    told = tuple(replace(c, role=Role.FEATURE) if c.name == "accountAgeDays" else c for c in table.schema.columns)
    with pytest.raises(DataError, match=r"column 'accountAgeDays': decides the class.*declare it with role ignore"):
        inspect(replace(table, schema=replace(table.schema, columns=told))).raise_if_unusable()


def test_the_published_model_of_customers() -> None:
    """On the sample of CDNOW that the paper uses: r = .243, alpha = 4.414 weeks, a = .793, b = 2.426."""
    place = PLACES["cdnow"]
    if place is None:
        pytest.skip("cdnow is not on this machine (`warmstart data get cdnow`)")
    summary = pl.read_csv(open_files(place).read("lifetimes/datasets/cdnow_customers_summary.csv"))
    x, recency, age = (summary[column].cast(pl.Float64).to_numpy() for column in ("frequency", "recency", "T"))
    assert fit_customers(x, recency, age, np.ones(len(x))) == pytest.approx([0.243, 4.414, 0.793, 2.426], abs=0.002)


def test_campaigns() -> None:
    """The published rates of acceptance; nobody has accepted anything before the first campaign."""
    frame = load("marketing-campaign-ifood", "market").frame
    rates = frame.group_by("campaign").agg((pl.col("accepted") == "yes").mean()).sort("campaign")["accepted"]
    assert rates.to_list() == pytest.approx([0.064, 0.013, 0.073, 0.075, 0.073, 0.149], abs=0.0006)
    assert frame.filter(pl.col("campaign") == 1)["accepted_before"].max() == 0


def test_targeted_households() -> None:
    """Those who are treated are those who were asked, but for the few who had bought nothing before."""
    asked = load("complete-journey", "market").frame.select("campaign", "household")
    treated = load("complete-journey-uplift", "market").frame.filter(pl.col("targeted") == 1)
    assert treated.join(asked, on=["campaign", "household"], how="anti").is_empty()
    assert len(treated) > 0.99 * len(asked)
