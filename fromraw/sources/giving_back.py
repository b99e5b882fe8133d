"""Answers in the kind of frame that the rows came in, its index, its order and its own columns as they were.

Whose frame it is, is told by the name of its type's package, and that package by `sys.modules`: none is imported here.
"""

import sys
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

import pyarrow as pa

from fromraw.sources.answered import Answered, added_in, put


def package_of(data: Any) -> str:
    """The package that an object's type is of."""
    return type(data).__module__.split(".")[0].removeprefix("_")


def is_dataset(data: Any) -> bool:
    """Whether it is Hugging Face's Dataset, of rows that can be counted."""
    return package_of(data) == "datasets" and type(data).__name__ == "Dataset"


def give_frame(frame: Any, rows: pa.Table, pieces: Iterable[Answered]) -> Any:
    """The frame with the answers; rows: the same as a table. A reader of a stream gives one, which answers as it is
    read, so that memory is bounded."""
    if isinstance(frame, pa.RecordBatchReader):
        return _reader(rows, pieces)
    return put_beside(frame, rows, added_in(pieces))


def put_beside(frame: Any, rows: pa.Table, added: pa.Table) -> Any:
    """The frame with columns more, in place of any that are called so."""
    package = package_of(frame)
    if package == "pandas":
        new = added.to_pandas()
        return frame.assign(**{name: new[name].to_numpy() for name in new.columns})
    if package == "polars":
        return frame.with_columns(sys.modules["polars"].from_arrow(added).get_columns())
    if package == "duckdb":
        return sys.modules["duckdb"].from_arrow(put(rows, added))
    if is_dataset(frame):
        datasets = sys.modules["datasets"]
        kept = frame.remove_columns([name for name in added.column_names if name in frame.column_names])
        new = datasets.Dataset(datasets.table.InMemoryTable(added))
        return datasets.concatenate_datasets([kept, new], axis=1)
    if isinstance(frame, pa.RecordBatch):
        return put(pa.table(frame), added).combine_chunks().to_batches()[0]
    return put(frame if isinstance(frame, pa.Table) else rows, added)


def _reader(rows: pa.Table, pieces: Iterable[Answered]) -> pa.RecordBatchReader:
    tables = _walk(rows, pieces)
    first = next(tables)
    later = (table.cast(first.schema) for table in tables)
    batches = (batch for table in chain([first], later) for batch in table.to_batches())
    return pa.RecordBatchReader.from_batches(first.schema, batches)


def _walk(rows: pa.Table, pieces: Iterable[Answered]) -> Iterator[pa.Table]:
    start = 0
    for piece in pieces:
        yield put(rows.slice(start, piece.added.num_rows), piece.added)
        start += piece.added.num_rows
