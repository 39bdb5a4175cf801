"""Guessed settings: small shops whose structure is plain, and real tables where they are at hand."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, NotFound, UsageError
from warmstart.tables.config import Config, load_config
from warmstart.tables.guess import guess
from warmstart.tables.readers import read_table
from warmstart.tables.schema import Kind, Role, Target

RNG = np.random.default_rng(0)


def loaded(
    folder: Path, frames: dict[str, pl.DataFrame], scenario: str = "table", **known: Sequence[str] | str
) -> Config:
    """The guessed TOML, read back."""
    (folder / "my.toml").write_text(guess(frames, scenario, items=scenario != "table", **known), "utf-8")  # type: ignore[arg-type]
    return load_config(folder / "my.toml")


def roles(config: Config) -> dict[str, list[str]]:
    """Columns by role."""
    found: dict[str, list[str]] = {}
    for name, column in config.columns.items():
        found.setdefault(column.role.value, []).append(name)
    return found


def panel(a: str, b: str, c: str) -> pl.DataFrame:
    """Sales of 4 goods in 6 shops over 20 weeks, in order of shop, good and week."""
    keys = [(s, g, w) for s in range(1, 7) for g in range(11, 15) for w in range(40, 60)]
    frame = pl.DataFrame(keys, schema=[a, b, c], orient="row")
    n = frame.height
    return frame.with_columns(
        sales=pl.Series(RNG.lognormal(3, 1, n)), price=pl.Series(RNG.normal(5, 1, n)), area=pl.col(a) * 10.5, unit=1
    )


@pytest.mark.parametrize("names", [("store", "brand", "week"), ("f0", "f1", "f2")])
def test_panel_is_found_by_its_structure(tmp_path: Path, names: tuple[str, str, str]) -> None:
    """Two keys and a clock that together name every row, whatever they are called; the larger key is the group."""
    config = loaded(tmp_path, {"rows.csv": panel(*names)})
    assert roles(config) == {
        "task": [*names[:2]],
        "time": [names[2]],
        "target": ["sales"],
        "feature": ["price"],
        "descriptor": ["area"],
        "ignore": ["unit"],
    }
    assert config.split.group == (names[0],)
    assert config.split.order == "time"
    assert config.columns["sales"].log
    assert config.columns[names[0]].kind is Kind.CATEGORY


def listings() -> pl.DataFrame:
    """Cars: 12 models of 3 makes, 20 listings each."""
    n = 240
    model = np.arange(n) % 12
    return pl.DataFrame(
        {
            "listing": np.arange(n) + 5000,
            "make": [f"make{m % 3}" for m in model],
            "model": [f"model{m}" for m in model],
            "price": RNG.lognormal(9, 0.6, n).round(),
            "fuel": RNG.choice(["petrol", "diesel"], n),
            "extras": RNG.choice(["radio, sunroof", "radio", "towbar, radio", "sunroof, towbar"], n),
            "notes": [f"one careful owner since new and number {i}" for i in range(n)],
        }
    )


def test_task_with_what_it_nests_in(tmp_path: Path) -> None:
    """A model belongs to one make: together they are the task; numbers of rows, sets and texts are told apart."""
    config = loaded(tmp_path, {"cars.csv": listings()})
    found = roles(config)
    assert found["task"] == ["make", "model"]
    assert found["target"] == ["price"]
    assert found["ignore"] == ["listing"]
    assert found["feature"] == ["fuel", "extras", "notes"]
    assert [config.columns[c].kind for c in found["feature"]] == [Kind.CATEGORY, Kind.SET, Kind.TEXT]
    assert config.split.group == ()


def test_what_the_user_knows_is_taken(tmp_path: Path) -> None:
    """Task and target as given, the task's fixed columns as descriptors."""
    config = loaded(tmp_path, {"cars.csv": listings()}, task=["model"], target="fuel")
    assert roles(config)["task"] == ["model"]
    assert roles(config)["descriptor"] == ["make"]
    assert roles(config)["target"] == ["fuel"]
    assert config.target.type is Target.CLASS
    with pytest.raises(NotFound, match="did you mean model"):
        guess({"cars.csv": listings()}, "table", task=["modell"])


def test_further_table_is_joined_by_its_key(tmp_path: Path) -> None:
    """The key is found by its values, under another name."""
    shops = pl.DataFrame({"STORE": range(1, 7), "income": [3.5, 1.0, 4.0, 1.5, 9.0, 2.6]})
    config = loaded(tmp_path, {"rows.csv": panel("store", "brand", "week"), "shops.csv": shops})
    assert config.join[0].on == {"store": "STORE"}
    assert config.columns["income"].role is Role.DESCRIPTOR
    with pytest.raises(DataError, match=r"far\.csv: nothing joins it"):
        guess({"rows.csv": shops, "far.csv": pl.DataFrame({"STORE": [100, 200]})}, "table")


def log() -> pl.DataFrame:
    """300 days on which one of 20 people took one of 40 things."""
    n = 900
    who, what = RNG.integers(0, 20, n), RNG.integers(0, 40, n)
    return pl.DataFrame(
        {
            "day": [date(2024, 1, 1) + timedelta(days=i // 3) for i in range(n)],
            "item_id": what + 7000,
            "user_id": who,
            "age": who % 7 + 20,
            "colour": [f"c{w % 5}" for w in what],
            "stars": RNG.integers(1, 6, n),
        }
    )


def test_recommend_with_a_rating(tmp_path: Path) -> None:
    """A small number that varies for user and item is the rating; what is fixed for one of them describes it."""
    config = loaded(tmp_path, {"log.csv": log()}, "recommend")
    expected = {"task": "user_id", "item": "item_id", "time": "day", "target": "stars", "descriptor": "age"}
    assert roles(config) == {**{role: [name] for role, name in expected.items()}, "feature": ["colour"]}
    assert config.target.type is Target.NUMBER


def test_recommend_without_a_rating(tmp_path: Path) -> None:
    """Then each row is a choice."""
    config = loaded(tmp_path, {"log.csv": log().drop("stars")}, "recommend")
    assert config.target.type is Target.CHOICE
    assert "target" not in roles(config)


def test_rows_without_a_key_are_left_out(tmp_path: Path) -> None:
    """Where keys are missing the TOML says how many, and leaves those rows out."""
    gaps = log().with_columns(user_id=pl.when(pl.col("age") > 20).then("user_id"))
    text = guess({"log.csv": gaps}, "recommend", items=True)
    lacking = gaps["user_id"].null_count()
    assert f"skip_incomplete = true  # {lacking} rows lack" in text


def test_doubtful_dates_are_said() -> None:
    """Days that could be months."""
    days = [date(2024, m, d) for m in (1, 2, 3) for d in (1, 2, 3, 4)] * 10
    frame = pl.DataFrame({"shop": ["a", "b", "c"] * 40, "day": days, "sales": RNG.normal(size=120)})
    assert "set data.day_first if the file writes the day first" in guess({"t.csv": frame}, "table")


def test_odd_names_survive(tmp_path: Path) -> None:
    """Dots, quotes and Chinese in a column's name."""
    frame = panel("store", "brand", "week").rename({"price": 'a."价 格"'})
    assert 'a."价 格"' in loaded(tmp_path, {"rows.csv": frame}).columns


@pytest.mark.parametrize("scenario", ["table", "recommend", "needs"])
def test_table_without_a_task(scenario: str) -> None:
    """Three numbers a row: the user has to say what the task is."""
    frame = pl.DataFrame({"a": [0.1, 0.2], "b": [0.3, 0.5], "c": [1.5, 2.5]})
    with pytest.raises(UsageError, match="name"):
        guess({"t.csv": frame}, scenario, items=scenario != "table")


def test_no_table() -> None:
    """At least one."""
    with pytest.raises(UsageError, match="at least one table"):
        guess({}, "table")


REAL = Path(os.environ.get("WARMSTART_DATA", "../shared/data"))


@pytest.mark.slow
@pytest.mark.skipif(not REAL.is_dir(), reason="needs the folder that WARMSTART_DATA names")
@pytest.mark.parametrize(
    ("files", "task", "target", "group"),
    [
        (["uk_used_car_prices/cars"], ["make", "model"], "price", ()),
        (
            ["orange_juice_scanner/orange_juice", "orange_juice_scanner/orange_juice_stores"],
            ["store", "brand"],
            "logmove",
            ("store",),
        ),
        (["womens_clothing_reviews/reviews"], ["Clothing ID"], "Rating", ()),
        (["walmart_weekly_store_sales/sales"], ["Store"], "Weekly_Sales", ()),
    ],
)
def test_real_tables(tmp_path: Path, files: list[str], task: list[str], target: str, group: tuple[str, ...]) -> None:
    """Public tables are understood without a word from the user, and can be read as the TOML says."""
    paths = [(REAL / f"{f}.csv.gz").resolve() for f in files]
    config = loaded(tmp_path, {str(p): read_table(p) for p in paths})
    assert roles(config)["task"] == task
    assert roles(config)["target"] == [target]
    assert config.split.group == group
    assert config.table().frame.height > 1000


def test_the_target_in_another_form_is_ignored() -> None:
    """Wages and their logarithm: whichever is asked, the other is no feature."""
    frame = listings().with_columns(pl.col("price").log().alias("in_logs"))
    text = guess({"cars.csv": frame}, "table", target="price")
    assert 'is a monotone transform of the target\nrole = "ignore"' in text.split('[columns."in_logs"]')[1]


@pytest.mark.parametrize(
    ("rows", "shots", "least"), [(40, (0, 1, 2, 5, 10, 20), 10), (12, (0, 1, 2, 5), 6), (2, (0, 1), 2)]
)
def test_supports_are_no_longer_than_tasks_allow(tmp_path: Path, rows: int, shots: tuple[int, ...], least: int) -> None:
    """Half of an ordinary task is left to be asked, and a task need not be longer than that."""
    n = 30 * rows
    frame = pl.DataFrame(
        {"town": [f"t{i % 30}" for i in range(n)], "size": RNG.normal(size=n), "rent": RNG.normal(size=n)}
    )
    split = loaded(tmp_path, {"t.csv": frame}, task=["town"], target="rent").split
    assert (split.shots, split.min_rows) == (shots, least)


def test_a_forecast_asks_a_fifth_of_the_periods() -> None:
    """Of twenty weeks four are asked, where the question is a forecast."""
    assert "queries = 4 " in guess({"sales.csv": panel("store", "good", "week")}, "demand", forecast=True)
    assert "queries = 200 " in guess({"sales.csv": panel("store", "good", "week")}, "table")
