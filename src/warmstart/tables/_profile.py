"""`Profile`: what the values of one column look like, from which its kind and role are guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl

from warmstart.tables.schema import Kind

__all__ = ["Profile", "profile"]

LOOKED_AT = 20_000
SEPARATORS = ",;|"
LISTED = 0.4
WORDY, VARIED, LONG = 3.0, 0.2, 8.0
SKEWED = 1.0
FEW_WORDS = 2.5
CODE = re.compile(r"(^|[^a-z])(id|code|key|sku|nr|uuid)$|^hhid$|^(store|shop|brand|user|item|customer)$", re.I)
CAMEL_CODE = re.compile(r"[a-z](Id|ID|Code|Key)$")


@dataclass(frozen=True)
class Profile:
    """One column, seen whole."""

    name: str
    kind: Kind
    rows: int
    distinct: int
    missing: int
    separator: str = ","
    discrete: bool = True
    """Text, truth values or whole numbers: values that could name something."""
    low: float = 0.0
    """Smallest and largest number; 0 for other kinds."""
    high: float = 0.0
    skew: float = 0.0
    log_skew: float = 0.0
    """Skewness of the logarithm, where every value is above zero."""

    @property
    def present(self) -> int:
        """Rows with a value."""
        return self.rows - self.missing

    @property
    def unique(self) -> bool:
        """Whether every row has another value."""
        return self.distinct == self.rows > 1

    @property
    def wants_log(self) -> bool:
        """Positive, long-tailed, and less so after the logarithm."""
        return self.kind is Kind.NUMBER and self.low > 0 and self.skew > SKEWED > abs(self.log_skew)

    @property
    def summary(self) -> str:
        """One line for a reader."""
        missing = f", {self.missing / max(1, self.rows):.1%} missing" if self.missing else ""
        span = f", {self.low:g} to {self.high:g}" if self.kind is Kind.NUMBER else ""
        return f"{self.distinct:,} different values{span}{missing}"


def profile(values: pl.Series) -> Profile:
    """Look at a column."""
    if values.dtype in (pl.Categorical, pl.Enum):
        values = values.cast(pl.String)
    distinct = values.drop_nulls().n_unique()
    seen = (values.name, len(values), distinct, values.null_count())
    if values.dtype.is_nested():
        return _of_lists(values, *seen)
    if values.dtype.is_temporal():
        return Profile(seen[0], Kind.DATE, *seen[1:], discrete=False)
    if values.dtype.is_numeric():
        return _of_numbers(values, *seen)
    if values.dtype == pl.String:
        return _of_text(values, *seen)
    return Profile(seen[0], Kind.CATEGORY, *seen[1:])


def _of_lists(values: pl.Series, name: str, rows: int, distinct: int, missing: int) -> Profile:
    lists = values.arr.to_list() if isinstance(values.dtype, pl.Array) else values
    numeric = lists.drop_nulls().head(1).explode().dtype.is_numeric()
    one_length = lists.drop_nulls().list.len().n_unique() == 1
    kind = Kind.VECTOR if numeric and one_length else Kind.SET
    return Profile(name, kind, rows, distinct, missing, discrete=False)


def _of_numbers(values: pl.Series, name: str, rows: int, distinct: int, missing: int) -> Profile:
    x = values.cast(pl.Float64).drop_nulls().drop_nans()
    if not len(x):
        return Profile(name, Kind.NUMBER, rows, 0, rows, discrete=False)
    low, high = float(x.min()), float(x.max())  # type: ignore[arg-type]
    log_skew = (x.log().skew() or 0.0) if low > 0 else 0.0
    numbers = (low, high, x.skew() or 0.0, log_skew)
    whole = values.dtype.is_integer()
    kind = Kind.CATEGORY if whole and (CODE.search(name) or CAMEL_CODE.search(name)) else Kind.NUMBER
    return Profile(name, kind, rows, distinct, rows - len(x), ",", whole, *numbers)


def _of_text(values: pl.Series, name: str, rows: int, distinct: int, missing: int) -> Profile:
    """A set where short members come back in different lists, text where rows have many words, else a category."""
    text = values.drop_nulls().head(LOOKED_AT)
    separator = next((s for s in SEPARATORS if _is_list(text, s)), None)
    if separator is not None:
        return Profile(name, Kind.SET, rows, distinct, missing, separator, discrete=False)
    words = (text.str.count_matches(r"\S*\p{L}\S*")).mean() or 0.0
    han = (text.str.count_matches(r"\p{Han}")).mean() or 0.0
    wordy = max(float(words), float(han) / 2)  # type: ignore[arg-type]
    varied = text.n_unique() > VARIED * len(text)
    if wordy >= LONG or (wordy >= WORDY and varied):
        return Profile(name, Kind.TEXT, rows, distinct, missing, discrete=False)
    return Profile(name, Kind.CATEGORY, rows, distinct, missing)


def _is_list(text: pl.Series, separator: str) -> bool:
    """Often more than one member; members are short and come back in other lists."""
    if (text.str.contains(separator, literal=True).mean() or 0.0) < LISTED:  # type: ignore[operator]
        return False
    members = text.unique().str.split(separator).explode().str.strip_chars()
    short = (members.str.count_matches(r"\S+").mean() or 0.0) <= FEW_WORDS  # type: ignore[operator]
    return bool(short and members.n_unique() < len(members) / 2)
