"""Pictures in folders: a folder with a folder per class, with or without train, valid and test folders above them.

Nested folders belong to the top one below the split. A folder of pictures without folders, a list of picture files and
a single one are rows without a class, as `predict` is given them.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.sources.base import Field, Problem, Source, digest
from fromraw.sources.naming import is_data, is_junk, is_picture, part_split
from fromraw.sources.tree import CHUNK, LARGEST, Member, Tree, read_members, read_tree


@part("folder")
class Folder(Source):
    """paths: the names shown -> where the files lie."""

    things = "pictures"

    def __init__(self, place: str, paths: dict[str, Path], tree: Tree) -> None:
        super().__init__()
        self.place = place
        self._paths = paths
        self._members = tree.members
        self._fields = tree.fields
        self.notes += tree.notes

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A folder with folders or pictures in it, a picture file, or a list of them."""
        files = _listed(data)
        if files is not None:
            return cls(_place(files), files, read_tree([*files], _place(files)))
        if not isinstance(data, str | Path) or not Path(data).is_dir() or _is_named_by_split(Path(data)):
            return None
        paths = {_shown(name): Path(data, name) for name in sorted(_walk(Path(data)))}
        place = f"{str(data).rstrip('/')}/"
        if not any("/" in name or is_picture(name) for name in paths):
            if not paths:
                raise DataError(f"{place}: an empty folder; a folder per class with pictures in it is read.")
            return None
        tree = read_tree([*paths], place)
        beside_table = any(is_data(name) for name in paths if "/" not in name)
        if beside_table and len({member.kind for member in tree.members}) == 1:
            return None  # pictures of one folder and a table that names them
        return cls(place, paths, tree)

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return [member.path for member in self._members[::CHUNK]]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        start = self.parts().index(part) * CHUNK
        fields = self.chosen(columns)
        opened = any(field.name == "image" for field in fields)
        return read_members(self._members[start : start + CHUNK], fields, self._contents if opened else None)

    def _contents(self, member: Member) -> bytes | None:
        path = self._paths[member.path]
        try:
            if path.stat().st_size <= LARGEST:
                return path.read_bytes()
            self.tell(Problem(member.path, "larger than 1 GiB"))
        except OSError as error:
            self.tell(Problem(member.path, error.strerror or "cannot be read"))
        return None

    def fingerprint(self) -> str:
        stats = ((member.path, self._paths[member.path].stat()) for member in self._members)
        return digest("folder", [(path, stat.st_size, stat.st_mtime_ns) for path, stat in stats])


def _listed(data: Any) -> dict[str, Path] | None:
    """The files of a list of pictures, or of a single one, by name; None where it is neither."""
    listed = [data] if isinstance(data, str | Path) else data
    if not isinstance(listed, list | tuple) or not listed or not all(isinstance(d, str | Path) for d in listed):
        return None
    if not all(is_picture(str(d)) and Path(d).is_file() for d in listed):
        return None
    names = [Path(d).name for d in listed]
    return {name if names.count(name) == 1 else str(d): Path(d) for name, d in zip(names, listed, strict=True)}


def _place(files: dict[str, Path]) -> str:
    return str(next(iter(files.values()))) if len(files) == 1 else how_many(len(files), "pictures")


def _is_named_by_split(folder: Path) -> bool:
    """Whether files called train.EXT or X_TEST.EXT tell what is what here: then it is another source's."""
    names = [path.name for path in folder.iterdir() if path.is_file() and not is_junk(path.name)]
    return any(is_data(name) and part_split(name.split(".")[0])[0] for name in names)


def _walk(folder: Path, below: str = "", above: tuple[tuple[int, int], ...] = ()) -> Iterator[str]:
    """Names of all files below a folder; links are followed, but never in a circle."""
    stat = folder.stat()
    here = (stat.st_dev, stat.st_ino)
    if here in above:
        return
    with os.scandir(folder) as entries:
        for entry in entries:
            if is_junk(entry.name):
                continue
            if entry.is_dir():
                yield from _walk(Path(entry.path), f"{below}{entry.name}/", (*above, here))
            else:
                yield below + entry.name


def _shown(name: str) -> str:
    """A name that is not UTF-8 on disk, as one that can be written."""
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
