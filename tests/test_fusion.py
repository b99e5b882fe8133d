"""Several inputs in one net: what neither tells alone they tell together, and a missing one does not stop a row."""

from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pyarrow.parquet as pq
import pytest

import fromraw
from fromraw.evaluation.intervals import paired_difference
from fromraw.run import Run

SMALL = {
    "photo": {"photo.convnet.widths": [8, 8]},
    "x": {"x.dense.width": 16, "x.rate": 0.02},
}


@pytest.fixture(scope="module", autouse=True)
def nets_alone() -> Any:
    """Figures and baselines are tested elsewhere, and take longer than the nets here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        patch.setattr("fromraw.training.MOST_FOR_BASELINES", 1e-9)
        yield


def pictures_and_numbers(rows: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Pictures with a bright left or right half; numbers of either sign; which half, and which sign."""
    random = np.random.default_rng(0)
    right, positive = random.integers(0, 2, rows), random.integers(0, 2, rows)
    photo = random.integers(0, 120, (rows, 8, 8))
    photo[:, :, :4] += 120 * (1 - right)[:, None, None]
    photo[:, :, 4:] += 120 * right[:, None, None]
    return photo.astype(np.uint8), random.uniform(0.3, 1.5, rows) * (2 * positive - 1), right, positive


def teach(data: Any, run: Path, inputs: tuple[str, ...], steps: int) -> Run:
    settings: dict[str, Any] = {"learning.batch": 64, "learning.piece": 64}
    for name in inputs:
        settings |= SMALL[name]
    encoder = {"x": "dense"} if "x" in inputs else {}
    return fromraw.train(
        data, "y", input=inputs, steps=steps, encoder=encoder, settings=settings, run=run, threads=1, quiet=True
    )


def hits_of(run: Run) -> tuple[np.ndarray, np.ndarray]:
    """(rows, whether each was answered right) of the test rows."""
    table = pq.read_table(run.folder / "predictions.parquet")
    return table["row"].to_numpy(), np.array(table["y"].to_pylist()) == np.array(table["predicted_y"].to_pylist())


@pytest.mark.parametrize("task", ["both", "exclusive or"])
def test_fused_inputs_beat_each_alone_outside_the_interval(task: str, tmp_path: Path) -> None:
    photo, x, right, positive = pictures_and_numbers(400)
    words = np.array([f"{'right' if r else 'left'}{'+' if p else '-'}" for r, p in zip(right, positive, strict=True)])
    y = words if task == "both" else np.where(right ^ positive, "unlike", "alike")
    data = {"photo": photo, "x": x, "y": y}
    rows, fused = hits_of(teach(data, tmp_path / "fused", ("photo", "x"), 80))
    for alone in ("photo", "x"):
        same, hits = hits_of(teach(data, tmp_path / alone, (alone,), 20))
        np.testing.assert_array_equal(same, rows)
        gain = paired_difference(fused, hits)
        assert gain.low > 0, f"{fused.mean():.2f} fused, {hits.mean():.2f} by {alone} alone"


@pytest.fixture(scope="module")
def gappy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of picture names and numbers, of which every fifth and every seventh is not there."""
    folder = tmp_path_factory.mktemp("gappy")
    photo, x, right, _ = pictures_and_numbers(84)
    lines = ["photo,x,y"]
    for row in range(84):
        PIL.Image.fromarray(photo[row]).save(folder / f"{row}.png")
        name, number = f"{row}.png" if row % 5 else "", f"{x[row]:.3f}" if row % 7 else ""
        lines.append(f"{name},{number},{'right' if right[row] else 'left'}")
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return folder / "table.csv"


@pytest.fixture(scope="module")
def of_gappy(gappy: Path) -> Run:
    return teach(gappy, gappy.parent / "run", ("photo", "x"), 5)


def test_a_missing_input_has_a_vector_that_is_learned(of_gappy: Run) -> None:
    assert all(vector.abs().sum() > 0 for vector in of_gappy.system.absent.values())


def test_rows_with_a_missing_input_are_answered_like_all_others(of_gappy: Run, gappy: Path) -> None:
    answers = of_gappy.predict(gappy)
    assert answers.num_rows == 84
    assert set(answers["predicted_y"].to_pylist()) <= {"left", "right"}
    total = answers["probability_y_left"].to_numpy() + answers["probability_y_right"].to_numpy()
    np.testing.assert_allclose(total, 1, rtol=1e-6)
    assert answers["problem"].null_count == 84
