"""`Schema`: which column of a table plays which role, and what kind of value it holds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from warmstart.errors import DataError, UsageError

__all__ = ["Column", "Kind", "Role", "Schema", "Target"]


class Role(StrEnum):
    """What a column is for."""

    TASK = "task"  # one or more: together they name the task
    TARGET = "target"
    TIME = "time"
    DESCRIPTOR = "descriptor"  # known of a task before its first row
    FEATURE = "feature"  # known of a row (of an item, where there is an item column)
    ITEM = "item"
    WEIGHT = "weight"
    PROPENSITY = "propensity"  # how likely the row's item was shown, or the row treated
    TREATMENT = "treatment"  # 1 for rows to which something was done, whose effect is asked, 0 for all others
    UNIT = "unit"  # rows of one value are told and asked together: the intervals of one customer
    KNOWN = "known"  # when the target of a row is known, where that is later than the row
    IGNORE = "ignore"


class Kind(StrEnum):
    """What values a column holds."""

    NUMBER = "number"
    CATEGORY = "category"
    TEXT = "text"
    SET = "set"
    SEQUENCE = "sequence"
    VECTOR = "vector"
    DATE = "date"


class Target(StrEnum):
    """What is predicted; it chooses the likelihood."""

    NUMBER = "number"
    CLASS = "class"
    COUNT = "count"
    ORDINAL = "ordinal"  # classes in an order, such as stars
    CHOICE = "choice"  # implicit feedback: the row's item was chosen; there is no target column


_SINGLE = (
    Role.TARGET,
    Role.TIME,
    Role.ITEM,
    Role.WEIGHT,
    Role.PROPENSITY,
    Role.TREATMENT,
    Role.UNIT,
    Role.KNOWN,
)


@dataclass(frozen=True)
class Column:
    """One column: its name, its role, the kind of its values."""

    name: str
    role: Role
    kind: Kind = Kind.NUMBER
    separator: str = ","
    """Between the members of a set, sequence or vector that comes as text."""
    log: bool = False
    """Number, as a target: model log(y); every value must be above zero."""
    levels: tuple[str, ...] = ()
    """Of an ordinal target: its classes from the lowest; none where they are numbers, which have an order."""


@dataclass(frozen=True)
class Schema:
    """The columns of one table and what is predicted from it.

    Errors: `UsageError` when roles contradict each other: no task, two targets, a choice without items.
    """

    columns: tuple[Column, ...]
    target_type: Target = Target.NUMBER
    group: tuple[str, ...] = ()
    """Columns, of any role, whose equal values keep tasks on one side of every split; the task if there are none."""
    domain: str = ""
    """Feature of the items that names their domain, where tasks are known in one domain and asked in another."""
    target_domain: str = ""
    """The value of `domain` that is asked; rows of all others are told, never asked."""

    def __post_init__(self) -> None:
        names = [c.name for c in self.columns]
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise UsageError(f"schema: column {twice[0]!r} is declared twice")
        if not self.named(Role.TASK):
            raise UsageError(
                "schema: no column has the role 'task'; name the column that says which task a row belongs to"
            )
        for role in _SINGLE:
            if len(self.named(role)) > 1:
                raise UsageError(f"schema: role {role.value!r} is for one column; got {', '.join(self.named(role))}")
        for name in self.group:
            if name not in names:
                raise UsageError(f"schema: group column {name!r} is not declared; declared: {', '.join(names)}")
        self._check_domain()
        if self.unit and self.item:
            raise UsageError("schema: role 'unit' is for tables without a column with the role 'item'")
        if self.known and not self.time:
            raise UsageError("schema: role 'known' needs a column with the role 'time'")
        if self.target_type is Target.CHOICE and not self.item:
            raise UsageError("schema: target_type 'choice' needs a column with the role 'item'")
        if self.target_type is not Target.CHOICE and not self.target:
            raise UsageError("schema: no column has the role 'target'")
        self._check_levels()
        if self.treatment and (self.target_type is not Target.NUMBER or any(c.log for c in self.having(Role.TARGET))):
            got = self.target_type.value if self.target_type is not Target.NUMBER else "number with log"
            raise UsageError(
                f"schema: the effect of {self.treatment!r} is on a number; got target type {got!r} "
                "(of two classes make 1 and 0)"
            )

    def _check_levels(self) -> None:
        for column in self.columns:
            if column.levels and (column.role is not Role.TARGET or self.target_type is not Target.ORDINAL):
                raise UsageError(f"schema: levels of {column.name!r} are for a target of type 'ordinal'")
            if len(set(column.levels)) < len(column.levels):
                raise UsageError(f"schema: levels of {column.name!r} must differ; got {', '.join(column.levels)}")

    def _check_domain(self) -> None:
        if bool(self.domain) != bool(self.target_domain):
            raise UsageError("schema: domain and target_domain go together; give both or none")
        if self.domain and (not self.item or self.domain not in self.named(Role.FEATURE)):
            raise UsageError(
                f"schema: domain column {self.domain!r} must have the role 'feature', beside a column of role 'item'"
            )

    def named(self, *roles: Role) -> tuple[str, ...]:
        """Names of the columns with one of these roles, in declared order."""
        return tuple(c.name for c in self.columns if c.role in roles)

    def having(self, *roles: Role) -> tuple[Column, ...]:
        """Columns with one of these roles, in declared order."""
        return tuple(c for c in self.columns if c.role in roles)

    @cached_property
    def described(self) -> tuple[Column, ...]:
        """Descriptors, and the parts of a composite task key: the brand of a new store × brand is known."""
        parts = self.task if len(self.task) > 1 else ()
        return (*(Column(name, Role.DESCRIPTOR, Kind.CATEGORY) for name in parts), *self.having(Role.DESCRIPTOR))

    def _single(self, role: Role) -> str | None:
        return next(iter(self.named(role)), None)

    @cached_property
    def task(self) -> tuple[str, ...]:
        """Columns that together name the task."""
        return self.named(Role.TASK)

    @cached_property
    def target(self) -> str | None:
        """The target column, if any."""
        return self._single(Role.TARGET)

    @cached_property
    def time(self) -> str | None:
        """The time column, if any."""
        return self._single(Role.TIME)

    @cached_property
    def item(self) -> str | None:
        """The item column, if any."""
        return self._single(Role.ITEM)

    @cached_property
    def weight(self) -> str | None:
        """The weight column, if any."""
        return self._single(Role.WEIGHT)

    @cached_property
    def treatment(self) -> str | None:
        """The treatment column, if any."""
        return self._single(Role.TREATMENT)

    @cached_property
    def propensity(self) -> str | None:
        """The propensity column, if any."""
        return self._single(Role.PROPENSITY)

    @cached_property
    def unit(self) -> str | None:
        """The unit column, if any."""
        return self._single(Role.UNIT)

    @cached_property
    def known(self) -> str | None:
        """The column that says when a row's target is known, if any."""
        return self._single(Role.KNOWN)

    @cached_property
    def question(self) -> str:
        """What is predicted, in words."""
        if self.target_type is Target.CHOICE:
            return f"which {self.item} is chosen"
        return f"the effect of {self.treatment} on {self.target}" if self.treatment else str(self.target)

    @cached_property
    def used(self) -> tuple[str, ...]:
        """Every column that is not ignored, and those that group tasks."""
        return tuple(c.name for c in self.columns if c.role is not Role.IGNORE or c.name in self.group)

    def check(self, present: tuple[str, ...]) -> None:
        """Raise `DataError` for the first declared column that the table lacks."""
        for name in self.used:
            if name not in present:
                raise DataError("missing", column=name, expected="a column of the table", got=", ".join(present))
