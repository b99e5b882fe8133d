"""The promises of each baseline, over small data read by real columns."""

from collections.abc import Callable, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image as Pillow
from sklearn.linear_model import Ridge as SklearnRidge
from sklearn.model_selection import LeaveOneOut, cross_val_predict

from fromraw.baselines import growing
from fromraw.baselines.growing import grow
from fromraw.baselines.hist_gradient_boosting import KEPT, HistGradientBoosting
from fromraw.baselines.kernel import Kernel
from fromraw.baselines.linear import Linear
from fromraw.baselines.majority import Majority
from fromraw.baselines.mean import Mean
from fromraw.baselines.median import Median
from fromraw.baselines.nearest_neighbors import NearestNeighbors, nearest
from fromraw.baselines.pictures import oriented_gradients
from fromraw.baselines.random_convolutions import RandomConvolutions
from fromraw.baselines.ridge import Ridge, fit_factor
from fromraw.columns.base import Column
from fromraw.columns.category import Category
from fromraw.columns.image import Image
from fromraw.columns.number import Number
from fromraw.columns.series import Series
from fromraw.errors import Refused
from fromraw.streams.examples import Examples


def read(columns: Sequence[Column], cells: dict[str, pa.Array], output: str, train: int) -> Examples:
    """Examples of these columns, fitted on the first `train` rows; one input of all scalars, and one of each other."""
    batch = pa.record_batch(cells)
    for column in columns:
        column.fit([batch.slice(0, train)])
    stored = {column.name: column.prepare(batch, np.arange(len(batch)))[0] for column in columns}
    names = {column.name: column for column in columns if column.name != output}
    inputs = {name: [name] for name, column in names.items() if not column.scalar}
    if table := [name for name, column in names.items() if column.scalar]:
        inputs["table"] = table
    return Examples({column.name: column for column in columns}, stored, inputs, {output: [output]}, {})


def texts(values: Sequence[Any]) -> pa.Array:
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def table_of(
    rows: int, numbers: bool = False, seed: int = 0, spoil: Callable[..., None] = lambda cells: None
) -> Examples:
    """y follows from x and color together; `noise` and `same` tell nothing."""
    random = np.random.default_rng(seed)
    x, color = random.normal(size=rows), random.choice(["red", "blue"], rows)
    signal = x + 2 * (color == "red") - 1
    y = (10 * signal + 100).round(3) if numbers else np.where(signal > 0, "yes", "no")
    cells = {
        "x": list(x),
        "color": list(color),
        "noise": list(random.normal(size=rows)),
        "same": [1] * rows,
        "y": list(y),
    }
    spoil(cells)
    columns = [Number("x", ["x"]), Category("color", ["color"]), Number("noise", ["noise"]), Number("same", ["same"])]
    columns.append(Number("y", ["y"]) if numbers else Category("y", ["y"], output=True))
    return read(columns, {name: texts(values) for name, values in cells.items()}, "y", rows)


def pictures_of(rows: int, side: int = 16, seed: int = 0) -> Examples:
    """Stripes that lie or stand, in two colors; the answer is how they lie."""
    random, cells, y = np.random.default_rng(seed), [], []
    for _ in range(rows):
        lying, phase = random.integers(2), random.integers(8)
        wave = 60 * np.sin((np.arange(side) + phase) * 2 * np.pi / 8)
        pixels = 128 + (wave[:, None] if lying else wave[None]) + random.normal(0, 10, (side, side))
        file = BytesIO()
        Pillow.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "PNG")
        cells.append(file.getvalue())
        y.append("lying" if lying else "standing")
    columns = [Image("photo", ["photo"]), Category("y", ["y"], output=True)]
    return read(columns, {"photo": pa.array(cells, pa.binary()), "y": texts(y)}, "y", rows)


def series_of(rows: int, numbers: bool = False, seed: int = 0) -> Examples:
    """Waves of two frequencies, of any phase and of different length; the answer is the frequency."""
    random, cells, y = np.random.default_rng(seed), [], []
    for _ in range(rows):
        fast, steps = random.integers(2), np.arange(random.integers(30, 60))
        wave = np.sin(steps * (0.9 if fast else 0.6) + random.uniform(0, 7)) + 0.3 * random.normal(size=len(steps))
        cells.append([wave.tolist()])
        y.append((0.9 if fast else 0.6) if numbers else ("fast" if fast else "slow"))
    columns = [Series("wave", ["wave"]), Number("y", ["y"]) if numbers else Category("y", ["y"], output=True)]
    return read(columns, {"wave": pa.array(cells, pa.list_(pa.list_(pa.float64()))), "y": texts(y)}, "y", rows)


def accuracy(baseline: Any, examples: Examples, train: np.ndarray, test: np.ndarray) -> float:
    baseline.fit(examples, train, "y", 60.0)
    answer = baseline.answer(examples, test)["probabilities"]
    return float((answer.argmax(1) == examples.stored["y"]["ids"][test] - 1).mean())


def halves(examples: Examples) -> tuple[np.ndarray, np.ndarray]:
    rows = np.arange(len(examples.stored["y"]["present"]))
    return rows[: len(rows) // 2], rows[len(rows) // 2 :]


# ------------------------------------------------------------------------------------------------------ it learns


@pytest.mark.parametrize("cls", [Linear, NearestNeighbors, HistGradientBoosting])
def test_a_table_whose_inputs_tell_is_learned(cls: Any) -> None:
    examples = table_of(800)
    assert accuracy(cls(), examples, *halves(examples)) > 0.9


@pytest.mark.parametrize("cls", [Linear, NearestNeighbors, HistGradientBoosting])
def test_numbers_of_a_table_are_learned_in_the_coordinates_of_the_signal(cls: Any) -> None:
    examples = table_of(800, numbers=True)
    train, test = halves(examples)
    baseline, mean = cls(), Mean()
    for each in (baseline, mean):
        each.fit(examples, train, "y", 60.0)
    truth = examples.stored["y"]["values"][test]
    error, trivial = (np.mean((b.answer(examples, test)["numbers"][:, 0] - truth) ** 2) for b in (baseline, mean))
    assert error < 0.2 * trivial


def test_no_constant_is_nearer_on_the_average_than_the_median() -> None:
    y = Number("y", ["y"])
    examples = read([Number("x", ["x"]), y], {"x": texts(range(5)), "y": texts([1, 2, 3, 4, 100])}, "y", 5)
    baseline = Median()
    baseline.fit(examples, np.arange(5), "y", 1.0)
    (answer,) = y.restore(baseline.answer(examples, np.arange(1))["numbers"])[0]
    assert answer == pytest.approx(3.0, abs=1e-5)


@pytest.mark.parametrize("reads", ["pixels", "gradients", "best"])
def test_stripes_of_any_phase_are_told_apart_by_the_kernel(reads: Any) -> None:
    examples = pictures_of(160)
    assert accuracy(Kernel(reads=reads), examples, *halves(examples)) > 0.95


def test_large_pictures_are_read_by_gradients_alone() -> None:
    examples = pictures_of(24, side=80)
    baseline = Kernel()
    assert accuracy(baseline, examples, *halves(examples)) > 0.9
    assert baseline.words().startswith("oriented gradients and colors + kernel machine")


def test_series_of_different_length_and_phase_are_told_apart_by_random_convolutions() -> None:
    examples = series_of(120)
    assert accuracy(RandomConvolutions(numbers=1000), examples, *halves(examples)) > 0.9


def test_numbers_are_read_from_series() -> None:
    examples = series_of(120, numbers=True)
    train, test = halves(examples)
    baseline = RandomConvolutions(numbers=1000)
    baseline.fit(examples, train, "y", 60.0)
    error = baseline.answer(examples, test)["numbers"][:, 0] - examples.stored["y"]["values"][test]
    assert np.mean(error**2) < 0.3


def test_the_majority_is_as_sure_as_it_is_frequent() -> None:
    examples = table_of(100)
    baseline = Majority()
    baseline.fit(examples, np.arange(100), "y", 1.0)
    share = (examples.stored["y"]["ids"] == 2).mean()
    np.testing.assert_allclose(baseline.answer(examples, np.arange(3))["probabilities"][:, 1], share, atol=0.01)


def test_a_hidden_place_in_the_vocabulary_beyond_the_bins_is_still_read() -> None:
    names = [f"v{i:03d}" for i in range(400)] * 2
    y = ["yes" if int(name[1:]) % 2 else "no" for name in names]
    columns = [Category("v", ["v"], output=True), Category("y", ["y"], output=True)]
    examples = read(columns, {"v": texts(names), "y": texts(y)}, "y", 800)
    baseline = HistGradientBoosting(trees=3)
    baseline.fit(examples, np.arange(800), "y", 10.0)
    codes = baseline.table.codes["v"][0]
    assert np.isnan(codes[0])
    assert set(codes[1:]) == set(range(KEPT + 1))


# ------------------------------------------------------------------------------------------------------ it survives


def _holes(cells: dict[str, list[Any]]) -> None:
    for at in range(0, len(cells["y"]), 4):
        cells["y"][at] = None
    for at in range(0, len(cells["x"]), 3):
        cells["x"][at] = cells["color"][at] = None


@pytest.mark.parametrize("cls", [Linear, NearestNeighbors, HistGradientBoosting])
def test_missing_cells_are_read_and_missing_targets_passed_over(cls: Any) -> None:
    examples = table_of(200, spoil=_holes)
    baseline = cls()
    baseline.fit(examples, np.arange(200), "y", 60.0)
    assert baseline.rows == 150
    assert np.isfinite(baseline.answer(examples, np.arange(200))["probabilities"]).all()


@pytest.mark.parametrize("cls", [Majority, Linear, NearestNeighbors, HistGradientBoosting])
def test_without_any_target_it_refuses(cls: Any) -> None:
    examples = table_of(8, spoil=lambda cells: cells.update(y=["yes"] * 4 + [None] * 4))
    with pytest.raises(Refused, match="no row has a target"):
        cls().fit(examples, np.arange(4, 8), "y", 1.0)


def test_a_category_that_was_not_among_the_rows_is_improbable_but_possible() -> None:
    examples = table_of(60)
    rows = np.flatnonzero(examples.stored["y"]["ids"] == 1)
    for cls in (Majority, Linear, NearestNeighbors, HistGradientBoosting):
        baseline = cls()
        baseline.fit(examples, rows, "y", 10.0)
        probabilities = baseline.answer(examples, np.arange(60))["probabilities"]
        assert (probabilities[:, 1] > 0).all()
        assert (probabilities[:, 0] > 0.7).all()


# ------------------------------------------------------------------------------------------------------- it refuses


@pytest.mark.parametrize(
    ("cls", "examples", "why"),
    [
        (Kernel, table_of, "no input is a picture"),
        (RandomConvolutions, table_of, "no input is a series"),
        (HistGradientBoosting, series_of, "no input is a table's"),
        (Mean, table_of, "numbers only"),
    ],
)
def test_it_says_why_it_does_not_apply(cls: Any, examples: Callable[[int], Examples], why: str) -> None:
    with pytest.raises(Refused, match=why):
        cls.check(examples(8), "y", "classify")


# --------------------------------------------------------------------------------------------- time, rows and settings


def test_parts_grow_while_time_lasts_and_are_beginnings_of_one_order(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, parts = [0.0], []
    monkeypatch.setattr(growing, "monotonic", lambda: clock[0])

    def learn(rows: np.ndarray) -> int:
        clock[0] += len(rows) / 1000
        parts.append(rows)
        return len(rows)

    learned, used = grow(learn, np.arange(100_000), None, 10.0)
    assert learned == used == len(parts[-1]) < 10_000
    assert clock[0] <= 10.0
    assert all(np.array_equal(small, large[: len(small)]) for small, large in pairwise(parts))
    assert grow(learn, np.arange(100_000), None, float("inf"))[1] == 100_000
    parts.clear()
    assert grow(learn, np.arange(100_000), used, 0.0)[1] == used
    assert len(parts) == 1


@pytest.mark.parametrize(
    ("cls", "examples"),
    [
        (Linear, table_of),
        (NearestNeighbors, table_of),
        (HistGradientBoosting, table_of),
        (Kernel, pictures_of),
        (RandomConvolutions, series_of),
    ],
)
def test_the_settings_left_by_a_timed_fit_give_the_same_answers_again(
    cls: Any, examples: Callable[[int], Examples], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(growing, "FIRST", 20)
    data = examples(90)
    timed = cls()
    timed.fit(data, np.arange(80), "y", 0.0)
    assert timed.rows == 20
    again = cls(**timed.settings())
    again.fit(data, np.arange(80), "y", float("inf"))
    rows = np.arange(80, 90)
    np.testing.assert_array_equal(again.answer(data, rows)["probabilities"], timed.answer(data, rows)["probabilities"])


# ------------------------------------------------------------------------------------------------------- its methods


@pytest.mark.parametrize("shape", [(30, 5), (12, 40)])
def test_left_out_answers_are_those_of_leaving_each_row_out(shape: tuple[int, int]) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=shape).astype(np.float32)
    y = (x[:, :2] + 0.5 * random.normal(size=(len(x), 2))).astype(np.float64)
    ridge = Ridge(x, y)
    centered = x - x.mean(0)
    values = np.linalg.eigvalsh(centered @ centered.T if shape[0] <= shape[1] else centered.T @ centered)
    other = SklearnRidge(alpha=ridge.strength * values.mean())
    np.testing.assert_allclose(ridge(x), other.fit(x, y).predict(x), atol=1e-3)
    np.testing.assert_allclose(ridge.left_out, cross_val_predict(other, x, y, cv=LeaveOneOut()), atol=5e-3)


def test_the_factor_makes_scores_as_sure_as_they_are_right_but_never_certain() -> None:
    codes = np.arange(40) % 2
    right, wrong = np.eye(2)[codes], np.eye(2)[np.where(np.arange(40) < 10, 1 - codes, codes)]
    surest = 1 / (1 + np.exp(-fit_factor(right, codes)))
    assert surest == pytest.approx(1 - 0.5 / 41, abs=1e-3)
    assert fit_factor(wrong, codes) == pytest.approx(np.log(3), abs=0.1)


def test_neighbors_are_the_nearest_first() -> None:
    among = np.array([[0.0], [1.0], [3.0], [10.0]], np.float32)
    near, squares = nearest(np.array([[2.6]], np.float32), among, 3)
    assert near.tolist() == [[2, 1, 0]]
    np.testing.assert_allclose(squares, [[0.16, 2.56, 6.76]], rtol=1e-4)


def test_oriented_gradients_do_not_change_with_brightness() -> None:
    picture = torch.rand(2, 3, 24, 32, generator=torch.Generator().manual_seed(0)) * 10
    torch.testing.assert_close(oriented_gradients(picture), oriented_gradients(picture + 5), atol=1e-3, rtol=1e-3)
    assert not torch.allclose(
        oriented_gradients(picture), oriented_gradients(picture.transpose(2, 3).reshape(2, 3, 24, 32))
    )
