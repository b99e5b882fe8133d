"""Reading a tar from its beginning to its end, never back: names and contents of its plain files.

Python's own tarfile takes 150 microseconds a member, which is 9 seconds for 60,000 small pictures; what is needed here,
POSIX 1003.1's header with pax records and GNU's long names, is small.
"""

from collections.abc import Callable, Iterator
from io import BufferedReader
from typing import Any

_BLOCK = 512
_SKIP = 1 << 20
_FILES = (b"0", b"\0", b"7")


def tar_files(raw: Any, wanted: Callable[[int, str, int], bool]) -> Iterator[tuple[str, int, bytes | None]]:
    """Name, size and contents (None where not wanted) of each plain file; wanted: of its number, name and size.

    EOFError where the stream ends inside a file, OSError where it is no tar.
    """
    stream = BufferedReader(raw, _SKIP)
    number = 0
    longer: dict[str, Any] = {}
    while header := _header(stream):
        kind, size = header[156:157], longer.get("size") or _number(header[124:136])
        if kind in (b"x", b"L"):
            longer |= _longer(kind, _take(stream, size))
            continue
        name = longer.get("path") or _name(header)
        is_file = kind in _FILES and not name.endswith("/")
        contents = None
        if is_file and wanted(number, name, size):
            contents = _take(stream, size)
        else:
            _pass_over(stream, size)
        if is_file:
            yield name, size, contents
            number += 1
        if kind != b"g":
            longer = {}


def _header(stream: BufferedReader) -> bytes:
    """The next header; empty at the end, which two blocks of zeros mark, or nothing at all."""
    block = stream.read(_BLOCK)
    if not block or not block.strip(b"\0"):
        return b""
    if len(block) < _BLOCK:
        raise EOFError("it ends inside a header")
    if sum(block) - sum(block[148:156]) + 256 != _number(block[148:156]):
        raise OSError("no tar header where one should be")
    return block


def _number(digits: bytes) -> int:
    """Octal, or GNU's binary form for large files."""
    if digits[0] & 128:
        return int.from_bytes(digits[1:], "big")
    try:
        return int(digits.split(b"\0")[0].strip() or b"0", 8)
    except ValueError as error:
        raise OSError("no tar header where one should be") from error


def _name(header: bytes) -> str:
    name, prefix = header[:100].split(b"\0")[0], header[345:500].split(b"\0")[0]
    whole = prefix + b"/" + name if prefix and header[257:263] == b"ustar\0" else name
    return whole.decode("utf-8", "replace")


def _longer(kind: bytes, block: bytes) -> dict[str, Any]:
    """What a header of its own says of the next file: its path or size."""
    if kind == b"L":
        return {"path": block.split(b"\0")[0].decode("utf-8", "replace")}
    found: dict[str, Any] = {}
    while block.strip(b"\0"):
        length = int(block.split(b" ", 1)[0])
        key, value = block[:length].split(b" ", 1)[1].rstrip(b"\n").split(b"=", 1)
        if key in (b"path", b"size"):
            found[key.decode()] = int(value) if key == b"size" else value.decode("utf-8", "replace")
        block = block[length:]
    return found


def _take(stream: BufferedReader, size: int) -> bytes:
    block = stream.read(size + -size % _BLOCK)
    if len(block) < size:
        raise EOFError("it ends inside a file")
    return block[:size]


def _pass_over(stream: BufferedReader, size: int) -> None:
    left = size + -size % _BLOCK
    while left > 0:
        block = stream.read(min(left, _SKIP))
        if not block:
            raise EOFError("it ends inside a file")
        left -= len(block)
