"""The rows of a data set, prepared and ready to be batched: what training, baselines and a later look share."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column
from fromraw.describing.dataset import DataSet
from fromraw.planning.plan import Plan
from fromraw.randomness import key_of, mix
from fromraw.splits import Rows
from fromraw.store.prepared import size_of
from fromraw.store.preparing import Prepared, prepare, prepare_in_memory
from fromraw.streams.examples import Examples


@dataclass(frozen=True)
class Ground:
    """data: as it was read; prepared: its columns in stored form; examples: the same, ready to be batched; rows: who
    is train, valid and test among them."""

    data: DataSet
    prepared: Prepared
    examples: Examples
    rows: Rows

    def cells(self, rows: Sequence[int], columns: Sequence[str]) -> pa.Table:
        """Raw cells of a few rows (numbered as in `examples`), in the order of the source."""
        return self.data.source.peek([int(self.prepared.rows[row]) for row in rows], list(columns))


def gather(
    data: DataSet,
    columns: Mapping[str, Column],
    plan: Plan,
    share: float = 1.0,
    tick: Callable[[int], None] = lambda rows: None,
    once: bool = False,
) -> Ground:
    """Prepare the columns (fitted before) of all rows, or of a part of them chosen by their contents: by another hash
    than the split is made by, whose lowest are the test rows. once: these rows will not come again, so the cache
    gets nothing where memory holds it."""
    hashes, split = data.hashes, data.split
    keep = mix(hashes ^ np.uint64(key_of("part"))).astype(np.float64) / 2.0**64 < share if share < 1 else None
    memory, rows = plan.budget.memory_mib << 19, data.survey.rows
    if once and _bytes_in_all(data, columns) * share <= memory:
        prepared = prepare_in_memory(data.source, list(columns.values()), rows, keep)
    else:
        prepared = prepare(data.source, list(columns.values()), rows, keep, memory, tick)
    examples = Examples(
        columns,
        prepared.columns,
        {name: item.columns for name, item in plan.inputs.items()},
        {name: item.columns for name, item in plan.outputs.items()},
        plan.views,
    )
    chosen = prepared.rows
    groups = None if split.groups is None else split.groups[chosen]
    return Ground(data, prepared, examples, Rows(split.side[chosen], hashes[chosen], groups, split.folds))


def _bytes_in_all(data: DataSet, columns: Mapping[str, Column]) -> float:
    """What all rows take in stored form, from some of them."""
    some = data.survey.sample.slice(0, 64).combine_chunks().to_batches()[0]
    rows = np.arange(some.num_rows)
    stored = [column.prepare(some.select(list(column.fields)), rows)[0] for column in columns.values()]
    return sum(map(size_of, stored)) / some.num_rows * data.survey.rows
