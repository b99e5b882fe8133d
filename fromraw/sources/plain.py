"""Arrow's many types as the few that columns read: texts and lists of one kind, no dictionaries, files as FILE."""

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.types as kinds

from fromraw.sources.base import FILE, Field
from fromraw.sources.naming import SPLITS, meaning_of

_TEXTS = (kinds.is_large_string, kinds.is_string_view, kinds.is_null)
_BYTES = (kinds.is_large_binary, kinds.is_binary_view, kinds.is_fixed_size_binary)
_IN_A_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_LISTS = tuple(
    test
    for test in (getattr(kinds, f"is_{name}", None) for name in ("list", "large_list", "list_view", "large_list_view"))
    if test
)


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type that cells of this one travel as."""
    if isinstance(kind, pa.BaseExtensionType):
        return plain_type(kind.storage_type)
    if kinds.is_dictionary(kind):
        return plain_type(kind.value_type)
    if any(test(kind) for test in _TEXTS):
        return pa.string()
    if any(test(kind) for test in _BYTES):
        return pa.binary()
    if kinds.is_duration(kind):
        return pa.float64()
    if kinds.is_decimal(kind):
        exact = pa.int64() if kind.precision <= 18 else pa.string()
        return exact if kind.scale == 0 else pa.float64()
    if any(test(kind) for test in _LISTS):
        return pa.list_(plain_type(kind.value_type))
    if kinds.is_struct(kind) and {f.name for f in kind} == {"path", "bytes"}:
        return FILE
    return kind


def plain_field(field: pa.Field) -> Field:
    """What is certain of an Arrow field: its name, plain type, what the name means, and the shape of a tensor's."""
    kind = field.type
    shape = tuple(kind.shape) if isinstance(kind, pa.FixedShapeTensorType) else ()
    known: dict[str, Any] = {"shape": shape, "dtype": str(kind.value_type.to_pandas_dtype().__name__)} if shape else {}
    known |= {"named": True} if kinds.is_dictionary(kind) and is_amount(kind.value_type) else {}
    return Field(field.name, plain_type(kind), meaning_of(field.name), known)


def is_amount(kind: pa.DataType) -> bool:
    """Whether cells of that type would be taken for amounts."""
    return kinds.is_integer(kind) or kinds.is_floating(kind)


def plain_array(array: pa.Array, kind: pa.DataType) -> pa.Array:
    """The cells, as `plain_type` says; uncopied where they are that already."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if kinds.is_dictionary(array.type):
        values = plain_array(array.dictionary, plain_type(array.type.value_type))  # Arrow takes from no string view
        array = pa.DictionaryArray.from_arrays(array.indices, values).dictionary_decode()
    if kinds.is_duration(array.type) and kinds.is_floating(kind):
        return pc.divide(array.cast(pa.int64()).cast(kind), _IN_A_SECOND[array.type.unit])
    if kind == FILE and array.type != FILE:
        columns = [array.field(f.name).cast(f.type) for f in FILE]
        return pa.StructArray.from_arrays(columns, fields=list(FILE), mask=array.is_null())
    return array if array.type == kind else array.cast(kind)


def name_splits(batch: pa.RecordBatch, columns: Iterable[str]) -> pa.RecordBatch:
    """The batch with these columns' words for splits as train, valid and test; other words stay as they are."""
    for name in columns:
        if name in batch.schema.names:
            at = batch.schema.get_field_index(name)
            words = pc.utf8_trim_whitespace(batch.column(at)).dictionary_encode()
            known = [SPLITS.get(str(word).lower(), word or None) for word in words.dictionary.to_pylist()]
            batch = batch.set_column(at, name, pa.array(known, pa.string()).take(words.indices))
    return batch


def index_names(schema: pa.Schema) -> set[str]:
    """The fields that are a pandas index, not a column."""
    notes = json.loads((schema.metadata or {}).get(b"pandas", b"{}"))
    return {name for name in notes.get("index_columns", ()) if isinstance(name, str)}
