"""A folder of idx files, as LeCun, Cortes and Burges published MNIST: big-endian arrays, pictures and labels apart.

Magic number: two zero bytes, the type of a value, the number of dimensions; then each dimension as 32 bits.
"""

import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import Source, digest, stamp
from fromraw.sources.naming import is_junk, passed_over, split_of
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.stacks import Group, Stack, Stacks

_TYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
_NAME = re.compile(r"(?P<set>.*?)[-_.]?(?P<what>images?|labels?|patches)[-_.]idx\d(-\w+)?(\.(gz|bz2|xz|zst))?$", re.I)
_FIELDS = {"image": "image", "label": "label", "patche": "image"}


@dataclass(frozen=True)
class _File:
    path: Path
    set: str
    split: str
    field: str


@part("idx")
class Idx(Stacks):
    """A folder of idx files."""

    def __init__(self, folder: Path, files: Sequence[_File]) -> None:
        place = f"{str(folder).rstrip('/')}/"
        sets = sorted({file.set for file in files})
        if len(sets) > 1:
            raise DataError(f"{place}: {len(sets)} data sets ({', '.join(sets)}); give each a folder of its own.")
        known = {file.path.name for file in files}
        others = (p.name for p in sorted(folder.iterdir()) if p.is_file() and p.name not in known)
        super().__init__(place, _grouped(files), passed_over(name for name in others if not is_junk(name)))
        self._files = files

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A folder with files such as train-images-idx3-ubyte.gz in it."""
        if not isinstance(data, str | Path) or not Path(data).is_dir():
            return None
        files = [found for path in sorted(Path(data).iterdir()) if (found := _named(path))]
        return cls(Path(data), files) if files else None

    def fingerprint(self) -> str:
        return digest("idx", [stamp(file.path) for file in self._files])


def _named(path: Path) -> _File | None:
    match = _NAME.match(path.name)
    if not match or not path.is_file():
        return None
    words = [word for word in re.split(r"[-_.]", match["set"]) if word]
    split = split_of(words[-1]) if words else None
    words = words[:-1] if split else words
    return _File(path, "-".join(words), split or "", _FIELDS[match["what"].lower().removesuffix("s")])


def _grouped(files: Sequence[_File]) -> dict[str, Group]:
    groups: dict[str, dict[str, Stack]] = {}
    for file in files:
        groups.setdefault(file.split, {})[file.field] = _stack(file.path)
    for group in groups.values():
        if len({len(stack) for stack in group.values()}) > 1:
            lengths = " and ".join(f"{len(stack):,} {field}s" for field, stack in group.items())
            raise DataError(f"{files[0].path.parent}/: {lengths} do not go together.")
    return {split: groups[split] for split in ("", "train", "valid", "test") if split in groups}


def _stack(path: Path) -> Stack:
    """The array of a file, whose size is checked at once where it is not packed."""
    try:
        with open_packed(path) as file:
            shape, dtype = _head(file, path)
    except BROKEN as error:
        raise DataError(f"{path}: cannot be read ({error}).") from error
    size = 4 + 4 * len(shape) + int(np.prod(shape)) * dtype.itemsize
    if path.suffix.lower() not in (".gz", ".bz2", ".xz", ".zst") and path.stat().st_size != size:
        raise DataError(f"{path}: {path.stat().st_size:,} bytes where its head promises {size:,}; fetch it again.")
    return Stack(shape, dtype, lambda rows: _blocks(path, rows))


def _head(file: Any, path: Path) -> tuple[tuple[int, ...], np.dtype]:
    magic = file.read(4)
    if len(magic) < 4 or magic[:2] != b"\0\0" or magic[2] not in _TYPES or not magic[3]:
        raise DataError(f"{path}: not an idx file, its first bytes are {magic.hex(' ')}.")
    sizes = file.read(4 * magic[3])
    if len(sizes) < 4 * magic[3]:
        raise DataError(f"{path}: ends in its head; fetch it again.")
    return struct.unpack(f">{magic[3]}I", sizes), np.dtype(_TYPES[magic[2]])


def _blocks(path: Path, rows: int) -> Iterator[np.ndarray]:
    try:
        with open_packed(path) as file:
            shape, dtype = _head(file, path)
            yield from read_rows(file, shape, dtype, rows, str(path))
    except BROKEN as error:
        raise DataError(f"{path}: cannot be read ({error}).") from error


def read_rows(file: Any, shape: tuple[int, ...], dtype: np.dtype, rows: int, place: str) -> Iterator[np.ndarray]:
    """The rows of an array that lies row by row in a stream, in blocks. DataError where the stream ends too early."""
    row_bytes = int(np.prod(shape[1:])) * dtype.itemsize
    for start in range(0, shape[0], rows):
        count = min(rows, shape[0] - start)
        block = file.read(count * row_bytes)
        if len(block) < count * row_bytes:
            raise DataError(
                f"{place}: ends after {start + len(block) // row_bytes:,} of {shape[0]:,} rows; fetch it again."
            )
        yield np.frombuffer(block, dtype).reshape(count, *shape[1:])
