"""The deliveries' reader on a shipment in time, a late one, and one whose order was not captured."""

from __future__ import annotations

import datetime as dt
import gzip
import math
from collections.abc import Callable, Mapping

import polars as pl
import pytest

from warmstart.datasets.files import Files
from warmstart.datasets.scms_supplier_delivery import DAYS_LATE, SOURCE
from warmstart.datasets.source import Source
from warmstart.tables.schema import Role

BEFORE = (
    "Country",
    "Managed By",
    "Fulfill Via",
    "Vendor INCO Term",
    "Shipment Mode",
    "Product Group",
    "Sub Classification",
    "Molecule/Test Type",
    "Brand",
    "Dosage",
    "Dosage Form",
    "Manufacturing Site",
    "First Line Designation",
    "Unit of Measure (Per Pack)",
    "Line Item Quantity",
    "Line Item Value",
    "Pack Price",
    "Unit Price",
)
AFTERWARDS = ("Delivered to Client Date", "Delivery Recorded Date", "Weight (Kilograms)", "Freight Cost (USD)")
DAYS, ARRIVED = ("24-Nov-06", "21-Nov-06", "02-Jun-06"), ("24-Nov-06", "22-Nov-06", "01-Jun-06")


def shipments(scheduled: tuple[str, ...] = DAYS, delivered: tuple[str, ...] = ARRIVED) -> bytes:
    """The CSV: every feature is 1, the days differ."""
    frame = pl.DataFrame({name: ["1"] * 3 for name in (*BEFORE, *AFTERWARDS)}).with_columns(
        pl.Series("Vendor", ["A", "A", "B"]),
        pl.Series("PO Sent to Vendor Date", ["11/14/06", "2011-12-06", "Date Not Captured"]),
        pl.Series("Scheduled Delivery Date", scheduled),
        pl.Series("Delivered to Client Date", delivered),
    )
    return gzip.compress(frame.write_csv().encode())


def test_shipments(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Late is after the scheduled day; an order day that was turned about (2011-12-06 was 11/12/06) is read back."""
    table = SOURCE.tables["table"](in_memory({"shipments.csv.gz": shipments()}))
    assert table.frame.select("Vendor", "late", "lead_days").rows() == [
        ("A", "on time", 10.0),
        ("A", "late", 9.0),
        ("B", "on time", None),
    ]


def test_nothing_is_known_too_early(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """What is known only after shipping is not in the table at all."""
    table = SOURCE.tables["table"](in_memory({"shipments.csv.gz": shipments()}))
    assert set(AFTERWARDS).isdisjoint(table.frame.columns)
    assert "lead_days" in table.schema.named(Role.FEATURE)


def test_days_late(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """On the day, a day late, a day early: 0, ln 2 and -ln 2; whether it was late is not told beside it."""
    table = DAYS_LATE.tables["supplier"](in_memory({"shipments.csv.gz": shipments()}))
    assert table.frame["log_days_late"].to_list() == pytest.approx([0, math.log(2), -math.log(2)])
    assert {"late", "delivered"}.isdisjoint(table.frame.columns)


@pytest.mark.parametrize("source", [SOURCE, DAYS_LATE], ids=lambda source: source.name)
def test_shipments_that_the_cut_divides_are_left_out(
    source: Source, in_memory: Callable[[Mapping[str, bytes]], Files]
) -> None:
    """To come in December 2011: one came on New Year's Eve, one on New Year's Day; a third was due after the cut."""
    days = ("30-Dec-11", "29-Dec-11", "01-Jan-12"), ("31-Dec-11", "01-Jan-12", "01-Dec-11")
    table = source.tables["supplier"](in_memory({"shipments.csv.gz": shipments(*days)}))
    assert table.cutoff == dt.date(2012, 1, 1)
    assert table.frame["scheduled"].to_list() == [dt.date(2011, 12, 30), dt.date(2012, 1, 1)]
