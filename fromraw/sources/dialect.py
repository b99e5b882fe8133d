"""How a text table is written: what parts its cells, whether quotes mean anything, and what its columns are called.

Judged by the first lines alone, by counting.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from fromraw.errors import DataError
from fromraw.sources.naming import unique

_WORDS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}
_BLOCK = 1 << 20
HEAD = 1 << 20
"""Bytes that are looked at."""
_LINES = 200


@dataclass(frozen=True)
class Dialect:
    """names: of the columns; header_lines: above the rows; rows: the first ones, as texts; notes: for a person."""

    delimiter: str
    quoted: bool
    names: tuple[str, ...]
    header_lines: int
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    def records(self, lines: Iterator[str]) -> Iterator[tuple[int, list[str]]]:
        """Each record with the number of the line that it begins on."""
        reader = _reader(lines, self.delimiter, self.quoted)
        start = 1
        for record in reader:
            yield start, record
            start = reader.line_num + 1


def read_dialect(head: str, default: str, place: str, whole: bool) -> Dialect:
    """What the first lines say. default: what the file's ending makes us expect; whole: head is all there is."""
    if not head.strip():
        raise DataError(f"{place}: an empty file.")
    lines = list(io.StringIO(head, newline=""))
    lines = lines if whole or len(lines) < 2 else lines[:-1]
    skipped = next(at for at, line in enumerate(lines) if line.strip())
    lines = lines[skipped:]
    delimiter = _delimiter(lines, default)
    quoted = delimiter != "\t" or _quotes_in_pairs(lines, delimiter)
    reader = _reader(iter(lines), delimiter, quoted)
    names, notes = unique(next(reader))
    header_lines = skipped + reader.line_num
    rows = tuple(tuple(row) for row, _ in zip(reader, range(_LINES), strict=False) if len(row) == len(names))
    if whole and reader.line_num == len(lines) and not rows:
        raise DataError(f"{place}: a header of {len(names)} columns and no row that fits it.")
    if delimiter != default:
        notes.insert(0, f"cells are parted by {_WORDS[delimiter]}, not by {_WORDS[default]}")
    return Dialect(delimiter, quoted, tuple(names), header_lines, rows, tuple(notes))


def _reader(lines: Iterator[str], delimiter: str, quoted: bool) -> "csv._reader":  # type: ignore[name-defined]
    csv.field_size_limit(1 << 30)
    return csv.reader(lines, delimiter=delimiter, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE)


def _delimiter(lines: Sequence[str], default: str) -> str:
    """The expected one, unless the header lacks it and every first line has another equally often."""
    first = [line for line in lines[:10] if line.strip()]
    if default in first[0]:
        return default
    for other in _WORDS:
        counts = {line.count(other) for line in first}
        if len(counts) == 1 and counts != {0}:
            return other
    return default


def _quotes_in_pairs(lines: Sequence[str], delimiter: str) -> bool:
    """In tables parted by tabs a quote is often a letter like others; it is none where in each line as many cells begin
    as end with it."""
    for line in lines[:_LINES]:
        cells = line.rstrip("\r\n").split(delimiter)
        begun = [cell.startswith('"') for cell in cells]
        ended = [cell.endswith('"') and cell != '"' for cell in cells]
        if sum(begun) != sum(ended):
            return False
    return True


class Utf8:
    """A stream of lines as UTF-8, in blocks: a byte-order mark is dropped, lines that are not UTF-8 are read as
    Windows-1252, as old spreadsheets write them. `lines` counts what has gone through, `recoded` what was not UTF-8."""

    closed = False

    def __init__(self, raw: Any, place: str) -> None:
        self.lines = 0
        self.recoded = 0
        self._place = place
        self._blocks = self._decoded(raw)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, and never more: Arrow copies them into a buffer of that size."""
        if not self._left:
            self._left = memoryview(next(self._blocks, b""))
        out = self._left if size < 0 else self._left[:size]
        self._left = self._left[len(out) :]
        return bytes(out)

    def _decoded(self, raw: Any) -> Iterator[bytes]:
        rest = raw.read(3)
        if rest[:2] in (b"\xff\xfe", b"\xfe\xff"):
            raise DataError(f"{self._place}: written as UTF-16; save it as UTF-8.")
        rest = b"" if rest == b"\xef\xbb\xbf" else rest
        while block := raw.read(_BLOCK):
            cut = block.rfind(b"\n") + 1
            if not cut:
                rest += block
                continue
            yield self._checked(rest + block[:cut])
            rest = block[cut:]
        if rest:
            yield self._checked(rest)

    def _checked(self, block: bytes) -> bytes:
        self.lines += block.count(b"\n") + (not block.endswith(b"\n"))
        try:
            block.decode()
            return block
        except UnicodeDecodeError:
            return b"".join(self._recode(line) for line in block.splitlines(keepends=True))

    def _recode(self, line: bytes) -> bytes:
        try:
            line.decode()
            return line
        except UnicodeDecodeError:
            self.recoded += 1
            return line.decode("cp1252", "replace").encode()
