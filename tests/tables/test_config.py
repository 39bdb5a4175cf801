"""The user's TOML: what is read, joined, overridden and refused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from warmstart.errors import DataError, NotFound, UsageError
from warmstart.tables.config import Config, load_config
from warmstart.tables.schema import Role, Target

TOML = """
scenario = "table"
name = "sales"
[data]
path = "rows.csv"
[[join]]
path = "stores.csv"
on = { store = "ID" }
[target]
type = "count"
[columns.store]
role = "task"
kind = "category"
[columns.units]
role = "target"
[columns.size]
role = "descriptor"
[split]
group = ["store"]
shots = [0, 2]
[train]
steps = 10
"""
ROWS = "store,units,junk\n1,5,x\n2,6,x\n1,7,x\n3,8,x\n"
STORES = "ID,size,owner\n1,10,a\n2,20,b\n"


def configured(folder: Path, toml: str = TOML, rows: str = ROWS, stores: str = STORES) -> Config:
    """The three files, and the TOML loaded."""
    for name, content in {"rows.csv": rows, "stores.csv": stores, "my.toml": toml}.items():
        (folder / name).write_text(content)
    return load_config(folder / "my.toml")


def test_settings_and_defaults(tmp_path: Path) -> None:
    """What is written is taken, what is not has its default, paths are from the TOML's folder."""
    config = configured(tmp_path)
    assert config.data.path == str(tmp_path / "rows.csv")
    assert config.target.type is Target.COUNT
    assert config.columns["size"].role is Role.DESCRIPTOR
    assert (config.split.shots, config.split.new_tasks, config.split.order) == ((0, 2), 0.33, "random")
    assert (config.train.steps, config.train.seed) == (10, 0)


def test_levels_in_their_order(tmp_path: Path) -> None:
    """Levels that have names are declared from the lowest, beside their column."""
    toml = TOML.replace('"count"', '"ordinal"').replace('role = "target"', 'role = "target"\nlevels = ["few", "many"]')
    schema = configured(tmp_path, toml).row_schema
    assert (schema.target_type, schema.having(Role.TARGET)[0].levels) == (Target.ORDINAL, ("few", "many"))


def test_table_is_joined_from_the_left(tmp_path: Path) -> None:
    """Every row once, in its order; a store without an entry has no size; undeclared columns are gone."""
    table = configured(tmp_path).table()
    assert table.frame.rows() == [(1, 5, 10), (2, 6, 20), (1, 7, 10), (3, 8, None)]
    assert table.schema.group == ("store",)
    assert table.items is None


ITEMS = """
scenario = "recommend"
name = "log"
[data]
path = "rows.csv"
[[join]]
path = "stores.csv"
on = { item = "sku" }
[target]
type = "choice"
[columns.user]
role = "task"
kind = "category"
[columns.item]
role = "item"
kind = "category"
[columns.shelf]
role = "feature"
kind = "category"
[columns.colour]
role = "feature"
kind = "category"
"""


def test_item_features_are_apart_and_complete(tmp_path: Path) -> None:
    """Items of the rows and of the joined table, with features of both; rows keep user and item only."""
    rows = "user,item,shelf\nu,1,\nu,2,low\nv,1,high\n"
    table = configured(tmp_path, ITEMS, rows, "sku,colour\n1,red\n3,blue\n").table()
    assert table.frame.rows() == [("u", 1), ("u", 2), ("v", 1)]
    assert table.items is not None
    assert table.items.rows() == [(1, "high", "red"), (2, "low", None), (3, None, "blue")]
    assert table.items.columns == ["item", "shelf", "colour"]


def test_incomplete_rows_are_left_out_on_demand(tmp_path: Path) -> None:
    """A row without its target goes; a table of such rows is refused."""
    toml = TOML.replace("[data]", "[data]\nskip_incomplete = true")
    assert configured(tmp_path, toml, "store,units\n1,\n2,6\n,7\n").table().frame.rows() == [(2, 6, 20)]
    with pytest.raises(DataError, match="no row has task, time, item and target"):
        configured(tmp_path, toml, "store,units\n1,\n").table()


def test_keys_of_other_types_join(tmp_path: Path) -> None:
    """Text on one side and numbers on the other meet as text."""
    table = configured(tmp_path, rows="store,units\n1,5\nx,6\n").table()
    assert table.frame["size"].to_list() == [10, None]


@pytest.mark.parametrize(
    ("rows", "stores", "said"),
    [
        (ROWS, "ID,size\n1,10\n1,20\n", "column 'ID': the join would multiply rows.*'1' more than once"),
        (ROWS, "id,size\n1,10\n", "column 'ID': join key missing.*got id, size"),
        ("shop,units\n1,5\n", STORES, "column 'store': join key missing"),
        ("store,units,size\n1,5,3\n", STORES, "column 'size': is in both joined tables"),
        ("store,unit\n1,5\n", STORES, "column 'units': missing; expected a column of the table"),
    ],
)
def test_tables_that_do_not_fit(tmp_path: Path, rows: str, stores: str, said: str) -> None:
    """The key or column is named."""
    with pytest.raises(DataError, match=said):
        configured(tmp_path, rows=rows, stores=stores).table()


def test_repeats_that_no_row_meets_are_no_harm(tmp_path: Path) -> None:
    """Only a key that occurs in the rows can multiply them."""
    table = configured(tmp_path, stores="ID,size\n1,10\n9,1\n9,2\n").table()
    assert table.frame.height == 4


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("steps =", "stesp =", "unknown key 'train.stesp': did you mean 'steps'?"),
        ("[train]", "[trian]", "unknown key 'trian': did you mean 'train'?"),
        ('role = "descriptor"', 'roel = "descriptor"', "unknown key 'columns.size.roel': did you mean 'role'?"),
        ('role = "descriptor"', 'role = "descripter"', "columns.size.role: unknown value 'descripter': did you mean"),
        ('role = "descriptor"', 'role = "descriptor"\nkind = 3', "columns.size.kind"),
        ('type = "count"', 'type = "counts"', "did you mean 'count'?"),
        ("steps = 10", "steps = 0", "train.steps: Input should be greater than or equal to 1; got 0"),
        ("steps = 10", 'steps = "10"', "train.steps: Input should be a valid integer; got '10'"),
        ('name = "sales"', "", "key 'name' is missing"),
        ('path = "rows.csv"', "", "data: give either path, or url and sql"),
        ('path = "rows.csv"', 'url = "sqlite:///a.db"', "data: give either path, or url and sql"),
        ("[[join]]", "[join]", "join: "),
        ('name = "sales"', 'name = "sales"\njoin = ["stores.csv"]', "not TOML"),
        ("[[join]]", "[[joins]]", "unknown key 'joins': did you mean 'join'?"),
        ("[data]", "[data", "not TOML"),
    ],
)
def test_settings_that_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The key is named, with the nearest known key or value, or what was expected."""
    with pytest.raises(UsageError) as caught:
        configured(tmp_path, TOML.replace(old, new))
    assert str(caught.value).startswith("my.toml: ")
    assert said in str(caught.value)


def test_roles_that_contradict(tmp_path: Path) -> None:
    """Two targets."""
    config = configured(tmp_path, TOML.replace('role = "descriptor"', 'role = "target"'))
    with pytest.raises(UsageError, match="role 'target' is for one column"):
        config.table()


def test_missing_toml_offers_the_nearest(tmp_path: Path) -> None:
    """A misspelt name."""
    configured(tmp_path)
    with pytest.raises(NotFound, match=r"did you mean my\.toml"):
        load_config(tmp_path / "mine.toml")


def test_environment_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers, lists and text; names in any case; a section that the TOML lacks."""
    monkeypatch.setenv("WARMSTART__TRAIN__STEPS", "7")
    monkeypatch.setenv("WARMSTART__SPLIT__SHOTS", "[0, 9]")
    monkeypatch.setenv("WARMSTART__NAME", "other sales")
    monkeypatch.setenv("WARMSTART__COLUMNS__SIZE__ROLE", "ignore")
    config = configured(tmp_path, TOML.replace("[train]\nsteps = 10", ""))
    assert (config.train.steps, config.split.shots, config.name) == (7, (0, 9), "other sales")
    assert config.columns["size"].role is Role.IGNORE


def test_unknown_key_in_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused as in the TOML."""
    monkeypatch.setenv("WARMSTART__TRAIN__STEP", "7")
    with pytest.raises(UsageError, match=r"unknown key 'train\.step': did you mean 'steps'"):
        configured(tmp_path)


def test_environment_that_reaches_into_a_value(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name is no section."""
    monkeypatch.setenv("WARMSTART__NAME__FIRST", "x")
    with pytest.raises(UsageError, match="WARMSTART__NAME__FIRST: name is no section"):
        configured(tmp_path)


def test_joins_that_are_no_tables(tmp_path: Path) -> None:
    """A list of names where tables belong."""
    toml = 'join = ["stores.csv"]\n' + TOML.replace("[[join]]", "").replace('path = "stores.csv"', "").replace(
        'on = { store = "ID" }', ""
    )
    with pytest.raises(UsageError, match=r"my\.toml: join\.0: Input should be an object"):
        configured(tmp_path, toml)


def test_database(tmp_path: Path) -> None:
    """A database of the TOML's folder is anchored there too."""
    toml = TOML.replace('path = "rows.csv"', 'url = "sqlite:///shop.db"\nsql = "SELECT 1"')
    assert configured(tmp_path, toml).data.url == f"sqlite:///{tmp_path / 'shop.db'}"


SHOP = """
scenario = "demand"
name = "shop"
[data]
path = "rows.csv"
[[join]]
path = "stores.csv"
on = ["store"]
asof = "week"
delay_days = 7
[calendar]
column = "week"
country = "US"
period = "week"
[target]
type = "count"
[columns.store]
role = "task"
[columns.week]
role = "time"
kind = "date"
[columns.units]
role = "target"
[columns.rain]
role = "feature"
[columns.days_to_holiday]
role = "ignore"
"""
WEEKS = "store,week,units,holiday\n1,2023-07-03,5,yes\n1,2023-07-10,6,no\n2,2023-07-17,7,no\n"
RAIN = "store,week,rain\n1,2023-07-01,10\n1,2023-07-03,20\n1,2023-07-10,30\n"


def test_what_was_known_last_and_the_calendar(tmp_path: Path) -> None:
    """Rain is known after a week; 4 July is in the first week; columns of the calendar are features, unless ignored."""
    table = configured(tmp_path, SHOP, WEEKS, RAIN).table()
    assert table.frame.drop("week").rows() == [
        (1, 5, None, 1, "Independence Day", 0, 4),
        (1, 6, 20, 0, "none", 6, 5),
        (2, 7, None, 0, "none", 13, 5),
    ]
    calendar = ("is_holiday", "holiday", "days_since_holiday", "working_days")
    assert table.schema.named(Role.FEATURE) == ("rain", *calendar)
    assert table.notes == ("stores.csv: 2 of 3 rows find nothing there",)


def test_calendar_of_incomplete_rows(tmp_path: Path) -> None:
    """A row without its date is an error with its row, or is left out before the calendar is looked up."""
    rows = WEEKS + "2,,8,no\n"
    with pytest.raises(DataError, match="column 'week': row 3: date is missing"):
        configured(tmp_path, SHOP, rows, RAIN).table()
    toml = SHOP.replace("[data]", "[data]\nskip_incomplete = true")
    assert configured(tmp_path, toml, rows, RAIN).table().frame.height == 3


def test_calendar_by_a_column_that_is_not_declared(tmp_path: Path) -> None:
    """It is looked up and left out."""
    toml = SHOP.replace('column = "week"', 'column = "ends"')
    table = configured(tmp_path, toml, "store,week,units,ends\n1,2023-06-30,5,2023-07-04\n", RAIN).table()
    assert "ends" not in table.frame.columns
    assert table.frame["holiday"].to_list() == ["Independence Day"]


def test_calendar_beside_items(tmp_path: Path) -> None:
    """Features are of items there."""
    toml = ITEMS.replace("[target]", '[calendar]\ncolumn = "day"\ncountry = "US"\n[target]')
    with pytest.raises(UsageError, match=r"\[calendar\] tells of a row; with item column 'item'"):
        configured(tmp_path, toml).table()


def test_a_date_and_its_midnight_join(tmp_path: Path) -> None:
    """One file writes days, the other times."""
    toml = SHOP.replace('on = ["store"]\nasof = "week"\ndelay_days = 7', 'on = ["store", "week"]')
    table = configured(
        tmp_path,
        toml,
        WEEKS,
        RAIN.replace("2023-07-03", "2023-07-03 00:00")
        .replace("2023-07-01", "2023-07-01 00:00")
        .replace("2023-07-10", "2023-07-10 00:00"),
    ).table()
    assert table.frame["rain"].to_list() == [20, 30, None]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('on = ["store"]\nasof = "week"\ndelay_days = 7', "", "join.0: give on, asof, or both"),
        ('asof = "week"', "", "join.0: delay_days goes with asof"),
        ('asof = "week"', 'asof = ["week", "store"]', "join.0.asof: Value should have at most 1 item"),
        ("delay_days = 7", "delay_days = -1", "join.0.delay_days: Input should be greater than or equal to 0; got -1"),
        ("delay_days", "delay", "unknown key 'join.0.delay': did you mean 'delay_days'?"),
        ('on = ["store"]', "on = [3]", "join.0.on: Input should be an object; got [3]"),
        ('period = "week"', 'period = "year"', "calendar.period: Input should be 'day', 'week' or 'month'; got 'year'"),
        ('country = "US"', "", "key 'calendar.country' is missing"),
        ('country = "US"', 'country = "US"\nstate = "CA"', "unknown key 'calendar.state'"),
    ],
)
def test_joins_and_calendars_that_are_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    """The key is named, with what was expected."""
    with pytest.raises(UsageError) as caught:
        configured(tmp_path, SHOP.replace(old, new))
    assert said in str(caught.value)


def test_the_page_s_example(tmp_path: Path) -> None:
    """The TOML of docs/data.md, on a store whose promotion of the second week and whose weather of 5 June are known."""
    page = (Path(__file__).parents[2] / "docs" / "data.md").read_text("utf-8")
    written = re.findall(r"^```toml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    (toml,) = (each for each in written if "[calendar]" in each)
    files = {
        "shop.toml": toml,
        "sales.csv": "store,week,units\na,2023-06-26,3\na,2023-07-03,4\n",
        "promotions.csv": "store,week,mailed\na,2023-07-03,1\n",
        "weather.csv": "shop,day,degrees\na,2023-06-05,20\na,2023-06-12,30\n",
    }
    for name, content in files.items():
        (tmp_path / name).write_text(content)
    table = load_config(tmp_path / "shop.toml").table()
    assert table.frame.drop("week").rows() == [
        ("a", 3, None, None, 0, "none", 2, 7, 5),
        ("a", 4, 1, 20, 1, "Independence Day", 0, 0, 4),
    ]
    assert table.notes == (
        "promotions.csv: 1 of 2 rows find nothing there",
        "weather.csv: 1 of 2 rows find nothing there",
    )
