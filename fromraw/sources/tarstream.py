"""Reading a tar from its beginning to its end, never back: names and contents of its plain files.

Python's own tarfile takes 150 microseconds a member, which is 9 seconds for 60,000 small pictures; what is needed here,
POSIX 1003.1's header with pax records and GNU's long names, is small.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

_BLOCK = 512
_RECORD = re.compile(rb"(\d{1,9}) ")
_SKIP = 1 << 20
_FILES = (b"0", b"\0", b"7")


def tar_files(stream: Any, wanted: Callable[[int, str, int], bool]) -> Iterator[tuple[str, int, bytes | None]]:
    """Name, size and contents (None where not wanted) of each plain file; wanted: of its number, name and size.

    EOFError where the stream ends inside a file, OSError where it is no tar.
    """
    number = 0
    longer: dict[str, Any] = {}
    while header := _header(stream):
        kind, size = header[156:157], longer.get("size") or _number(header[124:136])
        if kind in (b"x", b"L"):
            if size > _SKIP:
                raise OSError("a name longer than 1 MiB")
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


def _header(stream: Any) -> bytes:
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
    while match := _RECORD.match(block):
        length = int(match[1])
        key, _, value = block[match.end() : length - 1].partition(b"=")
        if key == b"path":
            found["path"] = value.decode("utf-8", "replace")
        elif key == b"size" and value.isdigit():
            found["size"] = int(value)
        block = block[max(length, match.end()) :]
    return found


def _take(stream: Any, size: int) -> bytes:
    block = stream.read(size + -size % _BLOCK)
    if len(block) < size:
        raise EOFError("it ends inside a file")
    return block[:size]


def _pass_over(stream: Any, size: int) -> None:
    left = size + -size % _BLOCK
    while left > 0:
        block = stream.read(min(left, _SKIP))
        if not block:
            raise EOFError("it ends inside a file")
        left -= len(block)
