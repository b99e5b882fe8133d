"""Columns of a pandas frame that Arrow cannot take, or takes for something else, as columns that it can: periods as the
moment at which they begin, intervals and mixed cells as texts, sparse ones in full.

The frame that a person gave is left as it is, and the answers are put beside its own columns. pandas is not imported
here: what a column is, its type's name says.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pyarrow as pa

from fromraw.errors import UsageError

_SINGLE = (str, bool, int, float, Decimal, date, datetime)
"""Cells of these kinds have one text each, so that a column may mix them."""


def readable(frame: Any) -> tuple[Any, list[str]]:
    """The frame with such columns replaced, and what a person should know of it. Raises UsageError, with the column's
    name, for cells that have no place in a table."""
    if not hasattr(frame, "isetitem") or not frame.columns.is_unique:
        return frame, []
    notes: list[str] = []
    changed = frame.copy(deep=False)
    for place, name in enumerate(frame.columns):
        column = frame.iloc[:, place]
        plain, words = _plain(column, str(name))
        if plain is not column:
            changed.isetitem(place, plain)
        notes += [f"{name}: {words}"] if words else []
    return changed, notes


def _plain(column: Any, name: str) -> tuple[Any, str]:
    """The column itself where Arrow takes it as it is, and a remark on what was made of it."""
    kind = str(column.dtype)
    if kind == "category" and str(column.cat.categories.dtype).startswith(("period", "interval")):
        column = column.astype(column.cat.categories.dtype)
        kind = str(column.dtype)
    if kind == "category" and str(column.cat.categories.dtype) == "object":
        texts, words = _of_one_kind(column.astype(object), name)
        return (texts, words) if words else (column, "")
    if kind.startswith("period"):
        return column.dt.to_timestamp(), "periods, read as the moment at which each begins"
    if kind.startswith("interval"):
        return column.astype(str).where(column.notna(), None), ""
    if kind.startswith("Sparse"):
        return column.sparse.to_dense(), ""
    if kind.startswith("complex"):
        raise UsageError(f"column {name} holds complex numbers; give their parts as columns of their own.")
    return _of_one_kind(column, name) if kind == "object" else (column, "")


def _of_one_kind(column: Any, name: str) -> tuple[Any, str]:
    """Objects that Arrow takes as they are; mixed ones as texts, where each is a single value."""
    try:
        pa.array(column, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        cells = [cell.item() if getattr(cell, "shape", None) == () else cell for cell in column]  # numpy's as Python's
        kinds = _kinds_of(cells)
        if any(not isinstance(cell, _SINGLE) for cell in cells if not _is_missing(cell)):
            remedy = f"leave it out, or make texts of it: frame[{name!r}].astype(str)"
            raise UsageError(f"column {name} holds {kinds}, and cells must be of one kind; {remedy}.") from None
        texts = type(column)([_written(cell) for cell in cells], index=column.index, dtype=object)
        return texts, f"cells of several kinds ({kinds}), read as texts"
    return column, ""


def _kinds_of(cells: Iterable[Any]) -> str:
    """`int and str`, in order of their first cells."""
    *more, last = dict.fromkeys(type(cell).__name__ for cell in cells if not _is_missing(cell))
    return f"{', '.join(more)} and {last}" if more else last


def _is_missing(cell: Any) -> bool:
    """None, NaN, NaT and pandas' NA."""
    if cell is None:
        return True
    if isinstance(cell, Sequence) or hasattr(cell, "shape"):
        return False
    same = cell == cell
    return same is False or type(cell).__name__ == "NAType"


def _written(cell: Any) -> str | None:
    """As the same cell is written in a column of its own kind."""
    if _is_missing(cell):
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return cell.isoformat() if isinstance(cell, date) else str(cell)
