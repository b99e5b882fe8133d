"""What every source is: a place where raw rows lie, read in order, a part at a time."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, SupportsInt

import pyarrow as pa

from fromraw.sources.answered import Answered

FILE = pa.struct([("path", pa.string()), ("bytes", pa.binary())])
"""How a cell that is a file travels: its name, and its contents (null where the file is missing)."""
MISSING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))
"""Texts that stand for a missing cell, in lower case."""


@dataclass(frozen=True)
class Field:
    """What a source knows of a column for certain. meaning: why it can be the output or the split, if it is.

    known: what else is certain, by name. Of arrays: `shape` and `dtype`. Of numbers: `named`, where these only name
    categories, as in a Categorical of pandas. Of texts in a text table: `decimal`, the mark
    "," or "." before the fraction of this column's numbers (the other one, where it stands, parts thousands: with ","
    "1.234,56" is 1234.56). It is found from this column's own cells where they leave no doubt, else from the whole
    table's; it is missing where nothing tells, and numbers are then read as computers write them. `likely_decimal`: the
    same, where only the separator of the cells speaks for it: it is believed, and the doubt is told.
    """

    name: str
    type: pa.DataType
    meaning: Literal["", "class", "label", "split"] = ""
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Problem:
    """A row or file that could not be read as it should. row: its number in the source, where it is known."""

    where: str
    text: str
    kind: str = "unreadable"
    row: int | None = None

    @classmethod
    def of_row(cls, row: SupportsInt, text: str, kind: str = "unreadable", name: str = "") -> "Problem":
        """Of a row by its number from 0, which is written counting from 1; name: of its file, in brackets."""
        number = int(row)
        return cls(f"row {number + 1:,}{name}", text, kind, number)


class Source(ABC):
    """Raw cells. Nothing is held in memory, and nothing assumes that one can jump about in a compressed stream."""

    room = "sources"
    place: str
    """What a person calls it: a path, `example:digits`, 'a frame'."""
    things: str = "rows"
    """What a row is called: pictures, series, rows."""
    written: str = ""
    """How it is written, in a few words, where that had to be found: what parts cells, the encoding, the header."""
    told: Mapping[str, Any] = MappingProxyType({})
    """What a person said of how it is written (`--read`), where it is such a source."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.notes: list[str] = []
        self._told: set[Problem | str] = set()

    def tell(self, problem: Problem) -> None:
        """Keep a problem, once, however often its part is read."""
        if problem not in self._told:
            self._told.add(problem)
            self.problems.append(problem)

    def note(self, text: str) -> None:
        """Keep a remark on the whole source, once."""
        if text not in self._told:
            self._told.add(text)
            self.notes.append(text)

    def chosen(self, columns: Sequence[str] | None) -> list[Field]:
        """The fields of these columns (None: all), in the source's own order, which `read` keeps too."""
        return [f for f in self.fields if columns is None or f.name in columns]

    @classmethod
    @abstractmethod
    def opens(cls, data: Any) -> "Source | None":
        """The source for this path or object; None where it is another's to open. DataError where it is broken."""

    @property
    @abstractmethod
    def fields(self) -> Sequence[Field]:
        """The columns, in order."""

    @abstractmethod
    def parts(self) -> Sequence[str]:
        """Names of what is read one at a time: files, row groups, members; in order."""

    @abstractmethod
    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """A part's rows in order, with these columns (left out: all), in the order of `fields`. The same each time."""

    @abstractmethod
    def fingerprint(self) -> str:
        """A digest that changes when the data do: of names, sizes, times, and contents where these do not tell."""

    def give_back(self, pieces: Iterable[Answered]) -> Any:
        """All rows with their answers, given piece by piece, in the form that the rows came in: of a path, a table."""
        return pa.concat_tables([piece.table for piece in pieces], promote_options="permissive")

    def batches(self, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        """All rows in order."""
        for part in self.parts():
            yield from self.read(part, columns)

    def peek(self, rows: Sequence[int], columns: Sequence[str] | None = None) -> pa.Table:
        """The given rows, in ascending order; possibly slow."""
        wanted, found, start = sorted(rows), [], 0
        for batch in self.batches(columns):
            here = [row - start for row in wanted if start <= row < start + batch.num_rows]
            if here:
                found.append(batch.take(pa.array(here)))
            start += batch.num_rows
            if not wanted or start > wanted[-1]:
                break
        return pa.Table.from_batches(found) if found else self.head(0, columns)

    def head(self, rows: int, columns: Sequence[str] | None = None) -> pa.Table:
        """The first rows."""
        schema = pa.schema([(f.name, f.type) for f in self.chosen(columns)])
        found: list[pa.RecordBatch] = []
        short = rows
        for batch in self.batches(columns) if rows else ():
            found.append(batch)
            short -= batch.num_rows
            if short <= 0:
                break
        return pa.Table.from_batches(found, schema).slice(0, rows)


class OneFile(Source):
    """A source that is one file, and one part where it does not say otherwise; its constructor sets `_fields`."""

    _fields: Sequence[Field]

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.place = str(path)
        self._path = path

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return [self._path.name]


def stamp(path: Path) -> tuple[str, int, int]:
    """A file's name, size and time of change, for fingerprints."""
    stat = path.stat()
    return path.name, stat.st_size, stat.st_mtime_ns


def digest(*facts: Any) -> str:
    """A short name for any printable facts, the same on every machine."""
    return blake2b(repr(facts).encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()
