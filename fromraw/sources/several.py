"""Several sources as one data set with a `split` field: train.EXT beside test.EXT, or data named by `--test`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Source, digest
from fromraw.sources.finding import find_source
from fromraw.sources.naming import is_data, is_junk, passed_over
from fromraw.sources.pairing import pair_files

_SPLIT = "split"


@part("several")
class Several(Source):
    """sources: by the split that their rows are in. Where the first names splits itself, these are kept, but for rows
    of a split that another source stands for: they are left out."""

    def __init__(self, place: str, sources: Mapping[str, Source]) -> None:
        super().__init__()
        self.place = place
        self._sources = sources
        self._first, source = next(iter(sources.items()))
        self.things = source.things
        self._own = _split_name(source)
        self._fields = self._union()
        self._parts = {f"{split}: {name}": (split, name) for split, s in sources.items() for name in s.parts()}
        self._retell()

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A folder with train.EXT or X_TRAIN.EXT beside valid and test, or with a single file of data."""
        if not isinstance(data, str | Path) or not Path(data).is_dir():
            return None
        names = [path.name for path in sorted(Path(data).iterdir()) if path.is_file() and not is_junk(path.name)]
        files = pair_files([name for name in names if is_data(name)], Path(data))
        if not files:
            return None
        found = {split: find_source(Path(data, name)) for split, name in files.items()}
        source = cls(f"{str(data).rstrip('/')}/", found) if len(found) > 1 else next(iter(found.values()))
        for text in passed_over(name for name in names if name not in files.values()):
            source.note(text)
        return source

    def _union(self) -> list[Field]:
        """All fields of all sources, each of a type that fits everywhere."""
        found: dict[str, Field] = {}
        for source in self._sources.values():
            for field in _columns(source):
                found[field.name] = _common(found[field.name], field, self.place) if field.name in found else field
        for split, source in self._sources.items():
            lacking = found.keys() - {field.name for field in _columns(source)}
            if lacking:
                self.note(f"{split}: no {', '.join(name for name in found if name in lacking)}; missing there")
        return [*found.values(), Field(_SPLIT, pa.string(), "split")]

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return list(self._parts)

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        split, name = self._parts[part]
        own = self._own if split == self._first else None
        fields = self.chosen(columns)
        for batch in self._sources[split].read(name, self._asked(split, fields, own)):
            kept = self._without_taken(batch, own) if own else batch
            yield _shaped(kept, fields, split, own)
        self._retell()

    def _asked(self, split: str, fields: Sequence[Field], own: str | None) -> list[str]:
        """What is needed of a source: of these fields those it has, its own split, and at least one that is cheap."""
        wanted = {field.name for field in fields if field.meaning != "split"} | {own}
        asked = [field.name for field in self._sources[split].fields if field.name in wanted]
        return asked or [min(self._sources[split].fields, key=lambda field: field.type == FILE).name]

    def _without_taken(self, batch: pa.RecordBatch, own: str) -> pa.RecordBatch:
        taken = [split for split in self._sources if split != self._first]
        return batch.filter(pc.invert(pc.is_in(batch.column(own), pa.array(taken, pa.string()))))

    def _retell(self) -> None:
        """Problems of the sources as they are, notes with the split that they are of."""
        for split, source in self._sources.items():
            for problem in source.problems:
                self.tell(problem)
            for text in source.notes:
                self.note(f"{split}: {text}")

    def fingerprint(self) -> str:
        return digest("several", [(split, source.fingerprint()) for split, source in self._sources.items()])


def with_splits(train: Source, valid: Source | None = None, test: Source | None = None) -> Source:
    """One source of separate ones. A split that `train` names itself is kept where no other source stands for it; all
    rows of `valid` and `test` are validation and test rows, whatever they say of themselves."""
    sources = {split: source for split, source in (("train", train), ("valid", valid), ("test", test)) if source}
    joined = Several(train.place, sources)
    if _split_name(train) and len(sources) > 1:
        others = " and ".join(split for split in sources if split != "train")
        joined.note(f"{train.place} names splits itself: its own rows of {others} are left out")
    return joined


def _split_name(source: Source) -> str | None:
    return next((field.name for field in source.fields if field.meaning == "split"), None)


def _columns(source: Source) -> list[Field]:
    """The fields but for a split, whose name is ours here."""
    return [field for field in source.fields if field.meaning != "split" and field.name != _SPLIT]


def _common(one: Field, other: Field, place: str) -> Field:
    """A field whose type holds both; DataError where there is none."""
    if one.type == other.type and one.known == other.known:
        return one
    types = (one.type, other.type)
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types):
        number = np.promote_types(*(kind.to_pandas_dtype() for kind in types))
        return Field(one.name, pa.from_numpy_dtype(number), one.meaning)
    if not any(pa.types.is_nested(kind) for kind in types):
        return Field(one.name, pa.string(), one.meaning)
    words = [f"{field.type}{f' {dict(field.known)}' if field.known else ''}" for field in (one, other)]
    raise DataError(f"{place}: {one.name} is {words[0]} in one split and {words[1]} in another.")


def _shaped(batch: pa.RecordBatch, fields: Sequence[Field], split: str, own: str | None) -> pa.RecordBatch:
    """A source's rows with the fields of all: cast, null where it has none, and its split."""
    cells = []
    for field in fields:
        if field.meaning == "split":
            cells.append(batch.column(own) if own else pa.repeat(pa.scalar(split, pa.string()), batch.num_rows))
        elif field.name in batch.schema.names:
            cells.append(batch.column(field.name).cast(field.type))
        else:
            cells.append(pa.nulls(batch.num_rows, field.type))
    return pa.RecordBatch.from_arrays(cells, schema=pa.schema([(field.name, field.type) for field in fields]))
