"""numpy's `.npz`: named arrays, `x` and `y`, or with splits in the names, `x_train`, `train_images`.

Each array is read row by row out of its member. Arrays of Python objects are refused: they are pickles.
"""

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import Source, digest, stamp
from fromraw.sources.idx import read_rows
from fromraw.sources.stacks import Stack, Stacks, by_split, slices

_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError)
_HEADS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}


@part("npz")
class Npz(Stacks):
    """path: of the file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with zipfile.ZipFile(path) as file:
                names = [name for name in file.namelist() if name.endswith(".npy")]
                heads = {name.removesuffix(".npy"): _head(file, name, path) for name in names}
        except _BROKEN as error:
            raise DataError(f"{path}: not a whole .npz file ({error}).") from error
        super().__init__(str(path), *by_split({n: self._stack(n, *head) for n, head in heads.items()}, str(path)))

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .npz."""
        is_npz = isinstance(data, str | Path) and Path(data).suffix.lower() == ".npz" and Path(data).is_file()
        return cls(Path(data)) if is_npz else None

    def _stack(self, name: str, shape: tuple[int, ...], fortran: bool, dtype: np.dtype) -> Stack:
        def blocks(rows: int) -> Iterator[np.ndarray]:
            try:
                with zipfile.ZipFile(self._path) as file, file.open(f"{name}.npy") as member:
                    _read_head(member)
                    if not fortran:
                        yield from read_rows(member, shape, dtype, rows, f"{self._path}, {name}")
                        return
                    yield from slices(np.frombuffer(member.read(), dtype).reshape(shape, order="F"), rows)
            except _BROKEN as error:
                raise DataError(f"{self._path}: {name} cannot be read ({error}).") from error

        return Stack(shape, dtype, blocks)

    def fingerprint(self) -> str:
        return digest("npz", stamp(self._path))


def _head(file: zipfile.ZipFile, name: str, place: Path) -> tuple[tuple[int, ...], bool, np.dtype]:
    """Shape, order and type of a member; DataError where its cells are Python's objects."""
    with file.open(name) as member:
        shape, fortran, dtype = _read_head(member)
    if dtype.hasobject:
        what = f"{place}: {name.removesuffix('.npy')} holds Python objects"
        raise DataError(f"{what}, which are never unpickled; save plain numbers or texts.")
    return shape, fortran and len(shape) > 1, dtype


def _read_head(member: Any) -> tuple[tuple[int, ...], bool, np.dtype]:
    version = npy.read_magic(member)
    if version not in _HEADS:
        raise ValueError(f"version {version} of the format")
    return _HEADS[version](member)
