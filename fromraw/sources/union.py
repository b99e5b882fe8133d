"""Fields of several sources as those of one, and batches in their shape."""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pyarrow as pa

from fromraw.errors import DataError
from fromraw.sources.base import FILE, Field, Source


def common_field(one: Field, other: Field, place: str, where: str) -> Field:
    """A field whose type holds both; DataError where there is none. where: what the two are of, `split` or `file`."""
    meaning = one.meaning if one.meaning == other.meaning else ""
    if one.type == other.type and one.known == other.known:
        return Field(one.name, one.type, meaning, one.known)
    marks = {field.known["decimal"] for field in (one, other) if "decimal" in field.known}
    if len(marks) > 1:
        what = f"{one.name} has a decimal comma in one {where} and a point in another"
        raise DataError(f"{place}: {what}; write them alike, or say which it is in all: --read decimal=point.")
    types = (one.type, other.type)
    if all(pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in types):
        number = np.promote_types(*(kind.to_pandas_dtype() for kind in types))
        return Field(one.name, pa.from_numpy_dtype(number), meaning)
    if not any(pa.types.is_nested(kind) for kind in types):
        likely = {key: mark for key, mark in [*one.known.items(), *other.known.items()] if key == "likely_decimal"}
        return Field(one.name, pa.string(), meaning, {"decimal": marks.pop()} if marks else likely)
    words = [f"{field.type}{f' {dict(field.known)}' if field.known else ''}" for field in (one, other)]
    raise DataError(f"{place}: {one.name} is {words[0]} in one {where} and {words[1]} in another.")


def asked_of(source: Source, wanted: Iterable[str]) -> list[str]:
    """What is read of a source: of the wanted columns those it has, and at least one, that is cheap."""
    names = set(wanted)
    asked = [field.name for field in source.fields if field.name in names]
    return asked or [min(source.fields, key=lambda field: field.type == FILE).name]


def shaped(batch: pa.RecordBatch, fields: Sequence[Field], constants: Mapping[str, str | None]) -> pa.RecordBatch:
    """A batch with the fields of all: constants for all its rows, else its own column, cast; null where it has none."""
    cells = []
    for field in fields:
        if field.name in constants:
            cells.append(pa.repeat(pa.scalar(constants[field.name], pa.string()), batch.num_rows))
        elif field.name in batch.schema.names:
            cells.append(batch.column(field.name).cast(field.type))
        else:
            cells.append(pa.nulls(batch.num_rows, field.type))
    return pa.RecordBatch.from_arrays(cells, schema=pa.schema([(field.name, field.type) for field in fields]))
