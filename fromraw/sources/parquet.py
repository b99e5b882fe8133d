"""A Parquet table: its types are kept, a part is a row group, and only the columns asked for are read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fromraw.errors import DataError
from fromraw.parts import part
from fromraw.sources.base import FILE, Field, Source, digest, stamp
from fromraw.sources.files import find_folders, open_files, stamps
from fromraw.sources.naming import meaning_of
from fromraw.sources.plain import index_names, name_splits, plain_array, plain_field
from fromraw.sources.tree import ROWS as FILE_ROWS

_ROWS = 8192
_SEEN = 200


@part("parquet")
class Parquet(Source):
    """path: of the file."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.place = str(path)
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                self._schema, self._groups, rows = file.schema_arrow, file.num_row_groups, file.metadata.num_rows
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{path}: not a whole Parquet file ({error}).") from error
        index = {name for name in index_names(self._schema) if name.startswith("__index_level_")}
        self._plain = {field.name: plain_field(field) for field in self._schema if field.name not in index}
        if not rows or not self._plain:
            raise DataError(f"{path}: {rows} rows of {len(self._plain)} columns, so nothing to learn from.")
        first = self._first_texts()
        self._folders = find_folders(first, path.parent)
        self._splits = [name for name in first if meaning_of(name, first[name]) == "split"]
        self._fields = [self._field(field) for field in self._plain.values()]
        self.things = "pictures" if any(field.type == FILE for field in self._fields) else "rows"

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A file that ends in .parquet or .pq."""
        named = isinstance(data, str | Path) and Path(data).suffix.lower() in (".parquet", ".pq")
        return cls(Path(data)) if named and Path(data).is_file() else None

    def _first_texts(self) -> dict[str, list[str | None]]:
        """The first cells of the columns of texts."""
        names = [name for name, field in self._plain.items() if field.type == pa.string()]
        with pq.ParquetFile(self._path) as file:
            for batch in file.iter_batches(_SEEN, columns=names) if names else ():
                return {name: plain_array(batch.column(name), pa.string()).to_pylist() for name in names}
        return {}

    def _field(self, field: Field) -> Field:
        if field.name in self._folders:
            return Field(field.name, FILE)
        return replace(field, meaning="split") if field.name in self._splits else field

    @property
    def fields(self) -> Sequence[Field]:
        return self._fields

    def parts(self) -> Sequence[str]:
        return [f"row group {number + 1}" for number in range(self._groups)]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        fields = self.chosen(columns)
        rows = FILE_ROWS if any(field.type == FILE for field in fields) else _ROWS
        for batch in self._cells(part, [field.name for field in fields], rows):
            yield from open_files(name_splits(batch, self._splits), self._folders, self.tell)

    def _cells(self, part: str, names: Sequence[str], rows: int) -> Iterator[pa.RecordBatch]:
        """Columns as they lie in the file, in plain types."""
        group = self.parts().index(part)
        schema = pa.schema([(name, self._plain[name].type) for name in names])
        try:
            with pq.ParquetFile(self._path) as file:
                for batch in file.iter_batches(rows, row_groups=[group], columns=list(names)):
                    cells = [plain_array(batch.column(name), self._plain[name].type) for name in names]
                    yield pa.RecordBatch.from_arrays(cells, schema=schema)
        except (pa.ArrowInvalid, OSError) as error:
            raise DataError(f"{self.place}: {part} cannot be read ({error}).") from error

    def fingerprint(self) -> str:
        named = ((name, at, part) for name, at in self._folders.items() for part in self.parts())
        cells = [(b.column(0).to_pylist(), at) for name, at, part in named for b in self._cells(part, [name], _ROWS)]
        return digest("parquet", stamp(self._path), [stamps(paths, folder) for paths, folder in cells])
