"""Items that a user names on the command line or in a file, as masks over a model's catalogue."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from warmstart.errors import DataError, UsageError

if TYPE_CHECKING:
    import numpy as np
    import polars as pl

    from warmstart.engine.model import MetaModel

__all__ = ["items_in_stock", "named_items"]

_LISTED = 5
_QUANTITY = "stock"


def named_items(model: MetaModel, given: str, option: str) -> np.ndarray:
    """bool[items]: ids by commas, or the items of a table file.

    Errors: `UsageError` that names the ids that the model does not know, with the nearest; those of reading a file.
    """
    import polars as pl

    from warmstart.tables._files import PARSE, UNPACK

    if Path(given).suffix.lower() in {*PARSE, *UNPACK}:
        ids = _items_of(model, _read(given), given)
    else:
        ids = pl.Series([name for word in given.split(",") if (name := word.strip())], dtype=pl.String)
    mask, strange = _looked_up(model, ids)
    if strange:
        raise UsageError(f"{option}: {_no_such(strange, model.codec.items)}")
    return mask


def items_in_stock(model: MetaModel, path: Path) -> tuple[np.ndarray, int]:
    """bool[items]: those of a table file, and how many ids it holds that the model does not know.

    Where it has a column `stock` only rows count that have more than 0 of it.

    Errors: `DataError` for a file without any item that the model knows; those of reading it.
    """
    from warmstart.tables._values import floats

    frame = _read(str(path))
    ids = _items_of(model, frame, str(path))
    known, strange = _looked_up(model, ids)
    if not known.any():
        raise DataError(f"{path}: none of its items is one that the model knows", column=ids.name, got=ids[0])
    if _QUANTITY in frame.columns and ids.name != _QUANTITY:
        known, _ = _looked_up(model, ids.filter(floats(frame[_QUANTITY]) > 0))
    return known, len(strange)


def _read(path: str) -> pl.DataFrame:
    from warmstart.tables.readers import read_table

    return read_table(path)


def _items_of(model: MetaModel, frame: pl.DataFrame, path: str) -> pl.Series:
    """The item column of a table, or its only one."""
    name = model.schema.item
    if name in frame.columns:
        return frame[name]
    if frame.width == 1:
        return frame.to_series()
    raise DataError(f"{path}: missing", column=name, expected="a column with the items", got=", ".join(frame.columns))


def _looked_up(model: MetaModel, ids: pl.Series) -> tuple[np.ndarray, list[str]]:
    """bool[items], and the ids that are no item of the catalogue, each once."""
    import numpy as np
    import polars as pl

    ids = ids.drop_nulls()
    at = model.codec.item_index(ids)
    mask = np.zeros(len(model.codec.items), bool)
    mask[at[at >= 0]] = True
    return mask, ids.filter(at < 0).unique(maintain_order=True).cast(pl.String).to_list()


def _no_such(strange: Sequence[str], known: Sequence[str]) -> str:
    named = ", ".join(repr(name) for name in strange[:_LISTED])
    more = f" and {len(strange) - _LISTED} more" if len(strange) > _LISTED else ""
    near = [name for each in strange[:_LISTED] for name in difflib.get_close_matches(each, known, n=1)]
    hint = f"did you mean {', '.join(near)}?" if near else "no item of the catalogue has a similar name"
    return f"no item named {named}{more}: {hint}"
