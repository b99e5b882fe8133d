"""Numbers: what is read as one, and that standardizing loses nothing."""

import decimal
import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.columns.base import Sample
from fromraw.columns.moments import Moments
from fromraw.columns.number import Number
from fromraw.columns.spelling import to_numbers
from fromraw.errors import DataError
from fromraw.sources.base import Field

NUMBERS = st.lists(st.floats(-1e15, 1e15), min_size=1, max_size=50)


def fitted(cells: pa.Array) -> tuple[Number, pa.RecordBatch]:
    batch = pa.record_batch({"age": cells})
    column = Number("age", ["age"])
    column.fit([batch])
    return column, batch


@given(NUMBERS)
def test_restoring_gives_the_numbers_back(values: list[float]) -> None:
    column, batch = fitted(pa.array(values))
    stored, problems = column.prepare(batch, np.arange(len(values)))
    scale = max(np.ptp(values), abs(column.moments.mean) * 1e-9, 1e-6)
    np.testing.assert_allclose(column.restore(stored["values"]), values, atol=1e-6 * scale, rtol=1e-9)
    assert not problems


@given(NUMBERS, st.integers(1, 7))
def test_moments_of_pieces_are_those_of_the_whole(values: list[float], size: int) -> None:
    moments, numbers = Moments(), np.array(values)
    for at in range(0, len(values), size):
        moments.add(numbers[at : at + size])
    assert moments.mean == pytest.approx(np.mean(numbers), rel=1e-9, abs=1e-9 * np.abs(numbers).max() + 1e-300)
    assert moments.squares == pytest.approx(
        np.square(numbers - numbers.mean()).sum(), rel=1e-6, abs=1e-12 * np.square(numbers).max() + 1e-300
    )
    assert (moments.low, moments.high) == (numbers.min(), numbers.max())
    assert Moments.of(json.loads(json.dumps(moments.state()))).state() == moments.state()


def test_texts_are_read_as_people_write_them() -> None:
    texts = ["1e3", " 12 ", "+5", "-.5", "7.", "n/a", "", None, "?", "nan", "inf", "abc", "1_000"]
    numbers, bad = to_numbers(pa.array(texts))
    np.testing.assert_array_equal(numbers, [1000, 12, 5, -0.5, 7, *[np.nan] * 8])
    assert np.flatnonzero(bad).tolist() == [11, 12]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        (pa.array([1, None, 3], pa.int8()), [1, np.nan, 3]),
        (pa.array([True, False, None]), [1, 0, np.nan]),
        (pa.array([decimal.Decimal("1.25"), None]), [1.25, np.nan]),
        (pa.array([2**63], pa.uint64()), [2.0**63]),
        (pa.array(["4", "5", "4"]).dictionary_encode(), [4, 5, 4]),
        (pa.array([np.inf, -np.inf, 2.0]), [np.nan, np.nan, 2]),
    ],
)
def test_every_arrow_type_of_numbers_is_read(cells: pa.Array, expected: list[float]) -> None:
    np.testing.assert_array_equal(to_numbers(cells)[0], expected)


def test_what_is_no_number_is_missing_and_named_by_row() -> None:
    column, batch = fitted(pa.array(["1", "abc", "3"]))
    stored, problems = column.prepare(batch, np.array([16, 17, 18]))
    assert stored["present"].tolist() == [True, False, True]
    assert [(p.where, p.text) for p in problems] == [("row 18", 'age is "abc", not a number')]


def test_it_is_an_error_where_a_person_named_the_type() -> None:
    column, batch = fitted(pa.array(["1", "abc", "x", "y", "z"]))
    column.strict = True
    with pytest.raises(DataError) as error:
        column.prepare(batch, np.arange(5))
    assert str(error.value) == (
        'row 2: age is "abc", not a number; 3 more like it. Mend it, or train with --type age=category, which takes it '
        "as it is."
    )


def claims(cells: Any, **more: Any) -> dict[str, float]:
    table = pa.table({"x": cells})
    return {c.name: c.sure for c in Number.recognize(Sample([Field("x", table.schema[0].type)], table, **more))}


def test_digits_behind_leading_zeros_are_no_numbers() -> None:
    assert claims(["01234", "00555", "98765"]) == {}
    assert claims(["0", "0.5", "12"]) == {"x": 0.6}


def test_few_whole_numbers_are_less_surely_numbers_where_they_are_predicted() -> None:
    assert claims([1, 2, 3] * 10) == {"x": 0.6}
    assert claims([1, 2, 3] * 10, output=True) == {"x": 0.4}
    assert claims([0.5, 1.5, 2.5] * 10, output=True) == {"x": 0.6}


def test_numbers_far_beyond_training_stay_finite() -> None:
    column, _ = fitted(pa.array([1.0, 2.0, 3.0]))
    stored, _ = column.prepare(pa.record_batch({"age": pa.array([1e300])}), np.arange(1))
    assert column.collate(stored, None).numbers.tolist() == [[1e6]]
