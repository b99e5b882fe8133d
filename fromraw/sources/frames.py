"""A frame in memory: anything that speaks the Arrow C stream protocol (pandas, polars, Arrow, DuckDB), and Hugging
Face's Dataset.

None of them is imported here. What may be readable only once, such as a running query, is first written to a
temporary file and mapped from there, so that it need not fit into memory.
"""

import shutil
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from fromraw.errors import DataError, UsageError
from fromraw.parts import part
from fromraw.sources.answered import Answered
from fromraw.sources.base import Field, Source
from fromraw.sources.giving_back import give_frame, is_dataset, package_of
from fromraw.sources.hub import fetch_files
from fromraw.sources.naming import unique
from fromraw.sources.pandas_frames import readable
from fromraw.sources.plain import index_names
from fromraw.sources.typed import SEEN, Typed

_HELD = {"pandas", "polars", "pyarrow"}
"""Packages whose frames are in memory and give a new stream whenever asked; Arrow's reader of a stream does not."""
_ROWS = 16384


@part("frame")
class Frame(Source):
    """table: the rows; place: what a person calls it; given: the frame that they came in."""

    def __init__(self, table: pa.Table, place: str = "a frame", given: Any = None) -> None:
        super().__init__()
        if not table.num_rows or not table.num_columns:
            raise DataError(
                f"{place}: {table.num_rows} rows and {table.num_columns} columns, so nothing to learn from."
            )
        self.place = place
        names, notes = unique(table.schema.names)
        self.notes += notes
        self._table = table.rename_columns(names).replace_schema_metadata(table.schema.metadata)
        self._given = given
        first = self._table.slice(0, SEEN).combine_chunks()
        self._typed = Typed(first.schema, lambda names: first.select(names).to_batches()[0], None)
        self.notes += self._typed.notes
        self.things = self._typed.things

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """Anything with `__arrow_c_stream__`, and a Dataset of Hugging Face's."""
        if is_dataset(data):
            held = getattr(data, "_indices", ...) is None  # neither shuffled nor filtered
            stream = _table_of(data) if held else _rows_of(data)
        elif hasattr(data, "__arrow_c_stream__"):
            held, stream = package_of(data) in _HELD and not isinstance(data, pa.RecordBatchReader), data
        else:
            return None
        folder = None if held else Path(tempfile.mkdtemp(prefix="fromraw-"))
        stream, notes = readable(stream) if package_of(data) == "pandas" else (stream, [])
        try:
            table = pa.table(stream) if folder is None else _spool(stream, folder)
        except (pa.ArrowException, ValueError) as error:
            words = " ".join(str(part) for part in error.args)
            remedy = "Give each column a name of its own and cells of one kind (astype(str))."
            raise UsageError(f"the frame cannot be read as a table: {words}. {remedy}") from error
        index = index_names(table.schema)
        frame = cls(table.drop_columns([n for n in table.schema.names if n in index]), given=data)
        frame.notes += notes
        if folder is not None:
            weakref.finalize(frame, shutil.rmtree, folder, ignore_errors=True)
        return frame

    @property
    def fields(self) -> Sequence[Field]:
        return self._typed.fields

    def parts(self) -> Sequence[str]:
        return ["rows"]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        fields = self.chosen(columns)
        names = [field.name for field in fields]
        for batch in self._table.select(names).to_batches(self._typed.rows(fields)):
            for cells in self._typed.read(batch, names, self.tell):
                yield fetch_files(cells, self.tell) if is_dataset(self._given) else cells

    def fingerprint(self) -> str:
        """Of the contents: nothing else tells whether a frame is the same."""
        hashed = _Hash()
        with pa.ipc.new_stream(pa.PythonFile(hashed, "w"), self._table.schema.remove_metadata()) as writer:
            writer.write_table(self._table.replace_schema_metadata(None), _ROWS)
        return hashed.value.hexdigest()

    def give_back(self, pieces: Iterable[Answered]) -> Any:
        """The same kind of frame, with its index and its columns."""
        return give_frame(self._given, self._table, pieces)


def _table_of(dataset: Any) -> pa.Table:
    """All rows of a Dataset as they lie."""
    return dataset.data.table.replace_schema_metadata(dataset.features.arrow_schema.metadata)


def _rows_of(dataset: Any) -> pa.RecordBatchReader:
    """The rows of a Dataset that was shuffled or filtered, in its order."""
    rows = dataset.with_format("arrow")
    schema = dataset.features.arrow_schema
    pieces = (rows[start : start + _ROWS].cast(schema) for start in range(0, len(dataset), _ROWS))
    return pa.RecordBatchReader.from_batches(schema, (batch for piece in pieces for batch in piece.to_batches()))


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
