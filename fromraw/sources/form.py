"""How a text table is written, found once, when it is opened, from its first MiB and its last lines."""

from collections import deque
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from io import SEEK_END, StringIO
from itertools import islice
from typing import IO, Any

from fromraw.errors import DataError, UsageError
from fromraw.how_many import how_many
from fromraw.sources.cells import Mark, find_marks
from fromraw.sources.dialect import WORDS, Dialect, find_dialect
from fromraw.sources.encoding import BLOCK, Encoding, Utf8, find_encoding
from fromraw.sources.layout import Layout, find_footer, find_layout, seen
from fromraw.sources.packed import BROKEN

_HEAD = 1 << 20
"""Characters that are looked at."""
_TAIL = 1 << 16
"""Bytes at the end that are looked at."""
_RECORDS = 1000
_HINT = "sep="
"""Begins the first line of a file that tells spreadsheets its separator."""
_QUOTES = {"double": '"', "single": "'", "none": ""}
_QUOTED = {"'": "single quotes", "": "quotes are letters"}
_MARKS: dict[str, Mark] = {"comma": ",", "point": "."}

Opener = Callable[[], AbstractContextManager[IO[bytes]]]


@dataclass(frozen=True)
class Form:
    """below: lines at the end that are no rows; spare: how many of them are as wide as one; decimal: the whole table's
    mark before a fraction, where anything tells; decimals: each column's; guessed: by the separator alone."""

    encoding: Encoding
    dialect: Dialect
    layout: Layout
    below: int
    spare: int
    decimal: Mark | None
    decimals: tuple[Mark | None, ...]
    guessed: bool = False

    def __str__(self) -> str:
        """In words, as `describe` says it."""
        separator = {"\t": "tabs", " ": "blanks"}.get(self.dialect.separator, f'"{self.dialect.separator}"')
        said = [
            f"Cells parted by {separator}" if self.layout.width > 1 else "One cell a line",
            ("perhaps a " if self.guessed else "") + "decimal comma" if self.decimal == "," else "",
            _QUOTED.get(self.dialect.quote, ""),
            f"quotes escaped by {self.dialect.escape}" if self.dialect.escape else "",
            str(self.encoding) if self.encoding.name != "utf-8" else "",
        ]
        return f"{', '.join(filter(None, said))}; {self._where()}"

    def _where(self) -> str:
        """Where the header is, and what is left out above and below the table."""
        header, below = self.layout.header, self.below
        above = min(header) - 1 if header else self.layout.above
        place = f"{header[0]:,}" if len(header) == 1 else f"{header[0]:,} to {header[-1]:,}" if header else ""
        words = f"header in line{'s' if len(header) > 1 else ''} {place}" if header else "no header"
        if not above and not below:
            return words
        sides = [f"{_lines(above)} above"] if above else []
        sides += [f"{_lines(below)} below"] if below else []
        return f"{words}; {' and '.join(sides)} it left out"


def _lines(count: int) -> str:
    return how_many(count, "lines")


def find_form(open_file: Opener, place: str, expected: str, told: Mapping[str, Any], seekable: bool) -> Form:
    """The form of a file. expected: the separator that its ending promises; told: the settings of `table` that a person
    said; seekable: its end is reached without reading all of it.

    DataError where it is no text table, or cannot be read; UsageError where what was told does not fit.
    """
    for name in ("header", "skip", "footer"):
        if isinstance(told.get(name), int) and told[name] < 0:
            raise UsageError(f"--read {name}={told[name]}: it is a number of lines, from 0 on.")
    try:
        with open_file() as raw:
            encoding = find_encoding(raw.read(BLOCK), place, told.get("encoding") or "")
        lines, whole = _first_lines(open_file, encoding, place)
        last = lines if whole else _last_lines(open_file, encoding, place, seekable)
    except BROKEN as error:
        raise DataError(f"{place}: cannot be read ({error}).") from error
    hint = _take_hint(lines)
    skip = told.get("skip") or 0
    separator = _separator(told.get("separator")) or hint
    dialect = find_dialect(lines[skip:], expected, separator, _QUOTES.get(told.get("quote") or ""))
    records = list(islice(dialect.records(lines[skip:], skip + 1), _RECORDS))
    whole = whole and len(records) < _RECORDS
    headers = 0 if told.get("header") == "none" else told.get("header")
    layout = find_layout(records, place, whole, headers, told.get("skip"))
    below, spare = find_footer(last[layout.above :] if last is lines else last, layout, dialect, told.get("footer"))
    rows = layout.rows[: len(layout.rows) - spare] if whole else layout.rows
    if not rows:
        raise DataError(f"{place}: no row between its header and what stands below; --read footer=0?")
    some = rows[:: 1 + len(rows) // seen(layout.width)]
    decimal, decimals, guessed = find_marks(list(zip(*some, strict=True)), dialect.separator == ";")
    if mark := _MARKS.get(told.get("decimal") or ""):
        decimal, decimals, guessed = mark, [mark] * len(decimals), False
    return Form(encoding, dialect, layout, below, spare, decimal, tuple(decimals), guessed)


def _first_lines(open_file: Opener, encoding: Encoding, place: str) -> tuple[list[str], bool]:
    """The first lines, and whether they are all. DataError where there is nothing in them."""
    with open_file() as raw:
        stream, text = Utf8(raw, encoding, place), ""
        while len(text) < _HEAD and (block := stream.read()):
            text += block.decode()
    if not text.strip():
        raise DataError(f"{place}: an empty file.")
    lines = list(StringIO(text, newline=""))
    return (lines, True) if not block else (lines[:-1] or lines, False)


def _last_lines(open_file: Opener, encoding: Encoding, place: str, seekable: bool) -> list[str]:
    """The last lines; what is packed, and UTF-16, is read from its beginning on."""
    with open_file() as raw:
        if seekable and not encoding.name.startswith(("utf-16", "utf-32")):
            raw.seek(-_TAIL, SEEK_END)
            text = raw.read().decode(encoding.name, "replace")
            text = text.replace("\r", "\n") if encoding.newline == "\r" else text
        else:
            text = "".join(block.decode() for block in deque(iter(Utf8(raw, encoding, place).read, b""), 2))
    return list(StringIO(text, newline=""))[1:]


def _take_hint(lines: list[str]) -> str | None:
    """The separator that a first line `sep=;` tells; the line is blanked."""
    hint = lines[0].strip("\r\n").removeprefix(_HINT)
    if len(hint) != 1 or not lines[0].startswith(_HINT):
        return None
    lines[0] = "\n"
    return hint


def _separator(told: str | None) -> str | None:
    named = {name: mark for mark, name in WORDS.items()}
    if told is None or len(told) == 1 or told in named:
        return named.get(told or "", told)
    raise UsageError(f"--read separator={told}: it is one character, or {', '.join(named)}.")
