"""Every registered column keeps the same promises; a new one is covered by being registered."""

import json
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from fromraw.columns.base import Column, Ragged, Sample, Stored
from fromraw.parts import Part, find, parts
from fromraw.randomness import Draw
from fromraw.signals import rows_of
from fromraw.sources.base import Field

ROWS = 40
each_column = pytest.mark.parametrize("part", parts("columns").values(), ids=lambda part: part.name)


def fitted(part: Part) -> tuple[Column, pa.RecordBatch, Stored]:
    batch = part.cls.example(ROWS, 3)
    column = part.cls(part.name, batch.schema.names)
    column.fit([batch.slice(0, 25), batch.slice(25)])
    return column, batch, column.prepare(batch, np.arange(ROWS))[0]


def take(stored: Stored, rows: np.ndarray) -> Stored:
    return {name: a.take(rows) if isinstance(a, Ragged) else a[rows] for name, a in stored.items()}


def tensors_of(signal: Any) -> list[torch.Tensor]:
    return [value for value in vars(signal).values() if value is not None]


def assert_same(one: object, other: object) -> None:
    leaves, others = tensors_of(one), tensors_of(other)
    assert len(leaves) == len(others)
    for leaf, twin in zip(leaves, others, strict=True):
        torch.testing.assert_close(leaf, twin, rtol=0, atol=0)


@each_column
def test_it_is_registered_under_its_type(part: Part) -> None:
    assert part.cls.type == part.name
    assert part.cls.role in ("input", "left out")
    assert part.cls.decoder is None or find("decoders", part.cls.decoder)


@each_column
def test_its_own_cells_are_claimed_where_a_person_names_the_type(part: Part) -> None:
    batch = part.cls.example(ROWS, 3)
    sample = Sample([Field(f.name, f.type) for f in batch.schema], pa.Table.from_batches([batch]), ROWS, named=True)
    (claim,) = part.cls.recognize(sample)
    assert claim.fields == tuple(batch.schema.names)
    assert claim.reason
    assert set(claim.settings) <= set(part.settings)


@each_column
def test_what_it_learned_survives_json(part: Part) -> None:
    column, batch, stored = fitted(part)
    twin = part.cls(column.name, column.fields, **column.settings)
    twin.load(json.loads(json.dumps(column.state())))
    again, _ = twin.prepare(batch, np.arange(ROWS))
    assert twin.spec == column.spec
    assert twin.state() == column.state()
    assert twin.show() == column.show()
    assert_same(column.collate(stored, None), twin.collate(again, None))


@each_column
@pytest.mark.parametrize("ranges", [False, True])
def test_what_is_handed_on_reads_and_answers_the_same(part: Part, ranges: bool) -> None:
    column, batch, stored = fitted(part)
    twin = part.cls(column.name, column.fields, **column.settings)
    twin.load(json.loads(json.dumps(column.handed_on(ranges))))
    again, _ = twin.prepare(batch, np.arange(ROWS))
    assert twin.spec == column.spec
    assert twin.handed_on(ranges) == column.handed_on(ranges)
    assert_same(column.collate(stored, None), twin.collate(again, None))
    assert list(twin.written(again)) == list(column.written(stored))
    assert not ranges or twin.unlike(batch, again) == column.unlike(batch, stored)


@each_column
def test_no_cell_but_names_of_categories_is_handed_on(part: Part) -> None:
    column, batch, _ = fitted(part)
    cells = {str(cell) for row in batch.to_pylist() for cell in row.values() if isinstance(cell, str | int | float)}
    told = json.dumps(column.handed_on())
    assert {cell for cell in cells - set(column.rare_names(ROWS)) if len(cell) > 5 and cell in told} == set()


@each_column
def test_every_row_is_stored_and_missing_ones_are_marked(part: Part) -> None:
    _, batch, stored = fitted(part)
    assert all(len(array) == ROWS for array in stored.values())
    assert stored["present"].dtype == bool
    missing = np.asarray(batch.column(0).is_null())
    assert not stored["present"][missing].any()


@each_column
def test_preparing_in_pieces_is_preparing_whole(part: Part) -> None:
    column, batch, stored = fitted(part)
    pieces = [column.prepare(batch.slice(at, 7), np.arange(at, min(at + 7, ROWS)))[0] for at in range(0, ROWS, 7)]
    for at, piece in enumerate(pieces):
        rows = np.arange(7 * at, min(7 * at + 7, ROWS))
        assert_same(column.collate(piece, None), column.collate(take(stored, rows), None))


@each_column
@pytest.mark.parametrize("rows", [[], [0], [5, 5, 2], list(range(ROWS))], ids=["none", "one", "repeated", "all"])
def test_any_number_of_rows_is_batched(part: Part, rows: list[int]) -> None:
    column, _, stored = fitted(part)
    few = take(stored, np.array(rows, np.int64))
    signal = column.collate(few, column.look(few, None, {}))
    assert rows_of(signal) == len(rows)
    assert isinstance(signal, column.spec.kind)
    assert all(torch.isfinite(leaf).all() for leaf in tensors_of(signal) if leaf.is_floating_point())


@each_column
def test_a_batch_without_the_column_is_missing_in_every_row(part: Part) -> None:
    column, _, _ = fitted(part)
    stored, _ = column.prepare(pa.record_batch({"other": pa.array([1, 2, 3])}), np.arange(3))
    assert not stored["present"].any()
    assert rows_of(column.collate(stored, None)) == 3


@each_column
def test_the_plain_view_changes_nothing(part: Part) -> None:
    column, _, stored = fitted(part)
    assert_same(column.collate(stored, None), column.collate(stored, column.look(stored, None, {})))


@each_column
def test_a_rows_look_does_not_depend_on_its_neighbors(part: Part) -> None:
    column, _, stored = fitted(part)
    changes = {name: value for name, (value, _) in column.suggest_changes(stored).items()}
    places = np.arange(ROWS)
    whole = column.look(stored, Draw(1, "view", places, np.zeros(ROWS, np.int64)), changes)
    some = np.array([3, 17])
    alone = column.look(take(stored, some), Draw(1, "view", some, np.zeros(2, np.int64)), changes)
    if whole is not None and alone is not None:
        np.testing.assert_array_equal(whole.take(some).matrix, alone.matrix)


@each_column
def test_baselines_get_one_line_of_numbers_a_row(part: Part) -> None:
    column, _, stored = fitted(part)
    flat = column.flat(stored)
    assert flat is None or (flat.shape[0] == ROWS and flat.ndim == 2 and flat.dtype == np.float64)


@each_column
def test_a_named_type_need_not_be_fitted_on_many_rows(part: Part) -> None:
    batch = part.cls.example(1, 1)
    column = part.cls(part.name, batch.schema.names)
    column.fit([batch])
    stored, _ = column.prepare(batch, np.arange(1))
    assert rows_of(column.collate(stored, None)) == 1
