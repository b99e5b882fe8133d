"""Packed files as streams of what is in them, told by their endings: gzip, bzip2, xz and Zstandard."""

import bz2
import gzip
import lzma
import zlib
from pathlib import Path
from typing import Any

import pyarrow as pa

_OPENERS: dict[str, Any] = {
    ".gz": gzip.open, ".tgz": gzip.open, ".bz2": bz2.open, ".tbz2": bz2.open, ".xz": lzma.open, ".txz": lzma.open,
    ".zst": lambda path, _: pa.input_stream(path, compression="zstd"),
}  # fmt: skip
BROKEN = (OSError, EOFError, zlib.error, lzma.LZMAError, pa.ArrowInvalid)
"""What reading a damaged file raises."""


def open_packed(path: Path) -> Any:
    """A file's bytes, unpacked where its name says that it is packed."""
    return _OPENERS.get(path.suffix.lower(), open)(path, "rb")
