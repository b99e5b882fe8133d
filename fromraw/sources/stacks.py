"""Arrays side by side, by split: what `.npz`, idx files and a dict of arrays have in common.

A row of an array is a cell: one value is a plain Arrow value; more are a fixed-size list, whose field knows the shape
and dtype (`known["shape"]`, `known["dtype"]`), so that `column.flatten().to_numpy()` gives the array back uncopied.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from fromraw.errors import DataError
from fromraw.sources.base import Field, Source
from fromraw.sources.naming import meaning_of, part_split
from fromraw.sources.plain import name_splits

BYTES = 4 << 20
"""Of all arrays in a batch, roughly."""
_ROWS = 8192
_SEEN = 200


@dataclass(frozen=True)
class Stack:
    """An array that is read in blocks of rows, from the first one on. blocks: rows a block -> the blocks."""

    shape: tuple[int, ...]
    dtype: np.dtype
    blocks: Callable[[int], Iterator[np.ndarray]]

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def cell(self) -> tuple[int, ...]:
        """The shape of a row; () for one value, be it written (N,) or (N, 1)."""
        return () if self.shape[1:] == (1,) else self.shape[1:]

    @property
    def type(self) -> pa.DataType:
        if self.dtype.kind in "OUS":
            return pa.string()
        value = pa.from_numpy_dtype(_as_arrow_has_it(self.dtype))
        return pa.list_(value, int(np.prod(self.cell))) if self.cell else value

    @property
    def row_bytes(self) -> int:
        return max(1, int(np.prod(self.shape[1:])) * self.dtype.itemsize)


Group = Mapping[str, Stack]
"""Arrays by the name of their field, all equally long."""


def by_split(arrays: Mapping[str, Stack], place: str) -> tuple[dict[str, Group], list[str]]:
    """Arrays by split ("" where names tell none) and field, as their names say; and notes on those left out.

    Those that belong together are equally long; where lengths differ, the longest array's is the number of rows, and
    shorter ones (names of classes, a mean) are passed over.
    """
    found: dict[str, dict[str, Stack]] = {}
    splits = {name: part_split(name) for name in arrays}
    named = any(split for split, _ in splits.values())
    notes = []
    for name, stack in arrays.items():
        split, field = splits[name] if named else ("", name)
        if not stack.shape or split is None:
            notes.append(f"passed over: {name}, which {'is one value' if not stack.shape else 'no split is named in'}")
        else:
            found.setdefault(split, {})[field or "values"] = stack
    for split, group in found.items():
        rows = max(len(stack) for stack in group.values())
        for field in [field for field, stack in group.items() if len(stack) != rows]:
            where = f"{field}{f' of {split}' if split else ''}"
            notes.append(f"passed over: {where}, {len(group.pop(field)):,} values for {rows:,} rows")
    if not any(len(stack) for group in found.values() for stack in group.values()):
        raise DataError(f"{place}: no array with rows.")
    return {split: found[split] for split in ("", "train", "valid", "test") if split in found}, notes


class Stacks(Source):
    """A source of arrays by split. place: what a person calls it; groups: by split, "" where there are none."""

    def __init__(self, place: str, groups: Mapping[str, Group], notes: Sequence[str] = ()) -> None:
        super().__init__()
        self.place = place
        self.notes += notes
        self._groups = groups
        self._fields = self._find_fields()
        self.things = "pictures" if any(_is_picture(field) for field in self._fields) else "rows"

    def _find_fields(self) -> list[Field]:
        found: dict[str, Field] = {}
        for group in self._groups.values():
            for name, stack in group.items():
                field = Field(name, stack.type, meaning_of(name, _first_texts(name, stack)), _known(stack))
                if found.setdefault(name, field) != field:
                    raise DataError(
                        f"{self.place}: {name} is {_words(found[name])} in one split, {_words(field)} in another."
                    )
        split = [] if "" in self._groups else [Field("split", pa.string(), "split")]
        return [*found.values(), *split]

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def lengths(self) -> dict[str, int]:
        """Rows by split, in their order."""
        return {split: len(next(iter(group.values()))) for split, group in self._groups.items()}

    def parts(self) -> Sequence[str]:
        return [split or "rows" for split in self._groups]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """The rows of a split, in blocks, with these columns; an array that this split lacks is null."""
        fields = self.chosen(columns)
        group = self._groups["" if part == "rows" else part]
        rows = self.lengths()["" if part == "rows" else part]
        size = max(1, min(_ROWS, BYTES // max(stack.row_bytes for stack in group.values())))
        streams = {f.name: group[f.name].blocks(size) for f in fields if f.name in group}
        schema = pa.schema([(field.name, field.type) for field in fields])
        own = [f.name for f in fields if f.meaning == "split" and f.name in group]
        for start in range(0, rows, size):
            count = min(size, rows - start)
            cells = [
                _cells(next(streams[f.name]), f) if f.name in streams else _constant(f, part, count) for f in fields
            ]
            yield name_splits(pa.RecordBatch.from_arrays(cells, schema=schema), own)


def slices(array: np.ndarray, size: int) -> Iterator[np.ndarray]:
    """An array in memory as blocks."""
    return (array[start : start + size] for start in range(0, len(array), size))


def _first_texts(name: str, stack: Stack) -> list[str | None]:
    """What tells whether an array called split holds the words for splits; of other arrays nothing is read."""
    if name.strip().lower() != "split" or stack.type != pa.string() or stack.cell:
        return []
    first = next(stack.blocks(_SEEN), None)
    return [] if first is None else _cells(first, Field(name, stack.type)).to_pylist()


def _known(stack: Stack) -> dict[str, Any]:
    return {"shape": stack.cell, "dtype": stack.dtype.newbyteorder("=").name} if stack.cell else {}


def _as_arrow_has_it(kind: np.dtype[Any]) -> np.dtype[Any]:
    """Durations as seconds, moments to the microsecond; else the same, in this machine's order of bytes."""
    if kind.kind in "mM":
        return np.dtype("f8" if kind.kind == "m" else "M8[us]")
    return kind.newbyteorder("=")


def _is_picture(field: Field) -> bool:
    shape = field.known.get("shape", ())
    return field.known.get("dtype") == "uint8" and (len(shape) == 2 or (len(shape) == 3 and shape[2] <= 4))


def _words(field: Field) -> str:
    return f"{field.known['dtype']} {field.known['shape']}" if field.known else str(field.type)


def _constant(field: Field, part: str, count: int) -> pa.Array:
    value = part if field.meaning == "split" else None
    return pa.repeat(pa.scalar(value, field.type), count)


def _cells(block: np.ndarray, field: Field) -> pa.Array:
    """A block of rows as Arrow's values, sharing its memory where that is in order."""
    if block.dtype.kind in "OUS":
        texts = [v.decode("utf-8", "replace") if isinstance(v, bytes) else v for v in block.reshape(-1).tolist()]
        return pa.array([None if v is None or v != v else str(v) for v in texts], pa.string())
    if block.dtype.kind == "m":
        missing = np.isnat(block)
        block = np.where(missing, np.nan, block.astype("m8[us]").astype(np.float64) / 1e6)
    flat = np.ascontiguousarray(block.astype(_as_arrow_has_it(block.dtype), copy=False)).reshape(-1)
    values = pa.array(flat)
    return pa.FixedSizeListArray.from_arrays(values, field.type.list_size) if field.known else values
