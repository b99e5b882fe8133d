"""A 64-bit hash of each row's contents, whole batches at a time.

Equal rows have equal hashes wherever they stand and however the source cuts its batches; so splits depend on contents
alone.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.randomness import key_of, mix

LONG = 4096
"""Bytes of a cell above which it is hashed alone."""

_NULL = np.uint64(key_of("null"))


def hash_rows(batch: pa.RecordBatch) -> np.ndarray:
    """(rows,) uint64, of all columns by their names; the order of columns does not matter."""
    total = np.zeros(batch.num_rows, np.uint64)
    with np.errstate(over="ignore"):
        for name, column in zip(batch.schema.names, batch.columns, strict=True):
            total += mix(hash_cells(column) ^ np.uint64(key_of("column", name)))
    return mix(total)


def hash_cells(array: pa.Array) -> np.ndarray:
    """(n,) uint64, one a cell, of any Arrow type."""
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    kind = array.type
    if pa.types.is_struct(kind) and "bytes" in [field.name for field in kind]:
        hashes = hash_cells(array.field("bytes"))
    elif pa.types.is_struct(kind):
        hashes = hash_rows(pa.RecordBatch.from_arrays(array.flatten(), [field.name for field in kind]))
    elif pa.types.is_dictionary(kind):
        hashes = hash_cells(array.dictionary_decode())
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind):
        hashes = _combine(hash_cells(array.flatten()), _lengths(array))
    elif pa.types.is_fixed_size_list(kind):
        hashes = np.full(len(array), _NULL)
        there = np.asarray(array.is_valid())
        hashes[there] = _of_fixed(array.drop_null().flatten(), kind.list_size, int(there.sum()))
    elif pa.types.is_null(kind):
        hashes = np.full(len(array), _NULL)
    elif pa.types.is_floating(kind) or pa.types.is_integer(kind) or pa.types.is_boolean(kind):
        values = np.asarray(pc.fill_null(array.cast(_wide(kind)), 0))
        hashes = mix(np.ascontiguousarray(values).view(np.uint64))
    else:
        hashes = _of_bytes(array if pa.types.is_binary(kind) else array.cast(pa.string()))
    return np.where(np.asarray(array.is_null()), _NULL, hashes) if array.null_count else hashes


def _wide(kind: pa.DataType) -> pa.DataType:
    return pa.float64() if pa.types.is_floating(kind) else pa.uint64() if kind == pa.uint64() else pa.int64()


def _lengths(array: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(pc.list_value_length(array), 0)).astype(np.int64)


def _of_fixed(values: pa.Array, size: int, rows: int) -> np.ndarray:
    """Of lists of one length, end to end: by their bytes, and by which of them are missing, where some are."""
    if not pa.types.is_primitive(values.type):
        return _combine(hash_cells(values), np.full(rows, size))
    gaps = np.asarray(values.is_null()).reshape(rows, size)
    raw = np.asarray(pc.fill_null(values, pa.scalar(0, pa.int8()).cast(values.type)) if values.null_count else values)
    hashes = _of_same_size(np.ascontiguousarray(raw).reshape(rows, size))
    torn = gaps.any(1)
    hashes[torn] = mix(hashes[torn] ^ _of_same_size(gaps[torn]))
    return hashes


def _of_same_size(raw: np.ndarray) -> np.ndarray:
    """(rows, size) numbers of any type, each row by its bytes."""
    rows, offsets = len(raw), np.arange(len(raw) + 1, dtype=np.int64) * (raw.shape[1] * raw.itemsize)
    return _of_bytes(pa.Array.from_buffers(pa.large_binary(), rows, [None, pa.py_buffer(offsets), pa.py_buffer(raw)]))


def _of_bytes(array: pa.Array) -> np.ndarray:
    """Long cells by BLAKE2b, one at a time; short ones all at once, eight bytes by eight."""
    array = array.cast(pa.large_binary())
    lengths = np.asarray(pc.fill_null(pc.binary_length(array), 0)).astype(np.int64)
    long = lengths > LONG
    starts = np.frombuffer(array.buffers()[1], np.int64)[array.offset : array.offset + len(array)]
    hashes = _of_words(array.buffers()[2], starts, np.where(long, 0, lengths))
    if long.any():
        hashes[long] = [key_of(cell) for cell in array.filter(pa.array(long)).to_pylist()]
    return hashes


def _of_words(data: pa.Buffer | None, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Each cell's words of eight bytes, little end first, scrambled one into the other; its length is the seed."""
    hashes = mix(lengths.astype(np.uint64))
    padded = np.frombuffer((bytes(data) if data is not None else b"") + bytes(8), np.uint8)
    words = np.ndarray((len(padded) - 7,), "<u8", padded.data, strides=(1,))
    rows = np.flatnonzero(lengths)
    at = 0
    while len(rows):
        left = np.minimum(lengths[rows] - at, 8).astype(np.uint64)
        unused = np.uint64(64) - left * np.uint64(8)
        hashes[rows] = mix(hashes[rows] ^ (words[starts[rows] + at] << unused))
        at += 8
        rows = rows[lengths[rows] > at]
    return hashes


def _combine(items: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(sum of lengths,) uint64 -> (n,): each run's items, scrambled with their places, summed; and its length."""
    ends = np.cumsum(lengths)
    place = np.arange(len(items), dtype=np.uint64) - np.repeat(ends - lengths, lengths).astype(np.uint64)
    scrambled = mix(items ^ mix(place))
    with np.errstate(over="ignore"):
        running = np.concatenate([np.zeros(1, np.uint64), np.cumsum(scrambled, dtype=np.uint64)])
        return mix(running[ends] - running[ends - lengths] + mix(lengths.astype(np.uint64)))
