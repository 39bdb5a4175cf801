"""`TaskCodec`: fitted on training rows alone, frozen, and taken apart without loss."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace

import jax
import numpy as np
import polars as pl
import pytest

from warmstart.errors import DataError, UsageError
from warmstart.tables._values import FEW
from warmstart.tables.schema import Column, Kind, Role, Schema, Target
from warmstart.tables.table import Table
from warmstart.tasks.arrays import TaskArrays
from warmstart.tasks.codec import TaskCodec
from warmstart.tasks.split import hold_out
from warmstart.tasks.taskset import TaskSet

BASKETS = Schema(
    (
        Column("user", Role.TASK),
        Column("item", Role.ITEM, Kind.CATEGORY),
        Column("tags", Role.FEATURE, Kind.SET),
        Column("size", Role.FEATURE),
        Column("age", Role.DESCRIPTOR, Kind.CATEGORY),
    ),
    target_type=Target.CHOICE,
)


def tasks_of(rows: object, schema: Schema, items: object = None) -> TaskSet:
    """Tasks of columns by name."""
    catalogue = None if items is None else pl.DataFrame(items)
    return TaskSet.from_table(pl.DataFrame(rows), schema, items=catalogue)


def baskets() -> TaskSet:
    """Three users, four items; nobody took z."""
    rows = {"user": [1, 1, 2, 2, 3], "item": list("abbca"), "age": ["young", "young", "old", "old", "young"]}
    items = {"item": list("abcz"), "tags": ["red", "red,big", "big", "green"], "size": [1.0, 2.0, 3.0, 99.0]}
    return tasks_of(rows, BASKETS, items)


def same(a: TaskArrays, b: TaskArrays) -> bool:
    """Whether all arrays are equal to the bit."""
    held = [vars(one) | {"encoder": None} for one in (a, b)]  # its state is compared apart
    pairs = zip(*map(jax.tree.leaves, held), strict=True)
    return all(np.array_equal(x, y) if isinstance(x, np.ndarray) else x == y for x, y in pairs)


def test_test_rows_change_nothing(table: Table) -> None:
    """Whatever stands in the rows of new tasks, the codec and the arrays of training tasks stay the same."""
    split = hold_out(TaskSet.of(table), 0.4, 0)
    in_new = pl.col("shop").is_in(split.new.ids)
    spoilt = table.frame.with_columns(
        pl.when(in_new).then(pl.col("price") * 1e6).otherwise("price").alias("price"),
        pl.when(in_new).then(pl.col("sold") - 1e6).otherwise("sold").alias("sold"),
        pl.when(in_new).then(pl.lit("elsewhere")).otherwise("town").alias("town"),
    )
    other = hold_out(TaskSet.of(replace(table, frame=spoilt)), 0.4, 0)
    assert other.new.ids == split.new.ids
    codecs = [TaskCodec.fit(part.train) for part in (split, other)]
    states = [codec.to_state() for codec in codecs]
    assert states[0][0] == states[1][0]
    assert same(*(c.encode(part.train) for c, part in zip(codecs, (split, other), strict=True)))


def test_target_is_standardised_by_training_rows(table: Table) -> None:
    """Mean 0 and deviation 1 on training rows."""
    tasks = TaskSet.of(table)
    y = TaskCodec.fit(tasks).encode(tasks).y
    assert y.mean() == pytest.approx(0, abs=1e-6)
    assert y.std() == pytest.approx(1, abs=1e-6)


def test_category_of_one_group_is_unknown(schema: Schema) -> None:
    """A town of one shop would only name the shop; a town of two is known; one that is new is unknown."""
    rows = {"shop": list("abcd"), "town": ["x", "x", "alone", None], "day": [1] * 4, "price": [0.0] * 4}
    tasks = tasks_of(rows | {"sold": [1.0, 2.0, 3.0, 4.0]}, schema)
    codes = TaskCodec.fit(tasks).encode(tasks).descriptor.codes[:, 0]
    assert codes[0] == codes[1] != 0
    assert codes[2] == codes[3] == 0


def test_category_of_several_tasks_in_one_group_is_unknown() -> None:
    """What counts is independent groups, not tasks."""
    store, brand = Column("store", Role.TASK, Kind.CATEGORY), Column("brand", Role.TASK, Kind.CATEGORY)
    town = Column("town", Role.DESCRIPTOR, Kind.CATEGORY)
    schema = Schema((store, brand, town, Column("y", Role.TARGET)), group=("store",))
    rows = {"store": list("aabb"), "brand": list("pqpr"), "town": list("uuvv"), "y": [1.0, 2.0, 3.0, 4.0]}
    tasks = tasks_of(rows, schema)
    names = TaskCodec.fit(tasks).descriptor.names.codes
    codes = TaskCodec.fit(tasks).encode(tasks).descriptor.codes
    by_name = {name: codes[:, i].tolist() for i, name in enumerate(names)}
    assert by_name["store"] == by_name["town"] == [0, 0, 0, 0]
    assert [code > 0 for code in by_name["brand"]] == [True, False, True, False]


def test_item_index() -> None:
    """Items have the place that the catalogue gives them; -1 is for any other, missing ones too."""
    codec = TaskCodec.fit(baskets())
    assert codec.items == ("a", "b", "c", "z")
    assert codec.item_index(pl.Series(["z", "a", "?", None])).tolist() == [3, 0, -1, -1]


def test_item_encoders_see_touched_items_only() -> None:
    """The size of an item that nobody took moves no mean."""
    tasks = baskets()
    assert tasks.items is not None
    other = replace(tasks, items=tasks.items.with_columns(size=pl.Series([1.0, 2.0, 3.0, -5.0])))
    a, b = (TaskCodec.fit(t).encode(t).catalogue.numbers for t in (tasks, other))
    assert np.array_equal(a[:3], b[:3])
    assert not np.array_equal(a[3], b[3])


def test_rows_of_unknown_items_weigh_nothing() -> None:
    """A choice that the catalogue does not know teaches nothing, instead of passing for another item."""
    items = {"item": ["new"], "tags": ["red"], "size": [1.0]}
    later = tasks_of({"user": [9, 9], "item": ["b", "new"], "age": ["old", "old"]}, BASKETS, items)
    made = TaskCodec.fit(baskets()).encode(later)
    assert made.item.tolist() == [1, -1]
    assert made.weight.tolist() == [1.0, 0.0]


def test_weight_column(schema: Schema, frame: pl.DataFrame) -> None:
    """Weights are taken as they are; a missing one counts nothing."""
    weighed = Schema((*schema.columns, Column("trust", Role.WEIGHT)))
    tasks = tasks_of(frame.with_columns(trust=pl.Series([2, None] * 20)), weighed)
    assert TaskCodec.fit(tasks).encode(tasks).weight.tolist() == [2.0, 0.0] * 20


def test_spec() -> None:
    """A learner is told widths, likelihood and the size of the catalogue."""
    spec = TaskCodec.fit(baskets()).spec
    assert (spec.likelihood, spec.classes, spec.items) == ("ranking", 1, 4)
    assert len(spec.row.bags) == 1
    assert len(spec.descriptor.codes) == 1


def test_state_round_trip_of_rows(table: Table) -> None:
    """Taken apart, through JSON, and put together again it encodes the same to the bit."""
    tasks = TaskSet.of(table)
    codec = TaskCodec.fit(tasks)
    values, arrays = codec.to_state()
    again = TaskCodec.from_state(codec.schema, json.loads(json.dumps(values)), arrays)
    assert same(codec.encode(tasks), again.encode(tasks))
    assert again.spec == codec.spec


def test_state_round_trip_of_a_catalogue() -> None:
    """The same with items and their bags."""
    codec = TaskCodec.fit(baskets())
    values, arrays = codec.to_state()
    again = TaskCodec.from_state(codec.schema, json.loads(json.dumps(values)), arrays)
    assert again.items == codec.items
    assert same(codec.encode(baskets()), again.encode(baskets()))


def test_bad_target_is_named(schema: Schema, frame: pl.DataFrame) -> None:
    """An infinite target in a later table is refused with its row."""
    codec = TaskCodec.fit(tasks_of(frame, schema))
    bad = frame.with_columns(sold=pl.Series([0.5, float("inf")] + [0.0] * 38))
    with pytest.raises(DataError, match=r"column 'sold'.*row 1"):
        codec.encode(tasks_of(bad, schema))


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (-0.5, "is no weight.*from 0 to 1e.12; got -0.5"),
        (float("nan"), "is no weight.*got nan"),
        (float("inf"), "is infinite"),
        (1e300, "is no weight.*got 1e.300"),
    ],
)
def test_unfit_weight(bad: float, said: str) -> None:
    """A weight below 0, or one that is no number, is named; a missing one is 0."""
    schema = Schema(
        (Column("t", Role.TASK), Column("x", Role.FEATURE), Column("w", Role.WEIGHT), Column("y", Role.TARGET))
    )
    rows = {"t": [0, 0, 1], "x": [0.0, 1.0, 2.0], "w": [1.0, None, 2.0], "y": [1.0, 2.0, 3.0]}
    good = TaskSet.from_table(pl.DataFrame(rows), schema)
    codec = TaskCodec.fit(good)
    assert codec.encode(good).weight.tolist() == [1, 0, 2]
    wrong = TaskSet.from_table(pl.DataFrame(rows | {"w": [1.0, bad, 2.0]}), schema)
    with pytest.raises(DataError, match=f"column 'w': row 1: {said}"):
        codec.encode(wrong)


def test_items_of_other_domains() -> None:
    """Items outside the target domain are foreign, those without a domain too; a target that no row has is refused."""
    schema = replace(
        BASKETS,
        columns=(*BASKETS.columns, Column("land", Role.FEATURE, Kind.CATEGORY)),
        domain="land",
        target_domain="2",
    )
    rows = {"user": [1, 1, 2, 2, 3], "item": list("abbca"), "age": ["young"] * 5}
    items = {"item": list("abcz"), "tags": [""] * 4, "size": [1.0] * 4, "land": [1, 2, 2, None]}
    tasks = tasks_of(rows, schema, items)
    arrays = TaskCodec.fit(tasks).encode(tasks)
    assert arrays.foreign.tolist() == [True, False, False, True]
    assert arrays.given.tolist() == [True, False, False, False, True]
    assert tasks.asked.tolist() == [False, True, True, True, False]
    nowhere = replace(tasks, schema=replace(schema, target_domain="vinyl"))
    expected = "column 'land': no row is of the target domain; expected '1', '2'; got 'vinyl'"
    with pytest.raises(DataError, match=expected):
        TaskCodec.fit(nowhere)


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ({"domain": "size"}, "domain and target_domain go together"),
        ({"domain": "age", "target_domain": "x"}, "domain column 'age' must have the role 'feature'"),
    ],
)
def test_domains_that_cannot_be(declared: dict[str, str], said: str) -> None:
    """Half a declaration, and a column that says nothing of an item."""
    with pytest.raises(UsageError, match=said):
        replace(BASKETS, **declared)


def test_few_and_many_items_are_found_alike() -> None:
    """A dictionary answers few rows, a join many; an unknown and a missing item are at -1 in both."""
    codec = TaskCodec.fit(baskets())
    few = pl.Series(["z", None, "a", "nobody's"])
    assert codec.item_index(few).tolist() == [3, -1, 0, -1]
    many = codec.item_index(pl.concat([few] * FEW))
    assert (many.reshape(-1, 4) == codec.item_index(few)).all()


CAMPAIGN = Schema((Column("c", Role.TASK), Column("sent", Role.TREATMENT), Column("y", Role.TARGET)))
RANDOM = Schema((*CAMPAIGN.columns, Column("chance", Role.PROPENSITY)))


def test_what_was_done_to_rows() -> None:
    """The treatment, the standardised outcome, and a propensity where one is declared."""
    rows = {"c": [1, 1, 2], "sent": [0, 1, 1], "y": [1.0, 3.0, 5.0], "chance": [0.5, 0.5, 0.2]}
    tasks = tasks_of(rows, CAMPAIGN)
    found = TaskCodec.fit(tasks).encode(tasks)
    assert found.treated is not None
    assert found.treated.treatment.tolist() == [0, 1, 1]
    assert np.isnan(found.treated.propensity).all()
    np.testing.assert_array_equal(found.treated.outcome, found.y)
    known = tasks_of(rows, RANDOM)
    with_chance = TaskCodec.fit(known).encode(known).take(np.array([1])).treated
    assert with_chance is not None
    assert with_chance.propensity.tolist() == pytest.approx([0.2])


@pytest.mark.parametrize(
    ("column", "value", "expected"),
    [("sent", 2.0, "expected 0 or 1"), ("sent", None, "0 or 1"), ("chance", 1.0, "number between 0 and 1")],
)
def test_treatments_and_propensities_in_range(column: str, value: float | None, expected: str) -> None:
    """Anything else is refused with column and row."""
    rows = {"c": [1, 1], "sent": [0.0, 1.0], "y": [1.0, 2.0], "chance": [0.5, 0.5]}
    tasks = tasks_of({**rows, column: [rows[column][0], value]}, RANDOM)
    with pytest.raises(DataError, match=f"column '{column}': row 1.*{expected}|{expected}.*row 1"):
        TaskCodec.fit(tasks).encode(tasks)


def test_what_is_answered() -> None:
    """The target, or differences of it where the effect of a treatment is asked; the spec says which."""
    rows = {"c": [1, 1, 2], "sent": [0, 1, 1], "y": [1.0, 3.0, 5.0]}
    codec = TaskCodec.fit(tasks_of(rows, CAMPAIGN))
    assert (codec.spec.effect, codec.answer.shift, codec.answer.scale) == (True, 0.0, codec.target.scale)
    plain = Schema(tuple(c for c in CAMPAIGN.columns if c.name != "sent"))
    codec = TaskCodec.fit(tasks_of({"c": [1, 1, 2], "y": [1.0, 3.0, 5.0]}, plain))
    assert (codec.spec.effect, codec.answer) == (False, codec.target)


def test_one_arm_is_refused() -> None:
    """The second task has treated rows alone: its first row is named. With declared propensities any rows tell."""
    rows = {"c": [1, 1, 2, 2], "sent": [0, 1, 1, 1], "y": [1.0, 3.0, 5.0, 5.0], "chance": [0.5] * 4}
    for schema, refused in ((RANDOM, False), (CAMPAIGN, True)):
        tasks = tasks_of(rows, schema)
        codec = TaskCodec.fit(tasks)
        told = codec.encode(tasks).treated
        codec.refuse_one_arm(told, np.array([4, 0]))  # one task of all rows, and one that has none yet
        said = pytest.raises(DataError, match=r"column 'sent': row 2: the effect .* got 1 in all 2 rows")
        with said if refused else nullcontext():
            codec.refuse_one_arm(told, np.array([2, 2]))
