"""Arrow's own files: `.arrow` and `.feather`, as files or as streams, compressed or not, mapped into memory."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import OneFile, Source, digest, stamp
from fromraw.sources.plain import index_names
from fromraw.sources.typed import SEEN, Typed

_ENDINGS = frozenset((".arrow", ".arrows", ".feather", ".ipc"))
_BROKEN = (pa.ArrowInvalid, pa.ArrowSerializationError, OSError)


@part("arrow")
class Ipc(OneFile):
    """path: of the file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with open(path, "rb") as file:
            head = file.read(6)
        if head.startswith(b"FEA1"):
            raise DataError(f"{path}: Feather's first version, of before 2020; save it anew, or as .parquet.")
        self._is_stream = head != b"ARROW1"
        schema, first = self._look()
        index = {name for name in index_names(schema) if name.startswith("__index_level_")}
        kept = pa.schema([field for field in schema if field.name not in index], schema.metadata)
        if first is None or not kept.names:
            rows = "no rows" if first is None else f"{first.num_rows} rows"
            raise DataError(f"{path}: {rows} of {len(kept.names)} columns, so nothing to learn from.")
        self._typed = Typed(kept, lambda names: first.select(names).slice(0, SEEN), path.parent)
        self._fields, self.things = self._typed.fields, self._typed.things
        self.notes += self._typed.notes

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .arrow, .arrows, .feather or .ipc."""
        named = isinstance(data, str | Path) and Path(data).suffix.lower() in _ENDINGS
        return cls(Path(data)) if named and Path(data).is_file() else None

    def _look(self) -> tuple[pa.Schema, pa.RecordBatch | None]:
        """The schema, and the first batch with rows."""
        try:
            with pa.memory_map(str(self._path)) as file:
                opened = pa.ipc.open_stream(file) if self._is_stream else pa.ipc.open_file(file)
        except _BROKEN as error:
            raise DataError(f"{self._path}: not a whole Arrow file ({error}).") from error
        return opened.schema, next(self._lying(), None)

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        fields = self.chosen(columns)
        names, rows = [field.name for field in fields], self._typed.rows(fields)
        for batch in self._lying():
            for start in range(0, batch.num_rows, rows):
                yield from self._typed.read(batch.slice(start, rows), names, self.tell)

    def _lying(self) -> Iterator[pa.RecordBatch]:
        """The batches that have rows, as they lie in the file."""
        try:
            with pa.memory_map(str(self._path)) as file:
                if self._is_stream:
                    yield from (batch for batch in pa.ipc.open_stream(file) if batch.num_rows)
                    return
                opened = pa.ipc.open_file(file)
                batches = (opened.get_batch(number) for number in range(opened.num_record_batches))
                yield from (batch for batch in batches if batch.num_rows)
        except _BROKEN as error:
            raise DataError(f"{self.place}: cannot be read ({error}).") from error

    def fingerprint(self) -> str:
        return digest("arrow", stamp(self._path), self._typed.stamps(lambda name: self._lying()))
