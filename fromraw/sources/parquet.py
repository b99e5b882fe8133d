"""A Parquet table: its types are kept, a part is a row group, and only the columns asked for are read."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import Field, Source, digest, stamp
from fromraw.sources.plain import index_names
from fromraw.sources.typed import SEEN, Typed


@part("parquet")
class Parquet(Source):
    """path: of the file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.place = str(path)
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                schema, self._groups, rows = file.schema_arrow, file.num_row_groups, file.metadata.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{path}: not a whole Parquet file ({error}).") from error
        index = {name for name in index_names(schema) if name.startswith("__index_level_")}
        kept = pa.schema([field for field in schema if field.name not in index], schema.metadata)
        if not rows or not kept.names:
            raise DataError(f"{path}: {rows} rows of {len(kept.names)} columns, so nothing to learn from.")
        self._typed = Typed(kept, lambda names: next(self._lying(self.parts()[0], names, SEEN), None), path.parent)
        self.notes += self._typed.notes
        self.things = self._typed.things

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .parquet or .pq."""
        named = isinstance(data, str | Path) and Path(data).suffix.lower() in (".parquet", ".pq")
        return cls(Path(data)) if named and Path(data).is_file() else None

    @property
    def fields(self) -> Sequence[Field]:
        return self._typed.fields

    def parts(self) -> Sequence[str]:
        return [f"row group {number + 1}" for number in range(self._groups)]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        fields = self.chosen(columns)
        names = [field.name for field in fields]
        for batch in self._lying(part, names, self._typed.rows(fields)):
            yield from self._typed.read(batch, names, self.tell)

    def _lying(self, part: str, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Columns as they lie in the file."""
        group = int(part.removeprefix("row group ")) - 1
        try:
            with pq.ParquetFile(self._path) as file:
                yield from file.iter_batches(rows, row_groups=[group], columns=list(names))
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{self.place}: {part} cannot be read ({error}).") from error

    def fingerprint(self) -> str:
        def batches(name: str) -> Iterator[pa.RecordBatch]:
            return (batch for part in self.parts() for batch in self._lying(part, [name], 1 << 16))

        return digest("parquet", stamp(self._path), self._typed.stamps(batches))
