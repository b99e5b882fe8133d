"""What Hugging Face's `datasets` notes in a schema: names of classes, shapes of arrays.

Its Parquet and Arrow files carry the note as its frames do, as JSON under `huggingface`. The package is not needed for
reading it: Lhoest and others, "Datasets: a community library for natural language processing", EMNLP 2021.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fromraw.sources.base import FILE, Field, Problem

Feature = Mapping[str, Any]
"""What is noted of a column: its `_type`, and what that type needs."""


def features_in(schema: pa.Schema) -> dict[str, Feature]:
    """What is noted of each column of single features; empty where nothing is, or where it cannot be understood."""
    try:
        noted = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
        features = noted.get("info", {}).get("features") or {}
        return {str(name): feature for name, feature in features.items() if isinstance(feature, Mapping)}
    except (ValueError, AttributeError):
        return {}


def noted_field(field: Field, feature: Feature | None) -> Field:
    """The field as it is noted: a class is a text, an array of two or more dimensions a cell of a known shape."""
    if class_names(feature) is not None:
        return replace(field, type=pa.string())
    if shape := _shape(feature):
        value = field.type
        while pa.types.is_list(value):
            value = value.value_type
        known = {"shape": shape, "dtype": str(value.to_pandas_dtype().__name__)}
        return replace(field, type=pa.list_(value, int(np.prod(shape))), known=known)
    return field


def class_names(feature: Feature | None) -> list[str] | None:
    """What the numbers of a column of classes stand for."""
    names = feature.get("names") if feature and feature.get("_type") == "ClassLabel" else None
    return [str(name) for name in names] if names else None


def _shape(feature: Feature | None) -> tuple[int, ...]:
    """Of an array that has the same shape in all rows; () for anything else."""
    if not feature or not str(feature.get("_type", "")).startswith("Array"):
        return ()
    shape = tuple(feature.get("shape") or ())
    return shape if shape and all(isinstance(size, int) for size in shape) else ()


def spell(numbers: pa.Array, names: list[str]) -> pa.Array:
    """Numbers of classes as their names; a number without a name, as -1 for no class, is missing."""
    at = numbers.cast(pa.int64()).fill_null(-1).to_numpy(zero_copy_only=False)
    return pa.array(names, pa.string()).take(pa.array(at, mask=(at < 0) | (at >= len(names))))


def flatten_cells(cells: pa.Array, kind: pa.DataType) -> pa.Array:
    """Nested lists of one shape as lists of one fixed size."""
    valid, values = cells.is_valid().to_numpy(zero_copy_only=False), cells
    while pa.types.is_list(values.type):
        values = values.flatten()
    lists = pa.FixedSizeListArray.from_arrays(values, kind.list_size)
    return lists if valid.all() else lists.take(pa.array(np.cumsum(valid) - 1, mask=~valid))


def fetch_files(batch: pa.RecordBatch, tell: Callable[[Problem], None]) -> pa.RecordBatch:
    """The batch with the files read that its pictures only name, as `datasets` leaves them when it loads a folder."""
    for at, column in enumerate(batch.columns):
        if column.type == FILE and column.field("bytes").null_count > column.null_count:
            cells = [cell and _fetched(cell, tell) for cell in column.to_pylist()]
            batch = batch.set_column(at, batch.schema.field(at), pa.array(cells, FILE))
    return batch


def _fetched(cell: Mapping[str, Any], tell: Callable[[Problem], None]) -> Mapping[str, Any] | None:
    if cell["bytes"] is not None:
        return cell
    if not cell["path"]:
        return None
    try:
        return {"path": cell["path"], "bytes": Path(cell["path"]).read_bytes()}
    except OSError as error:
        tell(Problem(cell["path"], (error.strerror or "cannot be read").lower()))
        return cell
