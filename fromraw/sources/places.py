"""Where files that a table names lie: a folder, or a zip or tar that stands beside the table, read without unpacking.

A member of a zip or of a plain tar is read where it lies. A tar that is packed as a whole cannot be entered in the
middle: it is unpacked once, to a temporary file, when the first of its members is asked for.
"""

import tempfile
import weakref
import zipfile
import zlib
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import IO, Any

from fromraw.errors import DataError
from fromraw.sources.naming import extension
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.tarstream import tar_files

TARS = frozenset((".tar", ".tar.gz", ".tar.bz2", ".tar.xz", ".tar.zst", ".tgz", ".tbz2", ".txz"))
UNREADABLE = (*BROKEN, zipfile.BadZipFile, zlib.error, NotImplementedError)
"""What reading a damaged file or member raises."""
_BLOCK = 1 << 20


class Place(ABC):
    """Files by name."""

    name: str
    """What a person calls it."""

    @abstractmethod
    def holds(self, names: Sequence[str]) -> float:
        """The share of these files that are there."""

    @abstractmethod
    def read(self, name: str) -> bytes:
        """A file's contents. KeyError or FileNotFoundError where there is none, else one of UNREADABLE."""

    @abstractmethod
    def stamp(self, name: str) -> tuple[int, int]:
        """Size and time of change of what holds it, for fingerprints; 0, 0 where it is missing."""


class Directory(Place):
    """A folder on disk."""

    def __init__(self, path: Path) -> None:
        self.name = f"{path.name}/"
        self._path = path

    def holds(self, names: Sequence[str]) -> float:
        return sum((self._path / name).is_file() for name in names) / max(1, len(names))

    def read(self, name: str) -> bytes:
        return (self._path / name).read_bytes()

    def stamp(self, name: str) -> tuple[int, int]:
        file = self._path / name
        return _stamp(file) if file.is_file() else (0, 0)


class Archive(Place):
    """Members of a zip or tar, below one folder in it: cells rarely repeat the folders above their pictures."""

    def __init__(self, path: Path) -> None:
        self.name = path.name
        self._path = path
        self._below = ""

    @property
    @abstractmethod
    def members(self) -> dict[str, Any]:
        """Where each lies, by `member_name`."""

    @abstractmethod
    def _contents(self, member: Any) -> bytes: ...

    def holds(self, names: Sequence[str]) -> float:
        """The folder in which most of the names are members is the one that is read from then on."""
        self._below = self._folder_of([member_name(name) for name in names])
        return sum(self._below + member_name(name) in self.members for name in names) / max(1, len(names))

    def _folder_of(self, names: Sequence[str]) -> str:
        known: dict[str, list[str]] = {}
        for member in self.members:
            known.setdefault(member.rsplit("/", 1)[-1], []).append(member)
        found = Counter(
            member.removesuffix(name)
            for name in names
            for member in known.get(name.rsplit("/", 1)[-1], ())
            if f"/{member}".endswith(f"/{name}")
        )
        return min(found, key=lambda folder: (-found[folder], len(folder), folder), default="")

    def read(self, name: str) -> bytes:
        return self._contents(self.members[self._below + member_name(name)])

    def stamp(self, name: str) -> tuple[int, int]:
        return _stamp(self._path)


class ZipArchive(Archive):
    """A zip, whose directory says where each member lies."""

    @cached_property
    def _file(self) -> zipfile.ZipFile:
        try:
            return zipfile.ZipFile(self._path)
        except (zipfile.BadZipFile, OSError) as error:
            raise DataError(f"{self._path}: not a whole zip file ({error}).") from error

    @cached_property
    def members(self) -> dict[str, zipfile.ZipInfo]:
        return {member_name(info.filename): info for info in self._file.infolist() if not info.is_dir()}

    def _contents(self, member: zipfile.ZipInfo) -> bytes:
        if member.flag_bits & 1:
            raise NotImplementedError("encrypted")
        return self._file.read(member)


class TarArchive(Archive):
    """A tar: one pass over it says where each member lies."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._lock = Lock()

    @cached_property
    def members(self) -> dict[str, tuple[int, int]]:
        """Of each member where it begins in the tar, packing undone, and its size."""
        found = {}
        try:
            with open_packed(self._path) as packed:
                stream = _Counting(packed)
                for name, size, _ in tar_files(stream, stream.mark):
                    found[member_name(name)] = (stream.marked, size)
        except BROKEN as error:
            raise DataError(f"{self._path}: not a whole tar file ({error}).") from error
        return found

    @cached_property
    def _file(self) -> IO[bytes]:
        """The tar, packing undone, in which one can go anywhere."""
        plain = self._path.suffix.lower() == ".tar"
        file: Any = open(self._path, "rb") if plain else tempfile.TemporaryFile(prefix="fromraw-")  # noqa: SIM115
        weakref.finalize(self, file.close)
        if not plain:
            with open_packed(self._path) as packed:
                while block := packed.read(_BLOCK):
                    file.write(block)
        return file

    def _contents(self, member: tuple[int, int]) -> bytes:
        start, size = member
        with self._lock:
            self._file.seek(start)
            contents = self._file.read(size)
        if len(contents) < size:
            raise EOFError("it ends inside this file")
        return contents


class _Counting:
    """A stream that knows how much of it was read, and marks where a member of a tar begins."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._place = self.marked = 0

    def read(self, size: int) -> bytes:
        block = self._stream.read(size)
        self._place += len(block)
        return block

    def mark(self, number: int, name: str, size: int) -> bool:
        """As `tar_files` asks whether contents are wanted: they are not."""
        self.marked = self._place
        return False


def is_archive(path: str) -> bool:
    """Whether a file of this name is a zip or tar."""
    return extension(path) == ".zip" or extension(path) in TARS


def open_archive(path: Path) -> Archive:
    """The members of a zip or tar, by its name; DataError where it is damaged, once they are asked for."""
    return ZipArchive(path) if extension(str(path)) == ".zip" else TarArchive(path)


def member_name(name: str) -> str:
    """A member's name with slashes, without what leads nowhere."""
    return "/".join(step for step in name.replace("\\", "/").split("/") if step not in ("", "."))


def _stamp(path: Path) -> tuple[int, int]:
    stat = path.stat()
    return stat.st_size, stat.st_mtime_ns
