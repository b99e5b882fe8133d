"""A text table: CSV, TSV and their like, plain or packed (`.gz`, `.bz2`, `.xz`, `.zst`).

How it is written is found when it is opened, and said. Every cell is read as text: what it means, and that an empty one
is missing, is for columns to say. Rows are streamed.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, OneFile, Problem, Source, digest, stamp
from fromraw.sources.encoding import Utf8
from fromraw.sources.files import find_folders, open_files, stamps
from fromraw.sources.form import find_form
from fromraw.sources.naming import extension, meaning_of
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.parsing import Ragged, find_ragged, parse
from fromraw.sources.plain import name_splits

SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
"""What a file's ending promises."""
_SEEN = 200
"""Rows whose cells are looked at for names of pictures and of splits."""


@part("table")
class Table(OneFile):
    """path: of the file; expected: the separator that its ending promises. Settings that are left out are found."""

    def __init__(
        self,
        path: Path,
        expected: str,
        *,
        separator: Annotated[str | None, "what parts cells: a character, or comma, semicolon, tab, bar, space"] = None,
        quote: Annotated[Literal["double", "single", "none"] | None, "what stands around cells"] = None,
        decimal: Annotated[Literal["point", "comma"] | None, "what stands before the fraction of a number"] = None,
        encoding: Annotated[str | None, "of the letters: utf-8, cp1252, shift_jis and what else Python knows"] = None,
        header: Annotated[int | Literal["none"] | None, "how many lines the header has"] = None,
        skip: Annotated[int | None, "how many lines stand above the header"] = None,
        footer: Annotated[int | None, "how many lines stand below the last row"] = None,
    ) -> None:
        super().__init__(path)
        said = {
            "separator": separator, "quote": quote, "decimal": decimal, "encoding": encoding, "header": header,
            "skip": skip, "footer": footer,
        }  # fmt: skip
        self.told = {name: value for name, value in said.items() if value is not None}
        packed = extension(path.name) not in SEPARATORS
        self._form = find_form(lambda: open_packed(path), self.place, expected, self.told, not packed)
        self.written = str(self._form)
        layout = self._form.layout
        for text in layout.notes:
            self.note(text)
        cells = {name: [row[at] for row in layout.rows[:_SEEN]] for at, name in enumerate(layout.names)}
        self._folders = find_folders(cells, path.parent)
        self._splits = [name for name in cells if meaning_of(name, cells[name]) == "split"]
        self._fields = [
            self._field(name, cells[name], mark) for name, mark in zip(cells, self._form.decimals, strict=True)
        ]
        self.things = "pictures" if self._folders else "rows"
        self._ragged_are_told = False

    @classmethod
    def opens(cls, data: Any, **told: Any) -> Source | None:
        """A file that ends in .csv, .tsv or .tab, perhaps with .gz, .bz2, .xz or .zst behind. told: the settings."""
        if not isinstance(data, str | Path) or not Path(data).is_file():
            return None
        expected = SEPARATORS.get("." + extension(str(data)).lstrip(".").split(".")[0])
        return cls(Path(data), expected, **told) if expected else None

    def _field(self, name: str, cells: Sequence[str], mark: str | None) -> Field:
        if name in self._folders:
            return Field(name, FILE)
        known = {"likely_decimal" if self._form.guessed else "decimal": mark} if mark else {}
        return Field(name, pa.string(), meaning_of(name, cells), known)

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for batch in self._text([field.name for field in self.chosen(columns)]):
            yield from open_files(name_splits(batch, self._splits), self._folders, self.tell)

    def _text(self, names: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The named columns as they are written, in blocks; what was wrong is told at the end of a whole pass."""
        ragged: list[Ragged] = []
        rows = 0
        try:
            with open_packed(self._path) as raw:
                stream = Utf8(raw, self._form.encoding, self.place)
                for batch in parse(stream, self._form, names, ragged):
                    rows += batch.num_rows
                    yield batch
            self._tell_lines(stream, rows, ragged)
        except BROKEN as error:
            raise DataError(f"{self.place}: cannot be read ({error}).") from error
        if not rows:
            raise DataError(f"{self.place}: no row has the {self._form.layout.width} cells of the header.")

    def _tell_lines(self, stream: Utf8, rows: int, ragged: list[Ragged]) -> None:
        """Name the rows that have too few or too many cells by their line in the file; say what was not UTF-8."""
        if stream.recoded:
            lines = "1 line is" if stream.recoded == 1 else f"{stream.recoded:,} lines are"
            self.note(f"{lines} not UTF-8 and {'was' if stream.recoded == 1 else 'were'} read as Windows-1252")
        if not ragged or self._ragged_are_told:
            return
        layout, last = self._form.layout, stream.lines - self._form.below
        if rows + self._form.spare + len(ragged) + layout.above != stream.lines:
            with open_packed(self._path) as raw:
                ragged = find_ragged(Utf8(raw, self._form.encoding, self.place), self._form)
        for row in ragged:
            if row.line <= last:
                cells = f"{how_many(row.cells, 'cells')}, not {layout.width}"
                text = f"line {row.line:,} has {cells}: skipped"
                self.tell(Problem(f"{self._path.name}:{row.line}", text, "ragged"))
        self._ragged_are_told = True

    def fingerprint(self) -> str:
        named = self._folders.items()
        cells = [(batch.column(0).to_pylist(), at) for name, at in named for batch in self._text([name])]
        form, layout = self._form, self._form.layout
        written = (form.encoding, form.dialect, form.below, form.decimals, layout.names, layout.above)
        return digest("table", stamp(self._path), written, [stamps(paths, folder) for paths, folder in cells])
