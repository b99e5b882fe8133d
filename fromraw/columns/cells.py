"""Arrow cells of any type as texts, and which of them are missing: what several columns begin with."""

import pyarrow as pa
import pyarrow.compute as pc

from fromraw.sources.base import MISSING

_MISSING = pa.array(sorted(MISSING))


def cells_of(batch: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    """A field's cells as one plain array; all null where the batch has no such field."""
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows)
    return plain(batch.column(name))


def plain(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Without chunks and dictionaries."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells


def is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_single(kind: pa.DataType) -> bool:
    """Whether cells of that Arrow type are single values: texts, numbers, truth values, or nothing at all."""
    kind = value_type(kind)
    return is_text(kind) or is_number(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)


def to_texts(cells: pa.Array, literal: bool = False) -> pa.Array:
    """Texts exactly as written, null where missing. literal: only null is missing, whatever a text says."""
    cells = plain(cells)
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), None, cells)
    texts = cells if pa.types.is_string(cells.type) else pc.cast(cells, pa.string())
    if literal:
        return texts
    return pc.if_else(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), _MISSING), None, texts)
