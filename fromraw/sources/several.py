"""Several sources as one data set with a `split` field: train.EXT beside test.EXT, or data named by `--test`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Problem, Source, digest
from fromraw.sources.finding import find_source
from fromraw.sources.naming import extension, is_data, is_junk, part_split, passed_over

SPLIT = "split"
_ORDER = (".ts", ".parquet", ".pq", ".csv", ".tsv", ".tab", ".npz")


@part("several")
class Several(Source):
    """sources: by the split that all their rows are in; the first may keep a split of its own ("").

    taken: splits that other sources stand for, so that the first one's own rows of these splits are passed over.
    """

    def __init__(self, place: str, sources: Mapping[str, Source], own: bool = False) -> None:
        super().__init__()
        self.place = place
        self.sources = sources
        self._own = own
        self.things = next(iter(sources.values())).things
        for split, source in sources.items():
            for text in source.notes:
                self.note(f"{split}: {text}" if len(sources) > 1 else text)
        self._fields = self._union()
        self._parts = {f"{split}: {name}": (split, name) for split, s in sources.items() for name in s.parts()}

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A folder with train.EXT or X_TRAIN.EXT beside valid and test, or with a single file of data."""
        if not isinstance(data, str | Path) or not Path(data).is_dir():
            return None
        names = [p.name for p in sorted(Path(data).iterdir()) if p.is_file() and not is_junk(p.name)]
        files, others = _pick([name for name in names if is_data(name)], Path(data))
        if not files:
            return None
        found = {split: find_source(Path(data, name)) for split, name in files.items()}
        source = cls(f"{str(data).rstrip('/')}/", found) if len(found) > 1 else next(iter(found.values()))
        for text in passed_over([name for name in names if name in others or not is_data(name)]):
            source.note(text)
        return source

    def _union(self) -> list[Field]:
        """All fields of all sources, each of a type that fits everywhere; a split of their own where it is kept."""
        found: dict[str, Field] = {}
        for split, source in self.sources.items():
            fields = [f for f in source.fields if f.meaning != "split" and f.name != SPLIT]
            for field in fields:
                found[field.name] = _common(found[field.name], field, self.place) if field.name in found else field
            names = {field.name for field in fields}
            first = next(iter(self.sources.values()))
            expected = {f.name for f in first.fields if f.meaning != "split"}
            for name in sorted(expected - names):
                self.note(f"{split}: no column {name}; taken as missing there")
            for name in sorted(names - expected):
                self.note(f"{split}: {name} is only here; taken as missing elsewhere")
        return [*found.values(), Field(SPLIT, pa.string(), "split")]

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return list(self._parts)

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        split, name = self._parts[part]
        source = self.sources[split]
        fields = self.chosen(columns)
        own = (
            next((f.name for f in source.fields if f.meaning == "split"), None)
            if self._own and split == "train"
            else None
        )
        wanted = {f.name for f in fields} | ({own} if own else set())
        theirs = [f.name for f in source.fields if f.name in wanted and (f.name == own or f.meaning != "split")]
        asked = theirs or [source.fields[-1].name]  # to know how many rows there are
        for batch in source.read(name, asked):
            rows = self._kept(batch, own)
            yield _shaped(rows, fields, split, own)
        self._retell()

    def _kept(self, batch: pa.RecordBatch, own: str | None) -> pa.RecordBatch:
        """Without rows whose own split another source stands for."""
        if own is None:
            return batch
        taken = [split for split in self.sources if split != "train"]
        return batch.filter(pc.invert(pc.fill_null(pc.is_in(batch.column(own), pa.array(taken)), False)))

    def _retell(self) -> None:
        """Problems of the sources, with the split they are in."""
        for split, source in self.sources.items():
            for problem in source.problems:
                self.tell(Problem(problem.where, problem.text, problem.kind))
            for text in source.notes:
                self.note(f"{split}: {text}")

    def fingerprint(self) -> str:
        return digest("several", self._own, [(split, source.fingerprint()) for split, source in self.sources.items()])


def with_splits(train: Source, valid: Source | None = None, test: Source | None = None) -> Source:
    """One source of separate ones. A split that `train` names itself is kept where no other source stands for it;
    all rows of `valid` and `test` are validation and test rows, whatever they say of themselves."""
    sources = {split: source for split, source in (("train", train), ("valid", valid), ("test", test)) if source}
    own = any(field.meaning == "split" for field in train.fields)
    joined = Several(train.place, sources, own=own)
    if own and len(sources) > 1:
        others = " and ".join(split for split in sources if split != "train")
        joined.note(f"{train.place} names splits itself: its own rows of {others} are passed over")
    return joined


def _pick(names: Sequence[str], folder: Path) -> tuple[dict[str, str], list[str]]:
    """One file for each split, all with the same ending and stem; and the names of other data files."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    for name in names:
        split, stem = part_split(name[: len(name) - len(extension(name))])
        if split:
            found.setdefault((stem.lower(), extension(name)), {})[split] = name
    if not found:
        return ({"": names[0]}, []) if len(names) == 1 else ({}, [])
    complete = {key: files for key, files in found.items() if len(files) == max(map(len, found.values()))}
    stems = {stem for stem, _ in complete}
    stem = folder.resolve().name.lower() if folder.resolve().name.lower() in stems else min(stems)
    if len(stems) > 1 and stem != folder.resolve().name.lower():
        raise DataError(
            f"{folder}/: {len(stems)} data sets ({', '.join(sorted(stems))}); name one's train file, and its test file with --test."
        )
    endings = sorted((ending for at, ending in complete if at == stem), key=_rank)
    files = complete[stem, endings[0]]
    ordered = {split: files[split] for split in ("train", "valid", "test") if split in files}
    return ordered, [name for name in names if name not in files.values()]


def _rank(ending: str) -> tuple[int, str]:
    kind = "." + ending.split(".")[1]
    return (_ORDER.index(kind) if kind in _ORDER else len(_ORDER), ending)


def _common(one: Field, other: Field, place: str) -> Field:
    """A field whose type holds both; DataError where there is none."""
    if one.type == other.type and one.known == other.known:
        return one
    types = (one.type, other.type)
    if not one.known and not other.known and FILE not in types:
        if all(_is_number(kind) for kind in types):
            number = np.promote_types(*(kind.to_pandas_dtype() for kind in types))
            return Field(one.name, pa.from_numpy_dtype(number), one.meaning)
        if pa.null() in types:
            return one if other.type == pa.null() else other
        if not any(pa.types.is_nested(kind) for kind in types):
            return Field(one.name, pa.string(), one.meaning)
    raise DataError(f"{place}: {one.name} is {one.type} in one split and {other.type} in another.")


def _is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind)


def _shaped(batch: pa.RecordBatch, fields: Sequence[Field], split: str, own: str | None) -> pa.RecordBatch:
    """A source's rows with the fields of all: cast, null where it has none, and its split."""
    schema = pa.schema([(field.name, field.type) for field in fields])
    cells = []
    for field in fields:
        if field.meaning == "split":
            cells.append(batch.column(own) if own else pa.repeat(pa.scalar(split, pa.string()), batch.num_rows))
        elif field.name in batch.schema.names:
            cell = batch.column(field.name)
            cells.append(cell if cell.type == field.type else cell.cast(field.type))
        else:
            cells.append(pa.nulls(batch.num_rows, field.type))
    return pa.RecordBatch.from_arrays(cells, schema=schema)
