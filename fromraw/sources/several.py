"""Several sources as one data set with a `split` field: train.EXT beside test.EXT, folders called train and test with
tables in them, or data named by `--test`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Source, digest
from fromraw.sources.naming import is_data, is_junk, passed_over, split_of
from fromraw.sources.pairing import pair_files
from fromraw.sources.places import is_archive
from fromraw.sources.shards import open_files_of
from fromraw.sources.union import asked_of, common_field, shaped

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
        self.written, self.told = source.written, next((s.told for s in sources.values() if s.told), {})
        self._own = _split_name(source)
        self._fields = self._union()
        self._parts = {f"{split}: {name}": (split, name) for split, s in sources.items() for name in s.parts()}
        self._retell()

    @classmethod
    def opens(cls, data: Any, **told: Any) -> Source | None:
        """A folder with train.EXT or X_TRAIN.EXT beside valid and test, with such folders of tables, or with a single
        file of data, beside which a zip or tar may lie that its cells name members of."""
        if not isinstance(data, str | Path) or not Path(data).is_dir():
            return None
        folder = Path(data)
        names = [path.name for path in sorted(folder.iterdir()) if path.is_file() and not is_junk(path.name)]
        files = pair_files([name for name in names if is_data(name)], folder) or _split_folders(folder)
        if not files or (list(files) == [""] and len(files[""]) > 1):
            return None
        found = {split: open_files_of(folder, several, several, told) for split, several in files.items()}
        taken = {name for several in files.values() for name in several}
        beside = [name for name in names if name not in taken]
        if any(field.type == FILE for source in found.values() for field in source.fields):
            beside = [name for name in beside if not is_archive(name)]
        elif "" in files and any(is_data(name) for name in beside):
            return None  # a table and an archive that have nothing to do with each other
        source = found[""] if "" in found else cls(f"{str(data).rstrip('/')}/", found)
        for text in passed_over(beside):
            source.note(text)
        return source

    def _union(self) -> list[Field]:
        """All fields of all sources, each of a type that fits everywhere."""
        found: dict[str, Field] = {}
        for source in self._sources.values():
            for field in _columns(source):
                known = found.get(field.name)
                found[field.name] = common_field(known, field, self.place, "split") if known else field
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
            yield shaped(kept, fields, {} if own else {_SPLIT: split})
        self._retell()

    def _asked(self, split: str, fields: Sequence[Field], own: str | None) -> list[str]:
        """Of these fields those that the source has, and its own split."""
        return asked_of(self._sources[split], [own or "", *(f.name for f in fields if f.meaning != "split")])

    def _without_taken(self, batch: pa.RecordBatch, own: str) -> pa.RecordBatch:
        """The rows of splits that no other source stands for, with the split under our name for it."""
        taken = [split for split in self._sources if split != self._first]
        kept = batch.filter(pc.invert(pc.is_in(batch.column(own), pa.array(taken, pa.string()))))
        names = [_SPLIT if name == own else name for name in kept.schema.names]
        return pa.RecordBatch.from_arrays(kept.columns, names)

    def _retell(self) -> None:
        """Problems of the sources as they are, notes with the split that they are of."""
        for split, source in self._sources.items():
            for problem in source.problems:
                self.tell(problem)
            for text in source.notes:
                self.note(f"{split}: {text}")
            if len(source.fields) > 1 and source.written not in ("", self.written):
                self.note(f"{split}: {source.written[:1].lower()}{source.written[1:]}")

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


def _split_folders(folder: Path) -> dict[str, tuple[str, ...]]:
    """Split -> tables in the folder of that name, if train stands beside another."""
    inside = {path: split for path in sorted(folder.iterdir()) if path.is_dir() and (split := split_of(path.name))}
    if "train" not in inside.values() or len(set(inside.values())) < 2 or len(set(inside.values())) < len(inside):
        return {}
    names = {path: [file.name for file in sorted(path.iterdir()) if is_data(file.name)] for path in inside}
    files = {split: pair_files(names[path], path).get("", ()) for path, split in inside.items()}
    found = {split: tuple(f"{p.name}/{n}" for n in files[split]) for p, split in inside.items()}
    return (
        {split: found[split] for split in ("train", "valid", "test") if found.get(split)} if all(found.values()) else {}
    )
