"""A text table: CSV or TSV with a header, plain or packed (`.gz`, `.bz2`, `.xz`, `.zst`).

Every cell is read as text: what it means, and that an empty one is missing, is for columns to say. Rows are streamed.
"""

import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Problem, Source, digest, stamp
from fromraw.sources.dialect import HEAD, Dialect, Utf8, read_dialect
from fromraw.sources.files import find_folders, open_files, stamps
from fromraw.sources.naming import extension, meaning_of
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.plain import name_splits

DELIMITERS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_BLOCK = 4 << 20


@part("table")
class Table(Source):
    """path: of the file; delimiter: what its ending makes us expect."""

    def __init__(self, path: Path, delimiter: str) -> None:
        super().__init__()
        self.place = str(path)
        self._path = path
        self._dialect = self._look(delimiter)
        rows = self._dialect.rows
        cells = {name: [row[at] for row in rows] for at, name in enumerate(self._dialect.names)}
        self._folders = find_folders(cells, path.parent)
        self._splits = [name for name in cells if meaning_of(name, cells[name]) == "split"]
        self._fields = [
            Field(name, FILE) if name in self._folders else Field(name, pa.string(), meaning_of(name, cells[name]))
            for name in cells
        ]
        self.things = "pictures" if self._folders else "rows"

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .csv, .tsv or .tab, perhaps with .gz, .bz2, .xz or .zst behind."""
        if not isinstance(data, str | Path) or not Path(data).is_file():
            return None
        delimiter = DELIMITERS.get("." + extension(str(data)).lstrip(".").split(".")[0])
        return cls(Path(data), delimiter) if delimiter else None

    def _look(self, delimiter: str) -> Dialect:
        try:
            with open_packed(self._path) as raw:
                head = Utf8(raw, self.place)
                text = ""
                while len(text) < HEAD and (block := head.read()):
                    text += block.decode()
                whole = not block
        except BROKEN as error:
            raise DataError(f"{self.place}: cannot be read ({error}).") from error
        dialect = read_dialect(text, delimiter, self.place, whole)
        for note in dialect.notes:
            self.note(note)
        return dialect

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return [self._path.name]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in self._text([field.name for field in self.chosen(columns)]):
            yield from open_files(name_splits(batch, self._splits), self._folders, self.tell)

    def _text(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The named columns as they are written, in blocks; what was wrong is told at the end of a whole pass."""
        ragged: list[Any] = []
        rows = 0
        try:
            with open_packed(self._path) as raw:
                stream = Utf8(raw, self.place)
                for batch in self._parse(stream, names, ragged):
                    rows += batch.num_rows
                    yield batch
        except BROKEN as error:
            raise DataError(f"{self.place}: cannot be read ({error}).") from error
        if not rows:
            raise DataError(f"{self.place}: no row has the {len(self._dialect.names)} cells of the header.")
        if stream.recoded:
            lines = (
                "1 line is not UTF-8 and was"
                if stream.recoded == 1
                else f"{stream.recoded:,} lines are not UTF-8 and were"
            )
            self.note(f"{lines} read as Windows-1252")
        self._tell_ragged(ragged, rows, stream.lines)

    def _parse(self, stream: Utf8, names: Sequence[str], ragged: list[Any]) -> Iterator[pa.RecordBatch]:
        dialect = self._dialect

        def skip(row: Any) -> str:
            if row.text.strip():
                ragged.append((row.number, row.actual_columns))
            return "skip"

        reader = pyarrow.csv.open_csv(
            pa.PythonFile(stream, "r"),
            pyarrow.csv.ReadOptions(
                use_threads=False,  # with threads, Arrow does not say which row is wrong
                block_size=_BLOCK,
                column_names=dialect.names,
                skip_rows=dialect.header_lines,
            ),
            pyarrow.csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char='"' if dialect.quoted else False,
                newlines_in_values=dialect.quoted,
                ignore_empty_lines=True,
                invalid_row_handler=skip,
            ),
            pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in dialect.names},
                strings_can_be_null=False,
                include_columns=names,
            ),
        )
        return (batch for batch in reader if batch.num_rows)

    def _tell_ragged(self, ragged: list[Any], rows: int, lines: int) -> None:
        """Name the rows that have too few or too many cells by their line in the file."""
        width = len(self._dialect.names)
        if ragged and rows + len(ragged) + self._dialect.header_lines != lines:
            ragged = self._numbered(len(ragged)) or ragged
        for line, cells in ragged:
            text = f"line {line:,} has {cells} cell{'s' if cells != 1 else ''}, not {width}: skipped"
            self.tell(Problem(f"{self._path.name}:{line}", text, "ragged"))

    def _numbered(self, wanted: int) -> list[tuple[int, int]]:
        """Lines of the rows that do not fit, counted by csv, since Arrow does not count lines inside quotes."""
        width = len(self._dialect.names)
        with open_packed(self._path) as raw:
            lines = io.TextIOWrapper(raw, "utf-8-sig", errors="replace", newline="")
            records = self._dialect.records(iter(lines))
            found = [
                (line, len(cells))
                for line, cells in records
                if len(cells) != width and any(cell.strip() for cell in cells)
            ]
        return found if len(found) == wanted else []

    def fingerprint(self) -> str:
        cells = [
            (batch.column(0).to_pylist(), at) for name, at in self._folders.items() for batch in self._text([name])
        ]
        return digest("table", stamp(self._path), [stamps(paths, folder) for paths, folder in cells])
