"""A frame in memory: anything that speaks the Arrow C stream protocol (pandas, polars, Arrow, DuckDB).

None of them is imported here. What may be readable only once, such as a running query, is first written to a
temporary file and mapped from there, so that it need not fit into memory.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from fromraw.errors import DataError, UsageError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Source
from fromraw.sources.naming import meaning_of, unique
from fromraw.sources.plain import index_names, name_splits, plain_array, plain_field
from fromraw.sources.tree import ROWS as FILE_ROWS

_HELD = {"pandas", "polars", "pyarrow"}
"""Packages whose frames are in memory and give a new stream whenever asked; Arrow's reader of a stream does not."""
_ROWS = 16384


@part("frame")
class Frame(Source):
    """table: the rows; place: what a person calls it."""

    def __init__(self, table: pa.Table, place: str = "a frame") -> None:
        super().__init__()
        if not table.num_rows or not table.num_columns:
            raise DataError(
                f"{place}: {table.num_rows} rows and {table.num_columns} columns, so nothing to learn from."
            )
        self.place = place
        names, notes = unique(table.schema.names)
        self.notes += notes
        self._table = table.rename_columns(names)
        self._fields = [self._field(field) for field in self._table.schema]
        self._splits = [f.name for f in self._fields if f.meaning == "split"]
        self.things = "pictures" if any(f.type == FILE for f in self._fields) else "rows"

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """Anything with `__arrow_c_stream__`."""
        if not hasattr(data, "__arrow_c_stream__"):
            return None
        held = type(data).__module__.split(".")[0] in _HELD and not isinstance(data, pa.RecordBatchReader)
        folder = None if held else Path(tempfile.mkdtemp(prefix="fromraw-"))
        try:
            table = pa.table(data) if folder is None else _spool(data, folder)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
            raise UsageError(f"the frame cannot be read as a table: {error}.") from error
        frame = cls(table.drop_columns([n for n in table.schema.names if n in index_names(table.schema)]))
        if folder is not None:
            weakref.finalize(frame, shutil.rmtree, folder, ignore_errors=True)
        return frame

    def _field(self, field: pa.Field) -> Field:
        plain = plain_field(field)
        first = self._table.column(field.name).slice(0, 200).to_pylist() if plain.type == pa.string() else []
        return Field(plain.name, plain.type, meaning_of(field.name, first), plain.known)

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return ["rows"]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        fields = self.chosen(columns)
        schema = pa.schema([(field.name, field.type) for field in fields])
        rows = FILE_ROWS if any(field.type == FILE for field in fields) else _ROWS
        for batch in self._table.select(schema.names).to_batches(rows):
            cells = [plain_array(batch.column(field.name), field.type) for field in fields]
            yield name_splits(pa.RecordBatch.from_arrays(cells, schema=schema), self._splits)

    def fingerprint(self) -> str:
        """Of the contents: nothing else tells whether a frame is the same."""
        hashed = _Hash()
        with pa.ipc.new_stream(pa.PythonFile(hashed, "w"), self._table.schema.remove_metadata()) as writer:
            writer.write_table(self._table.replace_schema_metadata(None), _ROWS)
        return hashed.value.hexdigest()


def _spool(data: Any, folder: Path) -> pa.Table:
    """A stream, read once, as a table that lies in a file."""
    reader = pa.RecordBatchReader.from_stream(data)
    with pa.ipc.new_file(str(folder / "rows.arrow"), reader.schema) as writer:
        for batch in reader:
            writer.write_batch(batch)
    return pa.ipc.open_file(pa.memory_map(str(folder / "rows.arrow"))).read_all()


class _Hash:
    """A file that keeps nothing of what is written but its digest."""

    closed = False

    def __init__(self) -> None:
        self.value = blake2b(digest_size=16)

    def write(self, block: Any) -> int:
        self.value.update(block)
        return len(block)

    def writable(self) -> bool:
        return True

    def flush(self) -> None:
        pass

    def close(self) -> None:
        self.closed = True
