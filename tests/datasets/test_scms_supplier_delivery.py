"""The deliveries' reader on a shipment in time, a late one, and one whose order was not captured."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

import polars as pl

from warmstart.datasets.files import Files
from warmstart.datasets.scms_supplier_delivery import SOURCE
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


def shipments() -> bytes:
    """The CSV: every feature is 1, the days differ."""
    frame = pl.DataFrame({name: ["1"] * 3 for name in (*BEFORE, *AFTERWARDS)}).with_columns(
        pl.Series("Vendor", ["A", "A", "B"]),
        pl.Series("PO Sent to Vendor Date", ["11/14/06", "2011-12-06", "Date Not Captured"]),
        pl.Series("Scheduled Delivery Date", ["24-Nov-06", "21-Nov-06", "02-Jun-06"]),
        pl.Series("Delivered to Client Date", ["24-Nov-06", "22-Nov-06", "01-Jun-06"]),
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
