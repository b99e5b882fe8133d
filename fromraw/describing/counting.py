"""How many rows each category of an output has, over all rows."""

import numpy as np

from fromraw.describing.dataset import DataSet
from fromraw.describing.survey import read_cells


def count_categories(dataset: DataSet) -> dict[str, dict[str, int]]:
    """{output: {category: rows}} for the outputs that have categories, in their own order."""
    counted = {}
    for name, column in dataset.outputs.items():
        ids = column.strata(dataset.cells[name])
        if ids is None:
            continue
        fresh = type(column)(name, column.fields, **column.settings)
        fresh.fit(read_cells(dataset.source, column.fields).to_batches())
        counts = np.bincount(ids, minlength=1)
        names = fresh.restore(np.arange(1, len(counts)))
        counted[name] = {str(n): int(c) for n, c in zip(names, counts[1:], strict=True)}
    return counted
