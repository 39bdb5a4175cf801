"""The used cars' reader on one listing."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.uk_used_car_prices import SOURCE
from warmstart.tables.schema import Role

CSV = (
    b"make,model,year,price,transmission,mileage,fuelType,tax,mpg,engineSize\n"
    b"audi,A1,2017,12500,Manual,1,Petrol,9,5.4,1.4\n"
)


def test_listing(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """Make and model name the task; the make is also known of a new model; prices are modelled as logarithms."""
    table = SOURCE.tables["table"](in_memory({"cars.csv.gz": gzip.compress(CSV)}))
    assert table.schema.task == ("make", "model")
    assert table.schema.named(Role.DESCRIPTOR) == ("maker",)
    assert [column.log for column in table.schema.having(Role.TARGET)] == [True]
    assert table.frame.select("make", "maker", "model", "price").rows() == [("audi", "audi", "A1", 12500.0)]
