"""The rows of a text table whose form is known, as Arrow batches of texts, in blocks.

Arrow parses what it can, which is nearly all and fastest; Python's csv the rest: cells with blanks around them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pyarrow as pa
import pyarrow.csv

from fromraw.sources.encoding import Utf8
from fromraw.sources.form import Form

_BLOCK = 4 << 20
_ROWS = 8192


@dataclass(frozen=True)
class Ragged:
    """A row with too few or too many cells. line: its number in the file."""

    line: int
    cells: int


def parse(stream: Utf8, form: Form, names: Sequence[str], ragged: list[Ragged]) -> Iterator[pa.RecordBatch]:
    """The named columns, in the table's order. ragged: is filled with what is no row, once all is read; its lines are
    right where no cell holds a newline and no line is empty, else `find_ragged` counts them."""
    batches = _by_csv if form.dialect.spaced else _by_arrow
    return _without_last(batches(stream, form, names, ragged), form.spare)


def find_ragged(stream: Utf8, form: Form) -> list[Ragged]:
    """What is no row, each with its line in the file: Arrow does not count lines inside quotes, nor empty ones."""
    found: list[Ragged] = []
    for _ in _by_csv(stream, form, [], found):
        pass
    return found


def _by_arrow(stream: Utf8, form: Form, names: Sequence[str], ragged: list[Ragged]) -> Iterator[pa.RecordBatch]:
    dialect, layout = form.dialect, form.layout

    def skip(row: Any) -> str:
        if row.text.strip():
            ragged.append(Ragged(row.number, row.actual_columns))
        return "skip"

    every = [*layout.names, *(f"\0{at}" for at in range(layout.dropped))]
    reader = pyarrow.csv.open_csv(
        pa.PythonFile(stream, "r"),
        pyarrow.csv.ReadOptions(
            use_threads=False,  # with threads, Arrow does not say which row is wrong
            block_size=_BLOCK,
            column_names=every,
            skip_rows=layout.above,
        ),
        pyarrow.csv.ParseOptions(
            delimiter=dialect.separator,
            quote_char=dialect.quote or False,
            escape_char=dialect.escape or False,
            newlines_in_values=bool(dialect.quote),
            ignore_empty_lines=True,
            invalid_row_handler=skip,
        ),
        pyarrow.csv.ConvertOptions(
            column_types=dict.fromkeys(every, pa.string()), strings_can_be_null=False, include_columns=names
        ),
    )
    return (batch for batch in reader if batch.num_rows)


def _by_csv(stream: Utf8, form: Form, names: Sequence[str], ragged: list[Ragged]) -> Iterator[pa.RecordBatch]:
    layout = form.layout
    places = [layout.names.index(name) for name in names]
    rows: list[list[str]] = []
    for line, _, cells in form.dialect.records(islice(stream, layout.above, None), layout.above + 1):
        if len(cells) == layout.width:
            rows.append(cells)
        elif any(cell.strip() for cell in cells):
            ragged.append(Ragged(line, len(cells)))
        if len(rows) == _ROWS:
            yield _batch(rows, places, names)
            rows = []
    if rows:
        yield _batch(rows, places, names)


def _batch(rows: list[list[str]], places: Sequence[int], names: Sequence[str]) -> pa.RecordBatch:
    columns = list(zip(*rows, strict=True)) if places else []
    schema = pa.schema([(name, pa.string()) for name in names])
    return pa.RecordBatch.from_arrays([pa.array(columns[at], pa.string()) for at in places], schema=schema)


def _without_last(batches: Iterator[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """All rows but the last ones."""
    kept: list[pa.RecordBatch] = []
    for batch in batches:
        kept.append(batch)
        while len(kept) > 1 and sum(later.num_rows for later in kept[1:]) >= rows:
            yield kept.pop(0)
    left = sum(batch.num_rows for batch in kept) - rows
    for batch in kept:
        if left > 0:
            yield batch.slice(0, left)
        left -= batch.num_rows
