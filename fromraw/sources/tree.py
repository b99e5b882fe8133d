"""What a tree of picture files says by its folders alone, be it on disk or in an archive: classes and splits."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.sources.base import FILE, Field
from fromraw.sources.naming import by_kind, is_data, is_junk, is_picture, passed_over, split_of

ROWS = 256
"""Files in a batch at most."""
CHUNK = 1024
"""Files in a part at most."""
BYTES = 64 << 20
"""A batch is closed early where its files are longer than this together."""
LARGEST = 1 << 30
"""A single file above this is no picture that we unpack."""


@dataclass(frozen=True)
class Member:
    """One picture: its name, the folder that names its class, and its split, where there are any."""

    path: str
    kind: str | None
    split: str | None


@dataclass(frozen=True)
class Tree:
    """All pictures of a tree, in the order given."""

    members: tuple[Member, ...]
    notes: tuple[str, ...]

    @property
    def fields(self) -> list[Field]:
        """`image`; `class` and `split` where a folder names one."""
        found = [Field("image", FILE)]
        if any(member.kind is not None for member in self.members):
            found.append(Field("class", pa.string(), "class"))
        if any(member.split is not None for member in self.members):
            found.append(Field("split", pa.string(), "split"))
        return found


def read_tree(paths: Sequence[str], place: str) -> Tree:
    """What the folders say. DataError where no path is a picture's."""
    paths = [path for path in paths if not is_junk(path)]
    pictures = [path for path in paths if is_picture(path)]
    others = [path for path in paths if not is_picture(path)]
    if not pictures:
        raise DataError(_no_picture(paths, place))
    top, notes = _top(pictures)
    splits = _splits(pictures, top)
    kept = [path for path in pictures if not splits or path[len(top) :].split("/")[0] in splits]
    if len(kept) < len(pictures):
        beside = sorted({path[len(top) :].split("/")[0] for path in pictures} - set(splits))
        notes.append(f"passed over, as they stand beside {', '.join(sorted(splits))}: {', '.join(beside[:4])}")
    members = tuple(_member(path, top, splits) for path in kept)
    return Tree(members, tuple(notes + passed_over(others)))


def _top(paths: Sequence[str]) -> tuple[str, list[str]]:
    """The folders, each alone at its level, above the folders that differ, with a slash at the end."""
    top = ""
    while True:
        inside = [path[len(top) :].split("/") for path in paths]
        if len({steps[0] for steps in inside}) > 1 or any(len(steps) < 3 for steps in inside):
            return top, [f"the classes are the folders in {top}"] if top else []
        top += inside[0][0] + "/"


def _splits(paths: Sequence[str], top: str) -> dict[str, str]:
    """The folders that are splits, if train stands beside another: a folder called `test` alone may be a class."""
    firsts = {path[len(top) :].split("/")[0] for path in paths if "/" in path[len(top) :]}
    found = {first: split for first in firsts if (split := split_of(first))}
    return found if "train" in found.values() and len(set(found.values())) > 1 else {}


def _member(path: str, top: str, splits: dict[str, str]) -> Member:
    steps = path[len(top) :].split("/")
    split = splits[steps.pop(0)] if splits else None
    return Member(path, steps[0] if len(steps) > 1 else None, split)


def _no_picture(paths: Sequence[str], place: str) -> str:
    folders = len({path.split("/")[0] for path in paths if "/" in path})
    where = f"no picture in any of {folders} folders" if folders > 1 else "no picture"
    if not paths:
        return f"{place}: {where}; it is empty."
    if tables := [path for path in paths if is_data(path)]:
        return f"{place}: {where}; found {by_kind(paths)}. Name one of them, such as {tables[0]}."
    return f"{place}: {where}; found {by_kind(paths)}, which this version does not read."


def read_members(
    members: Iterable[Member], fields: Sequence[Field], contents: Callable[[Member], bytes | None] | None
) -> Iterator[pa.RecordBatch]:
    """Members as batches with these fields, closed by number or by bytes; contents: what is in a file."""
    rows: list[Member] = []
    files: list[bytes | None] = []
    size = 0
    for member in members:
        rows.append(member)
        if contents is not None:
            files.append(contents(member))
            size += len(files[-1] or b"")
        if len(rows) == ROWS or size > BYTES:
            yield _batch(rows, files, fields)
            rows, files, size = [], [], 0
    if rows:
        yield _batch(rows, files, fields)


def _batch(rows: list[Member], files: list[bytes | None], fields: Sequence[Field]) -> pa.RecordBatch:
    make = {
        "image": lambda: file_cells([row.path for row in rows], files),
        "class": lambda: pa.array([row.kind for row in rows], pa.string()),
        "split": lambda: pa.array([row.split for row in rows], pa.string()),
    }
    schema = pa.schema([(field.name, field.type) for field in fields])
    return pa.RecordBatch.from_arrays([make[field.name]() for field in fields], schema=schema)


def file_cells(paths: Sequence[str | None], files: Sequence[bytes | None]) -> pa.StructArray:
    """FILE cells from names and contents; a cell without a name is null."""
    columns = [pa.array(paths, pa.string()), pa.array(files, pa.binary())]
    missing = pa.array([path is None for path in paths], pa.bool_())
    return pa.StructArray.from_arrays(columns, fields=list(FILE), mask=missing)
