"""A zip or tar of picture folders, read without unpacking: nothing is ever written, so a name is only a name.

A zip is read member by member. A tar is a stream: one pass lists its members when it is opened, one pass reads them,
in their order.
"""

import zipfile
import zlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import OneFile, Problem, Source, digest, stamp
from fromraw.sources.naming import extension
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.places import TARS, member_name
from fromraw.sources.tarstream import tar_files
from fromraw.sources.tree import CHUNK, LARGEST, Member, read_members, read_tree

_TOO_LARGE = "larger than 1 GiB"


@part("zip")
class Zip(OneFile):
    """A zip file, whose directory tells its members at once."""

    things = "pictures"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        try:
            with zipfile.ZipFile(path) as file:
                infos = [info for info in file.infolist() if not info.is_dir()]
        except (zipfile.BadZipFile, OSError) as error:
            raise DataError(f"{path}: not a whole zip file ({error}).") from error
        if any(info.flag_bits & 1 for info in infos):
            raise DataError(f"{path}: encrypted; unpack it first.")
        self._infos = {member_name(info.filename): info for info in infos}
        tree = read_tree(sorted(self._infos), self.place)
        self._members, self._fields = tree.members, tree.fields
        self.notes += tree.notes

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .zip."""
        is_zip = isinstance(data, str | Path) and Path(data).suffix.lower() == ".zip" and Path(data).is_file()
        return cls(Path(data)) if is_zip else None

    def parts(self) -> Sequence[str]:
        return [member.path for member in self._members[::CHUNK]]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        start = self.parts().index(part) * CHUNK
        members, fields = self._members[start : start + CHUNK], self.chosen(columns)
        if all(field.name != "image" for field in fields):
            yield from read_members(members, fields, None)
            return
        with zipfile.ZipFile(self._path) as file:
            yield from read_members(members, fields, lambda member: self._contents(file, member))

    def _contents(self, file: zipfile.ZipFile, member: Member) -> bytes | None:
        """A member's bytes; no more than the limit, whatever the directory says of its size."""
        try:
            with file.open(self._infos[member.path]) as stream:
                contents = stream.read(LARGEST + 1) if self._infos[member.path].file_size <= LARGEST else None
            if contents is not None and len(contents) <= LARGEST:
                return contents
            self.tell(Problem(member.path, _TOO_LARGE))
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
            self.tell(Problem(member.path, f"damaged in {self._path.name} ({error})"))
        return None

    def fingerprint(self) -> str:
        return digest("zip", stamp(self._path))


@part("tar")
class Tar(OneFile):
    """A tar file, perhaps packed; only ever read from its beginning on."""

    things = "pictures"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        found = [(member_name(name), size) for name, size, _ in self._walk(lambda *_: False)]
        tree = read_tree(list(dict(found)), self.place)
        last = {name: number for number, (name, _) in enumerate(found)}  # of equal names, tar's rule: the last counts
        self._members = {last[member.path]: member for member in tree.members}
        self._fields = tree.fields
        self.notes += tree.notes

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .tar, .tar.gz, .tgz and so on."""
        is_tar = isinstance(data, str | Path) and extension(str(data)) in TARS and Path(data).is_file()
        return cls(Path(data)) if is_tar else None

    def _walk(self, wanted: Any) -> Generator[tuple[str, int, bytes | None], None, None]:
        try:
            with open_packed(self._path) as packed:
                yield from tar_files(packed, wanted)
        except BROKEN as error:
            raise DataError(f"{self._path}: not a whole tar file ({error}).") from error

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        fields = self.chosen(columns)
        members = [self._members[number] for number in sorted(self._members)]
        if all(field.name != "image" for field in fields):
            yield from read_members(members, fields, None)
            return
        with closing(self._walk(lambda number, _, size: number in self._members and size <= LARGEST)) as walk:
            files = (contents for number, (_, _, contents) in enumerate(walk) if number in self._members)
            yield from read_members(members, fields, lambda member: self._or_problem(member, next(files)))

    def _or_problem(self, member: Member, contents: bytes | None) -> bytes | None:
        if contents is None:
            self.tell(Problem(member.path, _TOO_LARGE))
        return contents

    def fingerprint(self) -> str:
        return digest("tar", stamp(self._path))
