"""Roles that contradict each other are refused."""

from __future__ import annotations

import pytest

from warmstart.errors import UsageError
from warmstart.tables.schema import Column, Kind, Role, Schema, Target

TASK, SENT = Column("campaign", Role.TASK, Kind.CATEGORY), Column("sent", Role.TREATMENT)


def test_a_treatment_changes_a_number() -> None:
    """The column is found by its role, and is neither feature nor descriptor."""
    schema = Schema((TASK, SENT, Column("spent", Role.TARGET), Column("chance", Role.PROPENSITY)))
    assert (schema.treatment, schema.propensity) == ("sent", "chance")
    assert {"sent", "chance"} <= set(schema.used)
    assert Schema((TASK, Column("spent", Role.TARGET))).treatment is None


def test_what_is_predicted_in_words() -> None:
    """A number, the effect on it, or a choice."""
    spent, item = Column("spent", Role.TARGET), Column("book", Role.ITEM, Kind.CATEGORY)
    assert Schema((TASK, spent)).question == "spent"
    assert Schema((TASK, spent, SENT)).question == "the effect of sent on spent"
    assert Schema((TASK, item), Target.CHOICE).question == "which book is chosen"


@pytest.mark.parametrize(
    ("column", "target", "got"),
    [
        (Column("bought", Role.TARGET, Kind.CATEGORY), Target.CLASS, "class"),
        (Column("bought", Role.TARGET), Target.COUNT, "count"),
        (Column("spent", Role.TARGET, log=True), Target.NUMBER, "number with log"),
    ],
)
def test_the_effect_is_on_a_number(column: Column, target: Target, got: str) -> None:
    """A difference of classes, counts or logarithms is not what is asked."""
    with pytest.raises(UsageError, match=f"the effect of 'sent' is on a number; got target type '{got}'"):
        Schema((TASK, SENT, column), target)


def test_one_treatment() -> None:
    """Two are two questions."""
    with pytest.raises(UsageError, match="role 'treatment' is for one column; got sent, called"):
        Schema((TASK, SENT, Column("called", Role.TREATMENT), Column("spent", Role.TARGET)))


def test_units() -> None:
    """Rows of a unit go together; `known` needs a time to be compared with, and a catalogue has no units."""
    unit, known, time = Column("who", Role.UNIT), Column("known", Role.KNOWN), Column("began", Role.TIME)
    rows = (TASK, Column("came", Role.TARGET))
    schema = Schema((*rows, unit, known, time))
    assert (schema.unit, schema.known) == ("who", "known")
    for lacking in ((unit, known), (known,)):
        with pytest.raises(UsageError, match="role 'known' needs a column with the role 'time'"):
            Schema((*rows, *lacking))
    with pytest.raises(UsageError, match="role 'unit' is for tables without a column with the role 'item'"):
        Schema((*rows, unit, Column("film", Role.ITEM, Kind.CATEGORY)))


@pytest.mark.parametrize(
    ("column", "target", "said"),
    [
        (Column("size", Role.TARGET, levels=("s", "m")), Target.CLASS, "'size' are for a target of type 'ordinal'"),
        (Column("size", Role.FEATURE, levels=("s", "m")), Target.ORDINAL, "'size' are for a target of type 'ordinal'"),
        (Column("size", Role.TARGET, levels=("s", "s")), Target.ORDINAL, "'size' must differ; got s, s"),
    ],
)
def test_levels_are_of_an_ordinal_target(column: Column, target: Target, said: str) -> None:
    """An order is declared where it is used, each level once."""
    others = () if column.role is Role.TARGET else (Column("y", Role.TARGET),)
    with pytest.raises(UsageError, match=said):
        Schema((TASK, column, *others), target)
