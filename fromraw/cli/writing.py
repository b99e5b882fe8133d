"""Writes answers to a file as they come: CSV, Parquet or lines of JSON, in place only when whole."""

import json
import os
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from fromraw.cli.answers import as_plain


class Writer:
    """out: the file, of which the ending says what it is; None: nothing is written. notes: what was left out."""

    def __init__(self, out: str | None) -> None:
        self.path = Path(out) if out else None
        self.notes: list[str] = []
        self._partial = Path(f"{out}.partial")
        self._sink: Any = None

    def __enter__(self) -> "Writer":
        if self.path:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        return self

    def write(self, table: pa.Table) -> None:
        """Append; the first table's columns and types are those of the file."""
        if self.path is None:
            return
        if self.path.suffix.lower() == ".csv":
            table = self._flat(table)
        if self._sink is None:
            self._schema = table.schema
            self._sink = self._open(self._schema)
        if self.path.suffix.lower() == ".jsonl":
            for row in table.to_pylist():
                self._sink.write(json.dumps(as_plain(row), ensure_ascii=False, default=str) + "\n")
        else:
            self._sink.write_table(table.cast(self._schema))

    def _open(self, schema: pa.Schema) -> Any:
        match str(self.path).lower().rpartition(".")[2]:
            case "csv":
                return pyarrow.csv.CSVWriter(str(self._partial), schema)
            case "parquet":
                return pyarrow.parquet.ParquetWriter(str(self._partial), schema)
            case _:
                return self._partial.open("w", encoding="utf-8")

    def _flat(self, table: pa.Table) -> pa.Table:
        """Without columns that hold lists, bytes or structures, which CSV has no cells for."""
        nested = [f.name for f in table.schema if pa.types.is_nested(f.type) or pa.types.is_binary(f.type)]
        if nested:
            self.notes.append(f"left out of {self.path}, which has no cells for lists: {', '.join(nested)}")
        return table.drop_columns(nested)

    def __exit__(self, kind: Any, *error: Any) -> None:
        if self._sink is not None:
            self._sink.close()
            if kind is None:
                os.replace(self._partial, self.path)  # type: ignore[arg-type]
            else:
                self._partial.unlink(missing_ok=True)
