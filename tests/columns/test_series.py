"""Series in all their forms, and how a run of columns is told from unlike things side by side."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.columns.base import Ragged, Sample
from fromraw.columns.series import Series
from fromraw.randomness import Draw
from fromraw.sources.base import Field

ROWS = st.lists(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9), min_size=1, max_size=12)


def fitted(cells: pa.Array, **settings: Any) -> tuple[Series, Any]:
    batch = pa.record_batch({"s": cells})
    column = Series("s", ["s"], **settings)
    column.fit([batch])
    return column, column.prepare(batch, np.arange(len(cells)))[0]


def values_of(column: Series, stored: Any) -> np.ndarray:
    """(B, T, C), in the data's own unit."""
    signal = column.collate(stored, None)
    return signal.values.numpy().transpose(0, 2, 1) * column.deviation + column.mean


@given(ROWS)
def test_steps_come_back_and_padding_is_masked(rows: list[list[float]]) -> None:
    column, stored = fitted(pa.array(rows))
    signal, raw = column.collate(stored, None), values_of(column, stored)
    scale = max(1, max(abs(step) for steps in rows for step in steps))
    for row, steps in enumerate(rows):
        np.testing.assert_allclose(raw[row, : len(steps), 0], steps, atol=1e-5 * scale)
    if column.ragged:
        assert signal.mask is not None
        assert signal.mask.sum(1).tolist() == [len(steps) for steps in rows]
        assert not signal.values[:, 0][~signal.mask].any()
    assert column.spec.sizes == (max(map(len, rows)),)


STEPS = np.arange(24.0).reshape(2, 3, 4)


@pytest.mark.parametrize(
    ("cells", "settings"),
    [
        (pa.array(STEPS.transpose(0, 2, 1).tolist()), {}),
        (pa.array(STEPS.tolist()), {"steps_first": True}),
        (pa.FixedSizeListArray.from_arrays(pa.array(STEPS.transpose(0, 2, 1).ravel()), 12), {"shape": (4, 3)}),
        (pa.FixedSizeListArray.from_arrays(pa.array(STEPS.ravel()), 12), {"shape": (3, 4), "steps_first": True}),
    ],
    ids=["channels of steps", "steps of channels", "array", "array, steps first"],
)
def test_every_form_is_the_same_series(cells: pa.Array, settings: dict[str, Any]) -> None:
    column, stored = fitted(cells, **settings)
    assert column.spec.channels == 4
    np.testing.assert_allclose(values_of(column, stored), STEPS, atol=1e-5)


def test_an_empty_step_is_the_mean_and_is_counted() -> None:
    column, stored = fitted(pa.array([[1.0, None, 3.0], [2.0, 2.0, 2.0]]))
    assert stored["values"][0, 1, 0] == 0
    assert column.show() == "3 steps, 16.7% of them empty"


def test_an_empty_end_is_a_shorter_series_in_columns() -> None:
    batch = pa.record_batch({"t0": [1.0, 4.0], "t1": [2.0, 5.0], "t2": [3.0, None]})
    column = Series("s", ["t0", "t1", "t2"])
    column.fit([batch])
    stored, _ = column.prepare(batch, np.arange(2))
    assert isinstance(stored["values"], Ragged)
    assert stored["length"].tolist() == [3, 2]


def test_longer_and_other_series_than_in_training_are_said() -> None:
    column, _ = fitted(pa.array([[[1.0, 2.0]], [[3.0, 4.0]]]))
    cells = pa.array([[[1.0, 2.0, 3.0]], [[1.0]], [[1.0, 2.0], [3.0, 4.0]], None])
    stored, problems = column.prepare(pa.record_batch({"s": cells}), np.arange(4))
    assert stored["present"].tolist() == [True, True, False, False]
    assert [(p.where, p.text) for p in problems] == [
        ("row 1", "s has 3 steps, those of training 2: cut"),
        ("row 2", "s has 1 step, those of training 2: filled up"),
        ("row 3", "s has not 1 channels of numbers"),
    ]


def test_a_shifted_view_moves_steps_and_back() -> None:
    column, stored = fitted(pa.array([list(range(10)), list(range(7))], pa.list_(pa.float64())))
    view = column.look(stored, Draw(0, "view", np.arange(2), np.zeros(2, np.int64)), {"shift": 2})
    assert view is not None
    shift = int(view.matrix[0, 0, 1])
    plain, moved = column.collate(stored, None).values[0, 0], column.collate(stored, view).values[0, 0]
    np.testing.assert_allclose(moved[2:8], plain[2 - shift : 8 - shift])
    np.testing.assert_allclose(column.restore(view.to_grid(np.full((2, 1, 1), 3.0)), view), 3)


# ------------------------------------------------------------------------------------------------------- recognition


def claimed(columns: dict[str, Any], **more: Any) -> dict[str, tuple[str, ...]]:
    table = pa.table(columns)
    sample = Sample([Field(f.name, f.type) for f in table.schema], table, **more)
    return {claim.name: claim.fields for claim in Series.recognize(sample)}


def columns_of(values: np.ndarray, name: str = "t{}") -> dict[str, Any]:
    return {name.format(place): values[:, place] for place in range(values.shape[1])}


random = np.random.default_rng(5)
TIME = np.arange(40) / 40
WAVES = np.sin(2 * np.pi * (3 * TIME + random.random((80, 1)))) + 0.4 * random.normal(size=(80, 40))


@pytest.mark.parametrize("name", ["t{}", "{}", "step_{}", "0.{:03}"])
def test_steps_in_columns_are_one_series(name: str) -> None:
    columns = columns_of(WAVES, name)
    assert claimed({"label": ["a", "b"] * 40, **columns}) == {"series": tuple(columns)}
    walk = np.cumsum(random.normal(size=(30, 12)), 1)
    assert claimed(columns_of(walk)) == {"series": tuple(columns_of(walk))}


def test_two_runs_of_columns_are_two_series() -> None:
    x, y = columns_of(WAVES, "x{}"), columns_of(WAVES[::-1], "y{}")
    assert claimed({**x, **y}) == {"x": tuple(x), "y": tuple(y)}


@pytest.mark.parametrize(
    "values",
    [
        random.normal(size=(300, 28)),
        random.normal(size=(300, 28)) * np.exp(2 * random.normal(size=28)) + 5 * random.normal(size=28),
        WAVES[:, random.permutation(40)],
        np.repeat(random.normal(size=(300, 5)), 6, 1) + random.normal(size=(300, 30)),
        np.ones((300, 28)),
        WAVES[:3],
    ],
    ids=["noise", "unlike scales", "shuffled steps", "blocks of things alike", "constants", "three rows"],
)
def test_unlike_things_side_by_side_are_no_series(values: np.ndarray) -> None:
    assert claimed(columns_of(values, "x{}")) == {}


def test_arrays_of_one_dimension_are_series_where_neighbors_go_together() -> None:
    for values, expected in [(WAVES, {"x": ("x",)}), (random.normal(size=(80, 40)), {})]:
        cells = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), 40)
        table, known = pa.table({"x": cells}), {"shape": (40,), "dtype": "float64"}
        sample = Sample([Field("x", cells.type, known=known)], table)
        assert {claim.name: claim.fields for claim in Series.recognize(sample)} == expected
