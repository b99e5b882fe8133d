"""A prepared column on disk: flat `.npy` arrays, fixed in shape or ragged along the first axis, and a description.

    DIGEST/description.json   the data and the column that it is of, problems
    DIGEST/pixels.npy         (n, ...)
    DIGEST/values.npy, values.lengths.npy   ragged: rows end to end, and their lengths

While it is being written the folder is called DIGEST.partial and holds a journal: after every batch a line says how
long each file is, so that preparing goes on where it stopped, whenever that was. Whole, it is renamed into place.
"""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from io import BufferedRandom, BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy

from fromraw.columns.base import Ragged, Stored
from fromraw.sources.base import Problem
from fromraw.store.cache import DESCRIPTION, PARTIAL

LENGTHS = ".lengths"


def take(stored: Mapping[str, np.ndarray | Ragged], rows: np.ndarray) -> Stored:
    """The given rows of every array."""
    return {name: a.take(rows) if isinstance(a, Ragged) else a[rows] for name, a in stored.items()}


def join(parts: Sequence[Stored]) -> Stored:
    """Rows of several batches, one after another."""
    if len(parts) == 1:
        return parts[0]
    joined: Stored = {}
    for name in parts[0]:
        arrays = [part[name] for part in parts]
        ragged = [array for array in arrays if isinstance(array, Ragged)]
        even = [array for array in arrays if not isinstance(array, Ragged)]
        joined[name] = Ragged.joined(ragged) if ragged else np.concatenate(even)
    return joined


def size_of(stored: Stored) -> int:
    """In bytes."""
    return sum(a.values.nbytes + a.offsets.nbytes if isinstance(a, Ragged) else a.nbytes for a in stored.values())


def open_prepared(folder: Path, memory_bytes: int) -> Stored:
    """A prepared column's arrays, read into memory where they are not larger than that, else mapped."""
    small = sum(file.stat().st_size for file in folder.glob("*.npy")) <= memory_bytes
    arrays: dict[str, Any] = {}
    for file in sorted(folder.glob("*.npy")):
        empty = 0 in _shape_of(file)
        arrays[file.stem] = np.load(file, mmap_mode=None if small or empty else "r", allow_pickle=False)
    for name in [name for name in arrays if name.endswith(LENGTHS)]:
        offsets = np.concatenate([[0], np.cumsum(arrays.pop(name))]).astype(np.int64)
        values = name.removesuffix(LENGTHS)
        arrays[values] = Ragged(arrays[values], offsets)
    return arrays


def problems_of(folder: Path) -> list[Problem]:
    """What was wrong with the cells, as found when they were prepared."""
    return [Problem(**entry) for entry in json.loads((folder / DESCRIPTION).read_text())["problems"]]


def _shape_of(file: Path) -> tuple[int, ...]:
    with file.open("rb") as handle:
        npy.read_magic(handle)
        return npy.read_array_header_1_0(handle)[0]


def _header(dtype: np.dtype[Any], shape: tuple[int, ...]) -> bytes:
    """numpy pads its headers so that the first axis can grow in place; the length is the same for every n."""
    buffer = BytesIO()
    npy.write_array_header_1_0(buffer, {"descr": npy.dtype_to_descr(dtype), "fortran_order": False, "shape": shape})
    return buffer.getvalue()


class Writer:
    """Appends batches of a column's stored form to its folder. about: what a person is told that it is of. `rows`: of
    the source, that are safely there already."""

    def __init__(self, folder: Path, about: Mapping[str, str] | None = None) -> None:
        self.folder, self.about = folder, dict(about or {})
        self.partial = folder.with_name(folder.name + PARTIAL)
        self.partial.mkdir(parents=True, exist_ok=True)
        self.files: dict[str, BufferedRandom] = {}
        self.kinds: dict[str, tuple[np.dtype[Any], tuple[int, ...]]] = {}
        self.counts: dict[str, int] = {}
        self.problems: list[Problem] = []
        self.rows = 0
        self._describe()
        self._go_on()

    def _go_on(self) -> None:
        """Read the journal and cut every file back to what its last line says that all files bear out."""
        journal = self.partial / "journal.jsonl"
        lines = journal.read_bytes().split(b"\n") if journal.exists() else [b""]
        whole = lines[:-1]
        while whole and not self._holds(json.loads(whole[-1])):
            whole.pop()
        for line in whole:
            entry = json.loads(line)
            self.counts = entry["counts"]
            self.kinds = {name: (np.dtype(d), tuple(s)) for name, (d, s) in entry["kinds"].items()}
            self.problems += [Problem(**problem) for problem in entry["problems"]]
            self.rows = entry["rows"]
        self.journal = journal.open("ab")
        self.journal.truncate(sum(len(line) + 1 for line in whole))
        for name in self.counts:
            self._open(name)

    def _holds(self, entry: Mapping[str, Any]) -> bool:
        """Whether the files are as long as a line of the journal says; a power cut may have left them shorter."""
        if "rows" not in entry:  # of an earlier version
            return False
        for name, (kind, shape) in entry["kinds"].items():
            path, dtype = self.partial / f"{name}.npy", np.dtype(kind)
            need = len(_header(dtype, (0, *shape))) + dtype.itemsize * int(np.prod(shape)) * entry["counts"][name]
            if not path.exists() or path.stat().st_size < need:
                return False
        return True

    def _open(self, name: str) -> BufferedRandom:
        """The array's file, standing at its end as the journal knows it."""
        dtype, shape = self.kinds[name]
        path = self.partial / f"{name}.npy"
        file = self.files[name] = path.open("r+b" if path.exists() else "w+b")
        start = len(_header(dtype, (0, *shape)))
        if file.seek(0, os.SEEK_END) < start:
            file.seek(0)
            file.write(_header(dtype, (0, *shape)))
        item = dtype.itemsize * int(np.prod(shape))
        file.truncate(start + item * self.counts[name])
        file.seek(0, os.SEEK_END)
        return file

    def append(self, stored: Stored, problems: list[Problem], rows: int | None = None) -> None:
        """One batch more, safely on disk when this returns. rows: of the source that it stands for, where it does not
        hold them all."""
        flat: dict[str, np.ndarray] = {}
        for name, array in stored.items():
            if isinstance(array, Ragged):
                flat |= {name: array.values, name + LENGTHS: array.lengths}
            else:
                flat[name] = array
        for name, array in flat.items():
            if name not in self.files:
                self.kinds[name], self.counts[name] = (array.dtype, array.shape[1:]), 0
                self._open(name)
            if self.kinds[name] != (array.dtype, array.shape[1:]):
                raise ValueError(f"{name} changed from {self.kinds[name]} to {(array.dtype, array.shape[1:])}")
            self.files[name].write(np.ascontiguousarray(array).data)
            self.counts[name] += len(array)
            self.files[name].flush()
        kinds = {name: (npy.dtype_to_descr(d), s) for name, (d, s) in self.kinds.items()}
        self.rows += len(stored["present"]) if rows is None else rows
        told = [asdict(problem) for problem in problems]
        entry = {"rows": self.rows, "counts": self.counts, "kinds": kinds, "problems": told}
        self.journal.write(json.dumps(entry).encode() + b"\n")
        self.journal.flush()
        self.problems += problems

    def _describe(self) -> None:
        told = {"format": 1, **self.about, "problems": [asdict(problem) for problem in self.problems]}
        (self.partial / DESCRIPTION).write_text(json.dumps(told))

    def close(self) -> None:
        """Let go of the files; what is there stays for the next time."""
        for file in [*self.files.values(), self.journal]:
            file.close()

    def finish(self) -> Path:
        """Write the headers and the description, and rename the folder into place."""
        for name, file in self.files.items():
            dtype, shape = self.kinds[name]
            file.seek(0)
            file.write(_header(dtype, (self.counts[name], *shape)))
            file.flush()
            os.fsync(file.fileno())
        self.close()
        self._describe()
        (self.partial / "journal.jsonl").unlink()
        self.partial.rename(self.folder)
        return self.folder
