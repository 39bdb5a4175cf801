"""The used cars' reader on one listing."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping

from warmstart.datasets.files import Files
from warmstart.datasets.uk_used_car_prices import NEW_MAKES, SOURCE
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


def test_makes_stay_together(in_memory: Callable[[Mapping[str, bytes]], Files]) -> None:
    """With new makes the rows are the same and a task is still a model; its make is its group."""
    files = in_memory({"cars.csv.gz": gzip.compress(CSV)})
    models, makes = SOURCE.tables["price"](files), NEW_MAKES.tables["price"](files)
    assert models.frame.equals(makes.frame)
    assert (models.schema.group, makes.schema.group) == ((), ("make",))
    assert makes.schema.task == ("make", "model")
