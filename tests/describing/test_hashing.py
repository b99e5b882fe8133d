"""A row's hash is of its contents alone: not of where it stands, how it is cut, or how Arrow happens to hold it."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.describing.hashing import hash_cells, hash_rows
from fromraw.sources.base import FILE

KINDS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "text": (pa.string(), st.text(max_size=20) | st.just("x" * 5000)),
    "bytes": (pa.binary(), st.binary(max_size=40)),
    "whole": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "number": (pa.float64(), st.floats(allow_nan=False)),
    "truth": (pa.bool_(), st.booleans()),
    "list": (pa.list_(pa.float32()), st.lists(st.integers(-9, 9).map(float), max_size=5)),
    "deep": (pa.list_(pa.list_(pa.int32())), st.lists(st.lists(st.integers(-9, 9), max_size=3), max_size=3)),
    "fixed": (pa.list_(pa.int16(), 3), st.lists(st.integers(-9, 9) | st.none(), min_size=3, max_size=3)),
    "fixed twice": (pa.list_(pa.list_(pa.float32(), 2), 1), st.lists(
        st.lists(st.integers(-9, 9).map(float), min_size=2, max_size=2), min_size=1, max_size=1)),
    "file": (FILE, st.fixed_dictionaries({"path": st.text(max_size=5), "bytes": st.binary(max_size=9)})),
    "struct": (pa.struct([("a", pa.int64()), ("b", pa.string())]),
               st.fixed_dictionaries({"a": st.integers(-9, 9), "b": st.text(max_size=3)})),
}  # fmt: skip
each_kind = pytest.mark.parametrize("kind", KINDS)


def cells(kind: str) -> st.SearchStrategy[pa.Array]:
    arrow, values = KINDS[kind]
    return st.lists(values | st.none(), min_size=1, max_size=12).map(lambda found: pa.array(found, arrow))


@each_kind
@given(data=st.data())
def test_cut_and_turned_each_row_keeps_its_hash(kind: str, data: st.DataObject) -> None:
    array = data.draw(cells(kind))
    turned = data.draw(st.permutations(range(len(array))))
    at = data.draw(st.integers(0, len(array)))
    whole = hash_cells(array)
    assert np.array_equal(np.concatenate([hash_cells(array[:at]), hash_cells(array[at:])]), whole)
    assert np.array_equal(hash_cells(array.take(pa.array(turned))), whole[list(turned)])


@each_kind
@given(data=st.data())
def test_equal_cells_have_equal_hashes_and_others_have_others(kind: str, data: st.DataObject) -> None:
    array = data.draw(cells(kind))
    values = array.field("bytes").to_pylist() if kind == "file" else array.to_pylist()
    if kind == "file":
        values = [None if cell is None else value for cell, value in zip(array.to_pylist(), values, strict=True)]
    hashes = hash_cells(array)
    for i, one in enumerate(values):
        for j, other in enumerate(values):
            assert (hashes[i] == hashes[j]) == (one == other), (one, other)


def test_columns_are_told_by_their_names_and_not_by_their_order() -> None:
    one = pa.record_batch({"a": [1, 2], "b": ["x", "y"]})
    assert np.array_equal(hash_rows(one), hash_rows(one.select(["b", "a"])))
    assert not np.array_equal(hash_rows(one), hash_rows(one.rename_columns(["b", "a"])))


def test_texts_are_hashed_alike_in_every_form_that_arrow_has_for_them() -> None:
    plain = pa.array(["bee", None, "wasp", "bee"])
    for form in (pa.large_string(), pa.dictionary(pa.int32(), pa.string())):
        assert np.array_equal(hash_cells(plain.cast(form)), hash_cells(plain))


def test_a_number_is_hashed_alike_in_every_width() -> None:
    plain = pa.array([1, 200, None, 3])
    for form in (pa.int16(), pa.uint8(), pa.uint64(), pa.int32()):
        assert np.array_equal(hash_cells(plain.cast(form)), hash_cells(plain))
    assert np.array_equal(hash_cells(pa.array([0.5, 2], pa.float32())), hash_cells(pa.array([0.5, 2], pa.float64())))


def test_lists_are_told_by_their_order_and_by_where_they_are_cut() -> None:
    flat = [[1, 2], [2, 1], [1], [2], [], [1, 1], [1, 2, 2]]
    assert len(set(hash_cells(pa.array(flat, pa.list_(pa.int32()))).tolist())) == len(flat)
    deep = [[[1, 2]], [[1], [2]], [[1, 2], []], [[], [1, 2]], [[2, 1]], []]
    assert len(set(hash_cells(pa.array(deep, pa.list_(pa.list_(pa.int32())))).tolist())) == len(deep)


def test_a_file_is_its_contents_and_not_its_name() -> None:
    files = pa.array([{"path": "a.png", "bytes": b"same"}, {"path": "b.png", "bytes": b"same"}], FILE)
    hashes = hash_cells(files)
    assert hashes[0] == hashes[1]


def test_the_last_bytes_of_words_count_also_where_they_are_zeros() -> None:
    cells = [b"", b"\0", b"\0\0", b"a", b"a\0", b"\0a", b"12345678", b"12345678\0", b"12345678a"]
    assert len(set(hash_cells(pa.array(cells, pa.binary())).tolist())) == len(cells)


def test_hashes_are_spread_evenly() -> None:
    hashes = hash_rows(pa.record_batch({"n": np.arange(20_000)}))
    assert len(np.unique(hashes)) == 20_000
    counts = np.bincount((hashes >> np.uint64(60)).astype(int), minlength=16)
    assert np.abs(counts - 1250).max() < 200
