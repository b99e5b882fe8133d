"""One reading of all rows: how many there are, a hash of each, and a sample of first and scattered ones."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fromraw.describing.hashing import hash_rows
from fromraw.randomness import mix
from fromraw.sources.base import Source

FIRST, SCATTERED = 256, 1024
"""Rows of the sample; files among them weigh at most SAMPLE_BYTES, so fewer rows are kept where they are large."""
SAMPLE_BYTES = 64 << 20


@dataclass(frozen=True)
class Survey:
    """hashes: (n,) uint64 of each row's contents; sample: first and scattered rows; sample_rows: their numbers."""

    hashes: np.ndarray
    sample: pa.Table
    sample_rows: np.ndarray

    @property
    def rows(self) -> int:
        return len(self.hashes)


def survey(source: Source, tick: Callable[[int], None] = lambda rows: None) -> Survey:
    """Read every row once, keeping a hash of each and a sample.

    Scattered rows are those whose number's hash ends in enough zeros; the rarer a number, the longer it is kept, so
    memory is bounded without knowing how many rows will come.
    """
    hashed = [field.name for field in source.fields if field.meaning != "split"]
    hashes, kept, numbers, zeros, start = [], [], [], 0, 0
    for batch in source.batches():
        hashes.append(hash_rows(batch.select(hashed)))
        here = np.arange(start, start + batch.num_rows)
        chosen = here[_is_chosen(here, zeros)]
        kept.append(batch.take(pa.array(chosen - start)))
        numbers.append(chosen)
        start += batch.num_rows
        while _too_much(kept):
            zeros += 1
            kept, numbers = _thin(kept, numbers, zeros)
        tick(start)
    schema = pa.schema([(field.name, field.type) for field in source.fields])
    table = pa.Table.from_batches(kept, schema) if kept else schema.empty_table()
    empty = np.zeros(0, np.int64)
    return Survey(
        np.concatenate(hashes) if hashes else empty.astype(np.uint64),
        table,
        np.concatenate(numbers) if numbers else empty,
    )


def _is_chosen(rows: np.ndarray, zeros: int) -> np.ndarray:
    scattered = (mix(rows.astype(np.uint64)) & np.uint64((1 << zeros) - 1)) == 0
    first = rows < max(8, FIRST >> max(0, zeros - 4))
    return scattered | first


def _too_much(kept: list[pa.RecordBatch]) -> bool:
    rows = sum(batch.num_rows for batch in kept)
    return rows > 2 * (FIRST + SCATTERED) or (rows > 16 and sum(b.get_total_buffer_size() for b in kept) > SAMPLE_BYTES)


def _thin(
    kept: list[pa.RecordBatch], numbers: list[np.ndarray], zeros: int
) -> tuple[list[pa.RecordBatch], list[np.ndarray]]:
    """Copies, so that the batches which the rows came from can be let go."""
    masks = [_is_chosen(rows, zeros) for rows in numbers]
    thinned = [batch.take(pa.array(np.flatnonzero(m))) for batch, m in zip(kept, masks, strict=True) if m.any()]
    return thinned, [rows[m] for rows, m in zip(numbers, masks, strict=True) if m.any()]


def read_cells(source: Source, columns: Sequence[str]) -> pa.Table:
    """A few small columns of all rows (outputs, groups, times), in memory."""
    schema = pa.schema([(f.name, f.type) for f in source.fields if f.name in columns])
    return pa.Table.from_batches(list(source.batches(list(schema.names))) if len(schema) else [], schema)
