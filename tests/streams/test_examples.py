"""Batches are a function of the step: whoever forms them, ahead of need or not, in whatever order."""

import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from fromraw.columns.category import Category
from fromraw.columns.image import Image
from fromraw.columns.number import Number
from fromraw.columns.series import Series
from fromraw.randomness import Draw
from fromraw.signals import Batch, Grid, take, tree_leaves
from fromraw.streams.examples import Examples, ExampleStream
from fromraw.streams.order import Order

ROWS = 90


def examples() -> Examples:
    """Pictures, recordings of 1 to 30 steps and a number, with a category to predict."""
    random = np.random.default_rng(0)
    pictures = Image.example(ROWS, 1).column(0)
    waves = [random.normal(size=random.integers(1, 31)).tolist() for _ in range(ROWS)]
    names = random.choice(["bee", "wasp"], ROWS)
    batch = pa.record_batch({"image": pictures, "wave": waves, "age": random.normal(size=ROWS), "name": names})
    columns = {
        "image": Image("image", ["image"]),
        "wave": Series("wave", ["wave"]),
        "age": Number("age", ["age"]),
        "name": Category("name", ["name"], output=True),
    }
    for column in columns.values():
        column.fit([batch])
    stored = {name: column.prepare(batch, np.arange(ROWS))[0] for name, column in columns.items()}
    inputs = {"image": ["image"], "wave": ["wave"], "age": ["age"]}
    changes = {"image": {"mirror": True, "shift": 2, "brightness": 0.4}, "wave": {"noise": 0.2}}
    return Examples(columns, stored, inputs, {"name": ["name"], "again": ["image"]}, changes)


@pytest.fixture
def stream() -> Iterator[ExampleStream]:
    made = ExampleStream(examples(), np.arange(5, 85), 16, seed=3, order=Order(80, 3))
    yield made
    made.close()


def assert_same(one: Batch, other: Batch) -> None:
    leaves = zip(*(tree_leaves([dict(b.inputs), dict(b.targets)]) for b in (one, other)), strict=True)
    assert all(torch.equal(a, b) for a, b in leaves)
    assert np.array_equal(one.rows, other.rows)


def test_what_is_formed_ahead_is_what_would_be_formed_when_asked(stream: ExampleStream) -> None:
    for step in range(7):
        assert stream.state() == {"step": step}
        assert_same(stream.next(), stream.make(step))


@pytest.mark.parametrize("step", [0, 3, 1000])
def test_put_back_to_a_step_it_goes_on_from_there(stream: ExampleStream, step: int) -> None:
    stream.next()
    stream.restore({"step": step})
    assert_same(stream.next(), stream.make(step))
    assert_same(stream.next(), stream.make(step + 1))


def test_closed_and_asked_again_nothing_is_lost_or_twice(stream: ExampleStream) -> None:
    before = threading.active_count()
    stream.next()
    assert threading.active_count() == before + 1
    stream.close()
    assert threading.active_count() == before
    assert_same(stream.next(), stream.make(1))


def test_an_error_while_forming_a_batch_is_raised_where_it_is_asked_for(
    stream: ExampleStream, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(step: int) -> Any:
        raise OSError("the disk is gone")

    monkeypatch.setattr(stream, "make", broken)
    with pytest.raises(OSError, match="the disk is gone"):
        stream.next()


def test_only_its_rows_and_each_as_often_as_any_other(stream: ExampleStream) -> None:
    seen = np.concatenate([stream.make(step).rows for step in range(25)])
    counts = np.bincount(seen, minlength=ROWS)
    assert set(counts[5:85]) == {5}
    assert counts[:5].sum() == counts[85:].sum() == 0


def test_rows_of_a_step_are_of_about_one_length(stream: ExampleStream) -> None:
    lengths = stream.examples.stored["wave"]["values"].lengths
    within = [np.ptp(lengths[stream.make(step).rows]) for step in range(10)]
    assert np.mean(within) < 0.45 * np.ptp(lengths)
    firsts = [int(lengths[stream.make(step).rows].max()) for step in range(10)]
    assert firsts != sorted(firsts)


def test_no_step_holds_a_row_more_than_twice_however_few_there_are() -> None:
    stream = ExampleStream(examples(), np.arange(40), 8, seed=0, order=Order(40, 0))
    assert max(np.unique(stream.make(step).rows, return_counts=True)[1].max() for step in range(40)) <= 2
    assert min(len(np.unique(stream.make(step).rows)) for step in range(40)) >= 4


def test_another_look_at_the_same_row_is_another_view(stream: ExampleStream) -> None:
    first, later = stream.make(0), stream.make(5)
    row = next(iter(set(first.rows) & set(later.rows)), None)
    if row is not None:
        one, two = (b.inputs["image"].values[list(b.rows).index(row)] for b in (first, later))
        assert not torch.equal(one, two)


# ------------------------------------------------------------------------------------------------------------- examples


def test_appearance_touches_inputs_and_never_targets() -> None:
    here, rows = examples(), np.arange(12)
    batch = here.batch(rows, Draw(1, "view", rows, rows * 0))
    seen, target = batch.inputs["image"], batch.targets["again"]
    assert isinstance(seen, Grid)
    assert isinstance(target, Grid)
    difference = (seen.values - target.values)[seen.present]
    assert difference.abs().max() > 0.05
    assert difference.flatten(1).std(1).max() < 1e-5
    plain = here.batch(rows).inputs["image"]
    assert not torch.allclose(plain.values, target.values)


def test_in_evaluation_nothing_is_varied() -> None:
    here, rows = examples(), np.arange(12)
    assert_same(here.batch(rows), here.batch(rows))
    mirrored = here.batch(rows, look=1).inputs["image"].values
    assert here.fixed_looks() == 2
    torch.testing.assert_close(mirrored.flip(3), here.batch(rows).inputs["image"].values)


def test_a_row_is_batched_alike_in_any_company() -> None:
    here, draw = examples(), Draw(1, "view", np.arange(30), np.zeros(30, np.int64))
    some = np.array([4, 21, 2])
    alone = here.batch(some, Draw(1, "view", some, np.zeros(3, np.int64)))
    whole = here.batch(np.arange(30), draw)
    for name in ("image", "age"):
        pair = alone.inputs[name], take(whole.inputs[name], some)
        assert all(torch.equal(a, b) for a, b in zip(*map(tree_leaves, pair), strict=True))


def test_without_targets_none_are_read() -> None:
    here = examples()
    batches = list(here.batches(np.arange(20), 8, targets=False))
    assert [len(batch) for batch in batches] == [8, 8, 4]
    assert all(not batch.targets for batch in batches)
