"""Where the files of a run lie: in its folder, or in a pack, the one file that is handed on. Both are read by name.

A pack is a zip of few members, known by name and stored as they are. Nothing of it is unpacked to disk, no member can
be larger than the file, and one that holds anything else is refused unread.
"""

import json
import os
import zipfile
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import safetensors.torch
import yaml
from safetensors import SafetensorError
from torch import Tensor

from fromraw.errors import RunError
from fromraw.keeping import FORMAT
from fromraw.learning.checkpoint import read_tensors

MEMBERS = (
    "format", "plan.yaml", "columns.json", "system.safetensors", "unlike.safetensors", "metrics.json", "data.json",
    "README.md",
)  # fmt: skip
"""All that a pack may hold, by the names that the same things have in a run folder."""
ENDING = ".fromraw"
"""Of a pack's name."""
_EPOCH = (1980, 1, 1, 0, 0, 0)
"""The time of every member: the earliest that a zip can say."""
_UNIX, _READABLE = 3, 0o100644 << 16
_ENCRYPTED = 1
_BROKEN = (zipfile.BadZipFile, RuntimeError, EOFError, ValueError, LookupError, TypeError, AttributeError)


class Files(ABC):
    """The files of a run. place: where they lie; has_rows: whether they tell of the rows that it was made from."""

    has_rows: ClassVar[bool]

    def __init__(self, place: Path) -> None:
        self.place = place

    @abstractmethod
    def has(self, name: str) -> bool:
        """Whether there is such a file."""

    @abstractmethod
    def text(self, name: str) -> str:
        """What a file of text holds."""

    @abstractmethod
    def tensors(self, name: str) -> dict[str, Tensor]:
        """What a safetensors file holds: copies, each where torch puts a tensor."""

    def data(self, name: str) -> Any:
        """What a file of JSON or YAML holds."""
        with self.reading(name):
            text = self.text(name)
            return json.loads(text) if name.endswith(".json") else yaml.safe_load(text)

    @contextmanager
    def reading(self, name: str) -> Iterator[None]:
        """RunError where it is not what should be there."""
        try:
            yield
        except (*_BROKEN, SafetensorError, yaml.YAMLError) as error:
            raise RunError(f"{self.place}: damaged ({name} cannot be read).") from error


class Folder(Files):
    """A run folder."""

    has_rows = True

    def has(self, name: str) -> bool:
        return (self.place / name).exists()

    def text(self, name: str) -> str:
        return (self.place / name).read_text(encoding="utf-8")

    def tensors(self, name: str) -> dict[str, Tensor]:
        return read_tensors(self.place / name)


class Pack(Files):
    """What `write_pack` wrote. RunError where it is no whole zip."""

    has_rows = False

    def __init__(self, place: Path) -> None:
        super().__init__(place)
        try:
            with zipfile.ZipFile(place) as file:
                self._members = file.infolist()
        except OSError as error:
            raise RunError(f"{place}: {(error.strerror or 'cannot be read').lower()}.") from None
        except _BROKEN:
            raise RunError(f"{place}: neither a run folder nor a whole pack.") from None

    def has(self, name: str) -> bool:
        return any(member.filename == name for member in self._members)

    def text(self, name: str) -> str:
        return self._bytes(name).decode()

    def tensors(self, name: str) -> dict[str, Tensor]:
        with self.reading(name):
            return {key: tensor.clone() for key, tensor in safetensors.torch.load(self._bytes(name)).items()}

    def _bytes(self, name: str) -> bytes:
        with zipfile.ZipFile(self.place) as file:
            self._check(file.getinfo(name))
            return file.read(name)

    def check(self) -> None:
        """RunError where anything is in it that `write_pack` does not write."""
        for member in self._members:
            self._check(member)

    def _check(self, member: zipfile.ZipInfo) -> None:
        """A known name, once, and stored as it is: so it is as large as it lies in the file."""
        why = ""
        if member.filename not in MEMBERS:
            why = "is in it"
        elif [other.filename for other in self._members].count(member.filename) > 1:
            why = "is in it twice"
        elif member.compress_type != zipfile.ZIP_STORED or member.flag_bits & _ENCRYPTED:
            why = "is not stored as it is"
        elif member.file_size != member.compress_size or member.file_size > self.place.stat().st_size:
            why = "is said to be larger than it is"
        if why:
            raise RunError(f"{self.place}: not a pack as fromraw writes it: {member.filename!r} {why}.")


def open_files(place: Path) -> Files:
    """A run folder or a pack. RunError where it is neither, damaged, or of a later version."""
    pack = Pack(place) if place.is_file() or (place.suffix == ENDING and not place.exists()) else None
    files = pack or Folder(place)
    if not files.has("format"):
        raise RunError(f"{place}: {'neither a run folder nor a pack' if pack else 'not a run folder'} "
                       "(no file `format` in it).")  # fmt: skip
    with files.reading("format"):
        number = int(files.text("format"))
    if number > FORMAT:
        raise RunError(f"{place}: written by a later version (format {number}, this one reads {FORMAT}).")
    if pack:
        pack.check()
    return files


def write_pack(place: Path, members: Mapping[str, bytes]) -> None:
    """The same bytes for the same members, wherever and by whomever; whole or not at all."""
    partial = place.with_name(place.name + ".partial")
    try:
        with zipfile.ZipFile(partial, "w", zipfile.ZIP_STORED) as file:
            for name, content in members.items():
                member = zipfile.ZipInfo(name, _EPOCH)
                member.create_system, member.external_attr = _UNIX, _READABLE
                file.writestr(member, content)
        os.replace(partial, place)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise
