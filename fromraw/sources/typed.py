"""Columns that have types of Arrow's, in a file or in memory, as the fields and cells that columns read."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from fromraw.sources.base import FILE, Field, Problem
from fromraw.sources.files import find_folders, open_files, stamps
from fromraw.sources.hub import Feature, class_names, features_in, flatten_cells, noted_field, spell
from fromraw.sources.naming import meaning_of
from fromraw.sources.plain import name_splits, plain_array, plain_field
from fromraw.sources.tree import ROWS as FILE_ROWS

SEEN = 200
"""Rows whose texts tell whether they name files, or splits."""
_ROWS = 8192


class Typed:
    """schema: of the columns; first: some names -> the first rows of these columns, as they lie; beside: the folder in
    which files lie that cells name, or None."""

    def __init__(
        self, schema: pa.Schema, first: Callable[[list[str]], pa.RecordBatch | None], beside: Path | None
    ) -> None:
        self.notes = [f"{f.name}: durations, read as seconds" for f in schema if pa.types.is_duration(f.type)]
        self._features = features_in(schema)
        self._plain = {f.name: noted_field(plain_field(f), self._features.get(f.name)) for f in schema}
        names = [name for name, field in self._plain.items() if field.type == pa.string()]
        head = first(names) if names else None
        texts = {} if head is None else {name: self.cells(head, [name]).column(0).to_pylist() for name in names}
        self._places = {} if beside is None else find_folders(texts, beside)
        self._splits = [name for name in texts if meaning_of(name, texts[name]) == "split"]
        self.fields = [self._field(field) for field in self._plain.values()]

    def _field(self, field: Field) -> Field:
        if field.name in self._places:
            return Field(field.name, FILE)
        return replace(field, meaning="split") if field.name in self._splits else field

    @property
    def things(self) -> str:
        """What rows are called."""
        return "pictures" if any(field.type == FILE for field in self.fields) else "rows"

    def rows(self, fields: Sequence[Field]) -> int:
        """In a batch at most."""
        return FILE_ROWS if any(field.type == FILE for field in fields) else _ROWS

    def cells(self, batch: pa.RecordBatch, names: Sequence[str]) -> pa.RecordBatch:
        """Columns as they lie, in plain types."""
        kinds = [self._plain[name].type for name in names]
        cells = [_plain(batch.column(n), kind, self._features.get(n)) for n, kind in zip(names, kinds, strict=True)]
        return pa.RecordBatch.from_arrays(cells, schema=pa.schema(list(zip(names, kinds, strict=True))))

    def read(
        self, batch: pa.RecordBatch, names: Sequence[str], tell: Callable[[Problem], None]
    ) -> Iterator[pa.RecordBatch]:
        """Columns as the fields say, the files that they name opened."""
        return open_files(name_splits(self.cells(batch, names), self._splits), self._places, tell)

    def stamps(self, batches: Callable[[str], Iterator[pa.RecordBatch]]) -> list[list[tuple[int, int]]]:
        """Of the files that cells name, for fingerprints. batches: a name -> all batches with this column."""
        named = ((self.cells(batch, [name]), at) for name, at in self._places.items() for batch in batches(name))
        return [stamps(cells.column(0).to_pylist(), at) for cells, at in named]


def _plain(cells: pa.Array, kind: pa.DataType, feature: Feature | None) -> pa.Array:
    names = class_names(feature)
    if names is not None:
        return spell(cells, names)
    if pa.types.is_fixed_size_list(kind) and isinstance(cells, pa.ExtensionArray):
        cells = cells.storage
    if pa.types.is_fixed_size_list(kind) and pa.types.is_list(cells.type):
        return flatten_cells(cells, kind)
    return plain_array(cells, kind)
