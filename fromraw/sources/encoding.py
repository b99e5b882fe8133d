"""What a text file's bytes say: its encoding and newline, found from the first block; the whole as lines of UTF-8."""

import codecs
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fromraw.errors import DataError, UsageError

BLOCK = 1 << 20
_LONGEST = 256
"""Blocks that a line may be long."""
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
_FORMS = (
    (b"PK\x03\x04", "a zip archive or a spreadsheet"), (b"\xd0\xcf\x11\xe0", "an old spreadsheet"),
    (b"PAR1", "Parquet"), (b"\x1f\x8b", "packed by gzip"), (b"BZh", "packed by bzip2"),
    (b"\xfd7zXZ", "packed by xz"), (b"\x28\xb5\x2f\xfd", "packed by Zstandard"), (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"), (b"%PDF", "a PDF"), (b"SQLite format 3", "an SQLite database"),
)  # fmt: skip
"""What is often called .csv and is none."""
_NAMES = {"cp1252": "Windows-1252", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16"}


@dataclass(frozen=True)
class Encoding:
    """name: of Python's codec; newline: what ends a line; mark: bytes at the beginning that are no text."""

    name: str
    newline: str = "\n"
    mark: int = 0

    def __str__(self) -> str:
        """As people call it."""
        return _NAMES.get(self.name, self.name.upper())


def find_encoding(head: bytes, place: str, told: str = "") -> Encoding:
    """The encoding of a file that begins so. told: what a person says that it is.

    Without a byte-order mark: UTF-8 where most lines beyond ASCII are, UTF-16 where every other byte is zero, else
    Windows-1252. DataError where it is no text; UsageError where there is no encoding of that name.
    """
    for begin, form in _FORMS:
        if head.startswith(begin):
            raise DataError(f"{place}: its bytes are {form}, not a text table; give it the ending of its kind.")
    mark = next(((len(m), name) for m, name in _MARKS if head.startswith(m)), None)
    if told:
        name, length = _codec(told), mark[0] if mark and mark[1] == _codec(told) == "utf-8" else 0
    elif mark:
        name, length = mark[1], mark[0] if mark[1] == "utf-8" else 0  # the others' codecs read their own marks
    else:
        name, length = _without_mark(head, place), 0
    text = codecs.getincrementaldecoder(name)("replace").decode(head)
    return Encoding(name, "\r" if "\r" in text and "\n" not in text.rstrip("\r\n") else "\n", length)


def _codec(told: str) -> str:
    try:
        found = codecs.lookup(told)
        "".encode(found.name)
    except LookupError:
        hint = "utf-8, utf-16, cp1252, cp1251, latin-1, shift_jis and what else Python knows"
        raise UsageError(f'--read encoding={told}: no encoding "{told}"; there are {hint}.') from None
    return found.name


def _without_mark(head: bytes, place: str) -> str:
    zeros = head[::2].count(0), head[1::2].count(0)
    if max(zeros) > len(head) / 8 and min(zeros) < max(zeros) / 8:
        return "utf-16-le" if zeros[1] > zeros[0] else "utf-16-be"
    if sum(head.count(byte) for byte in range(9)) > max(8, len(head) / 100):
        raise DataError(f"{place}: its bytes are not text, so it is no text table; give it the ending of its kind.")
    lines = [line for line in head.splitlines() if not line.isascii()]
    lines = lines[:-1] if len(lines) > 1 else lines  # the last one may be cut
    wrong = sum(not _is_utf8(line) for line in lines)
    return "cp1252" if wrong > len(lines) / 2 else "utf-8"


def _is_utf8(line: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(line)  # a character that is cut at the end is no fault
        return True
    except UnicodeDecodeError:
        return False


class Utf8:
    """A stream as UTF-8, in blocks of whole lines that end in newlines. `lines` counts what has gone through; a stray
    line that is not UTF-8 in a file that is, is read as Windows-1252, and `recoded` counts it.

    DataError where bytes are not of the encoding, or are NUL.
    """

    closed = False

    def __init__(self, raw: Any, encoding: Encoding, place: str) -> None:
        self.lines = 0
        self.recoded = 0
        self._encoding = encoding
        self._place = place
        self._blocks = self._whole_lines(self._as_utf8(raw))
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

    def __iter__(self) -> Iterator[str]:
        """Lines as texts, with their ends."""
        for block in self._blocks:
            yield from io.StringIO(block.decode(), newline="")

    def _as_utf8(self, raw: Any) -> Iterator[bytes]:
        raw.read(self._encoding.mark)
        if self._encoding.name == "utf-8":
            yield from iter(lambda: raw.read(BLOCK), b"")
            return
        decoder = codecs.getincrementaldecoder(self._encoding.name)()
        try:
            while block := raw.read(BLOCK):
                yield decoder.decode(block).encode()
            yield decoder.decode(b"", final=True).encode()
        except UnicodeError as error:
            what = f"after line {self.lines:,} there are bytes that are not {self._encoding}"
            raise DataError(f"{self._place}: {what}; --read encoding=NAME says what it is.") from error

    def _whole_lines(self, blocks: Iterator[bytes]) -> Iterator[bytes]:
        kept: list[bytes] = []
        for block in blocks:
            block = block.replace(b"\r", b"\n") if self._encoding.newline == "\r" else block
            cut = block.rfind(b"\n") + 1
            if cut:
                yield self._checked(b"".join([*kept, block[:cut]]))
                kept = []
            kept.append(block[cut:])
            if len(kept) > _LONGEST:
                raise DataError(f"{self._place}: line {self.lines + 1:,} is longer than 256 MiB; it is no text table.")
        if last := b"".join(kept):
            yield self._checked(last)

    def _checked(self, block: bytes) -> bytes:
        if b"\0" in block:
            line = self.lines + block[: block.index(b"\0")].count(b"\n") + 1
            raise DataError(f"{self._place}: line {line:,} holds a NUL byte; fetch it again, or delete what is broken.")
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
