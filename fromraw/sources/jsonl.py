"""JSON Lines, an object a line: `.jsonl` and `.ndjson`, plain or packed.

Objects in objects are columns with dotted names (`user.age`), since a column is what everything else reads. A list of
numbers, or of such lists, is a series where nearly all of the first lines have one; any other is its JSON text. Single
values are texts, as those of a CSV are: a key that holds 7 here and "7" there is one column, and what it means is for
columns to say. https://jsonlines.org
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, OneFile, Problem, Source, digest, stamp
from fromraw.sources.files import find_folders, open_files, stamps
from fromraw.sources.naming import extension, meaning_of
from fromraw.sources.packed import BROKEN, open_packed
from fromraw.sources.plain import name_splits

_HEAD = 1000
"""Lines that tell which columns there are."""
_NEARLY_ALL = 0.95
"""Of the values under a key: so many of one kind make it the column's; those of another kind are then problems."""
_BYTES = 1 << 20
_ROWS = 2048
_LONGEST = 64 << 20
"""A line above this is no row of a table."""
_NAMED = 4
"""Keys that are named of those passed over."""
_MOST = 10_000
"""Columns; above that, objects are keyed by something that differs from row to row."""
_DEPTHS = {1: pa.list_(pa.float64()), 2: pa.list_(pa.list_(pa.float64()))}

_in_json = json.JSONEncoder(ensure_ascii=False).encode

Line = tuple[int, dict[str, Any]]
"""Its number, counted from 1, and what it holds."""


@dataclass
class _Key:
    """What the first lines hold under a key: objects (-1), lists of numbers by their depth, or other values (0)."""

    inside: dict[str, "_Key"] = field(default_factory=dict)
    depths: Counter[int] = field(default_factory=Counter)

    def see(self, value: Any) -> None:
        if isinstance(value, dict):
            for key, cell in value.items():
                self.inside.setdefault(key, _Key()).see(cell)
        if value is not None and value != []:
            self.depths[-1 if isinstance(value, dict) else depth_of(value)] += 1

    @cached_property
    def depth(self) -> int:
        """What nearly all of the values are; 0, whose texts hold anything, where they differ."""
        for depth, count in self.depths.most_common(1):
            if count >= _NEARLY_ALL * self.depths.total():
                return depth
        return 0

    @cached_property
    def is_object(self) -> bool:
        return self.depth == -1 and bool(self.inside)

    def leaves(self, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], pa.DataType]]:
        """Columns: where each lies, and its type."""
        if self.is_object:
            for key, inner in self.inside.items():
                yield from inner.leaves((*path, key))
        else:
            yield path, _DEPTHS.get(self.depth, pa.string())


def depth_of(value: Any) -> int:
    """1 for a list of numbers, 2 for a list of such lists; 0 for anything else."""
    if not isinstance(value, list) or not value:
        return 0
    if all(cell is None or (isinstance(cell, int | float) and not isinstance(cell, bool)) for cell in value):
        return 1
    return 2 if all(depth_of(cell) == 1 for cell in value) else 0


@part("jsonl")
class JsonLines(OneFile):
    """path: of the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        first = [cells for _, cells in islice(self._lines(), _HEAD)]
        if not first:
            why = self.problems[0].text if self.problems else "an empty file"
            raise DataError(f"{path}: no line holds a JSON object; {why}.")
        root = _Key()
        for cells in first:
            root.see(cells)
        leaves = list(root.leaves())
        if not leaves[0][0] or len(leaves) > _MOST:
            what = f"objects with {len(leaves):,} different keys" if leaves[0][0] else "only empty objects"
            raise DataError(f"{path}: {what}, so there are no columns.")
        self._known = root
        self._unknown: set[str] = set()
        self._paths = {".".join(path): path for path, _ in leaves}
        self._kinds = {".".join(path): kind for path, kind in leaves}
        texts = {n: [_text(_at(row, p)) for row in first] for n, p in self._paths.items() if self._is_text(n)}
        self._places = find_folders(texts, path.parent)
        self._splits = [name for name in texts if meaning_of(name, texts[name]) == "split"]
        self._fields = [self._field(name, texts.get(name, ())) for name in self._paths]
        self.things = "pictures" if self._places else "rows"

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .jsonl or .ndjson, perhaps with .gz, .bz2, .xz or .zst behind."""
        named = isinstance(data, str | Path) and extension(str(data)).split(".")[1:2] in (["jsonl"], ["ndjson"])
        return cls(Path(data)) if named and Path(data).is_file() else None

    def _is_text(self, name: str) -> bool:
        return self._kinds[name] == pa.string()

    def _field(self, name: str, texts: Sequence[str | None]) -> Field:
        if name in self._places:
            return Field(name, FILE)
        return Field(name, self._kinds[name], meaning_of(name, texts))

    def _lines(self) -> Iterator[Line]:
        """The objects, with their lines; a line that holds none is told and left out."""
        try:
            with open_packed(self._path) as raw:
                for number, line in enumerate(_split_lines(raw), 1):
                    text = line.removeprefix(b"\xef\xbb\xbf") if number == 1 else line
                    if text.strip() and (cells := self._object(number, text)) is not None:
                        yield number, cells
        except BROKEN as error:
            raise DataError(f"{self.place}: cannot be read ({error}).") from error

    def _object(self, number: int, line: bytes) -> dict[str, Any] | None:
        try:
            found = json.loads(line.decode())
        except UnicodeDecodeError:
            self._tell(number, "is not UTF-8: skipped")
        except (ValueError, RecursionError) as error:
            self._tell(number, f"is not JSON ({str(error).split(': line')[0].lower()}): skipped")
        else:
            if isinstance(found, dict):
                return found
            self._tell(number, f"holds {_kind_of(found)}, not an object: skipped")
        return None

    def _tell(self, number: int, text: str) -> None:
        self.tell(Problem(f"{self._path.name}:{number}", f"line {number:,} {text}"))

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        names = [field.name for field in self.chosen(columns)]
        for lines in _blocks(self._lines()):
            yield from open_files(name_splits(self._batch(lines, names), self._splits), self._places, self.tell)

    def _batch(self, lines: Sequence[Line], names: Sequence[str]) -> pa.RecordBatch:
        for number, cells in lines:
            self._check(number, cells, self._known, "")
        columns = [pa.array(self._column(lines, name), self._kinds[name]) for name in names]
        return pa.RecordBatch.from_arrays(columns, schema=pa.schema([(name, self._kinds[name]) for name in names]))

    def _check(self, number: int, cells: Mapping[str, Any], known: _Key, above: str) -> None:
        """Tell of keys that the first lines do not have, and of single values where they have objects."""
        for key, value in cells.items():
            inner = known.inside.get(key)
            if inner is None:
                self._pass_over(f"{above}{key}")
            elif inner.is_object and value is not None:
                if isinstance(value, dict):
                    self._check(number, value, inner, f"{above}{key}.")
                else:
                    self._tell(number, f"has {_kind_of(value)} for {above}{key}, not an object: taken as missing")

    def _pass_over(self, key: str) -> None:
        self._unknown.add(key)
        if len(self._unknown) <= _NAMED:
            self.note(f"passed over: {key}, which is in none of the first {_HEAD:,} lines")
        elif len(self._unknown) == _NAMED + 1:
            self.note(f"passed over: more keys that are in none of the first {_HEAD:,} lines")

    def _column(self, lines: Sequence[Line], name: str) -> list[Any]:
        path = self._paths[name]
        if self._is_text(name):
            return [_text(_at(cells, path)) for _, cells in lines]
        depth = 1 if self._kinds[name] == _DEPTHS[1] else 2
        return [self._numbers(number, name, _at(cells, path), depth) for number, cells in lines]

    def _numbers(self, number: int, name: str, value: Any, depth: int) -> list[Any] | None:
        if value is None or value == [] or depth_of(value) == depth:
            return value or None
        what = "a list of numbers" if depth == 1 else "a list of lists of numbers"
        self._tell(number, f"has {_kind_of(value)} for {name}, not {what}: taken as missing")
        return None

    def fingerprint(self) -> str:
        named = [
            stamps([_text(_at(cells, self._paths[name])) for _, cells in self._lines()], place)
            for name, place in self._places.items()
        ]
        return digest("jsonl", stamp(self._path), named)


def _split_lines(raw: Any) -> Iterator[bytes]:
    """Lines of a stream of bytes. OSError where one has no end."""
    rest = b""
    while block := raw.read(_BYTES):
        *lines, rest = (rest + block).split(b"\n")
        yield from lines
        if len(rest) > _LONGEST:
            raise OSError(f"a line is longer than {_LONGEST >> 20} MiB")
    if rest:
        yield rest


def _blocks(lines: Iterator[Line]) -> Iterator[list[Line]]:
    """A few thousand lines at a time."""
    while block := list(islice(lines, _ROWS)):
        yield block


def _at(cells: Any, path: Sequence[str]) -> Any:
    """The value that lies there; None where nothing does."""
    for key in path:
        cells = cells.get(key) if isinstance(cells, dict) else None
    return cells


def _text(value: Any) -> str | None:
    """A value as a text: what a string says, what anything else is in JSON."""
    if value is None or isinstance(value, str):
        return value
    return str(value) if type(value) in (int, float) else _in_json(value)


def _kind_of(value: Any) -> str:
    kinds = {dict: "an object", list: "a list", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")
