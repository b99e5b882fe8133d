"""One table in many files: those of a folder, or of folders called `column=value`, as Hive and Spark lay them out.

All files have the same columns; a folder's name gives its files one more. Rows come file by file, in order of names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Source, digest
from fromraw.sources.finding import find_source
from fromraw.sources.naming import SPLITS, is_data, is_junk, meaning_of, passed_over
from fromraw.sources.pairing import pair_files
from fromraw.sources.union import asked_of, common_field, shaped

_PARTITION = re.compile(r"([^=/]+)=([^=/]*)")
_NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@part("shards")
class Shards(Source):
    """sources: by the name of the file, relative to the folder, in order."""

    def __init__(self, place: str, sources: Mapping[str, Source]) -> None:
        super().__init__()
        self.place = place
        self._sources = sources
        self._values = {name: _values_in(name) for name in sources}
        self._fields = [*self._union(), *self._from_folders()]
        first = next(iter(sources.values()))
        self.written, self.told = first.written, first.told
        self._parts = {_part(name, part, s): (name, part) for name, s in sources.items() for part in s.parts()}
        self.things = "pictures" if any(field.type == FILE for field in self._fields) else "rows"
        self._retell()

    @classmethod
    def opens(cls, data: Any, **told: Any) -> Source | None:
        """A folder with several tables of one kind, or with folders called `column=value` that lead to them."""
        if not isinstance(data, str | Path) or not Path(data).is_dir():
            return None
        folder = Path(data)
        names = _below(folder) or [path.name for path in sorted(folder.iterdir()) if path.is_file()]
        names = [name for name in names if not is_junk(name)]
        if any(_values_in(name) for name in names):
            files = [name for name in names if is_data(name)]
        else:
            files = list(pair_files([name for name in names if is_data(name)], folder).get("", ()))
        return open_files_of(folder, files, names, told) if len(files) > 1 or any(map(_values_in, files)) else None

    def _union(self) -> list[Field]:
        """The fields of all files, each of a type that holds the cells of every file."""
        first, *others = self._sources
        found = {field.name: field for field in self._sources[first].fields}
        for name in others:
            fields = {field.name: field for field in self._sources[name].fields}
            if odd := sorted(fields.keys() ^ found.keys()):
                having, lacking = (name, first) if odd[0] in fields else (first, name)
                raise DataError(
                    f"{self.place}: {having} has a column {odd[0]}, {lacking} has none, so they are not one table; "
                    f"name one of {len(self._sources)} files."
                )
            found = {key: common_field(field, fields[key], self.place, "file") for key, field in found.items()}
        return list(found.values())

    def _from_folders(self) -> list[Field]:
        """A column for each name in `column=value`, but for those that the files have themselves."""
        own = {field.name for source in self._sources.values() for field in source.fields}
        keys = [list(values) for values in self._values.values()]
        if any(set(key) != set(keys[0]) for key in keys):
            raise DataError(f"{self.place}: some files lie in other column=value folders than others.")
        wanted = [key for key in keys[0] if key not in own]
        cells = {key: [values[key] for values in self._values.values()] for key in wanted}
        return [Field(key, pa.string(), meaning_of(key, cells[key])) for key in wanted]

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return list(self._parts)

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        name, inner = self._parts[part]
        source, fields = self._sources[name], self.chosen(columns)
        own = {field.name for field in source.fields}
        constants = {f.name: _word(f, self._values[name][f.name]) for f in fields if f.name not in own}
        for batch in source.read(inner, asked_of(source, (field.name for field in fields))):
            yield shaped(batch, fields, constants)
        self._retell()

    def _retell(self) -> None:
        for source in self._sources.values():
            for problem in source.problems:
                self.tell(problem)
            for text in source.notes:
                self.note(text)

    def fingerprint(self) -> str:
        return digest("shards", [(name, source.fingerprint()) for name, source in self._sources.items()])


def open_files_of(folder: Path, files: Sequence[str], names: Sequence[str], told: Mapping[str, Any]) -> Source:
    """The source of one file, or of several as one table; of the folder's other names it is said that they are passed
    over. told: how text tables are written."""
    found = {name: find_source(folder / name, told) for name in files}
    place = f"{str(folder).rstrip('/')}/"
    one = len(found) == 1 and not _values_in(files[0])
    source = found[files[0]] if one else Shards(place, found)
    for text in passed_over(name for name in names if name not in found):
        source.note(text)
    return source


def _below(folder: Path, above: str = "") -> list[str]:
    """Files in folders called `column=value`, however deep."""
    found = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() and _PARTITION.fullmatch(path.name):
            found += _below(path, f"{above}{path.name}/")
        elif path.is_file() and above:
            found.append(above + path.name)
    return found


def _values_in(name: str) -> dict[str, str | None]:
    pairs = (match.groups() for step in name.split("/")[:-1] if (match := _PARTITION.fullmatch(step)))
    return {unquote(key): None if value == _NO_VALUE else unquote(value) for key, value in pairs}


def _word(field: Field, value: str | None) -> str | None:
    return SPLITS[value.strip().lower()] if value and field.meaning == "split" else value


def _part(name: str, part: str, source: Source) -> str:
    return name if len(source.parts()) == 1 else f"{name}: {part}"
