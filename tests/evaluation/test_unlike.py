"""What is unlike anything trained on is said so; what is like it, is not."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from sklearn.datasets import load_digits
from typer.testing import CliRunner

import fromraw
from fromraw.cli.app import app
from fromraw.evaluation.coarse import coarse
from fromraw.evaluation.unlike import Unlike, _exceeded_by_few
from fromraw.run import Run
from fromraw.signals import Grid, Scalars

DIGITS = np.round(load_digits().images * (255 / 16)).astype(np.uint8)


@pytest.fixture(scope="module", autouse=True)
def bare() -> Iterator[None]:
    """Without baselines, findings and figures, which have tests of their own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        patch.setattr("fromraw.training.find_all", lambda *_, **__: [])
        patch.setattr("fromraw.training.audit_all", lambda *_, **__: [])
        patch.setattr("fromraw.training.compare", lambda *_: {})
        yield


@pytest.fixture(scope="module")
def of_digits(tmp_path_factory: pytest.TempPathFactory) -> Run:
    return fromraw.train("example:digits", steps=20, seed=1, run=tmp_path_factory.mktemp("digits") / "run")


@pytest.fixture(scope="module")
def of_ages(tmp_path_factory: pytest.TempPathFactory) -> Run:
    random = np.random.default_rng(1)
    age, town = random.integers(18, 91, 600), np.array(["Ulm", "Bonn", "Kiel"])[random.integers(0, 3, 600)]
    born = np.datetime64("2000-01-01") + random.integers(0, 3000, 600)
    table = pa.table({"age": age, "town": town, "born": born.astype(str), "old": np.where(age > 50, "yes", "no")})
    return fromraw.train(
        table, output="old", epochs=1, seed=1, encoder={"table": "linear"}, run=tmp_path_factory.mktemp("ages") / "run"
    )


def _flagged(run: Run, pictures: np.ndarray) -> float:
    return float((run.predict({"image": pictures})["unlike"] > 1).mean())


def test_noise_and_inverted_digits_are_flagged_and_tested_digits_are_not(of_digits: Run) -> None:
    tested = DIGITS[of_digits.ground.prepared.rows[of_digits.rows("test")]]
    noise = np.random.default_rng(1).integers(0, 256, (200, 8, 8)).astype(np.uint8)
    assert _flagged(of_digits, tested) <= 0.02
    assert _flagged(of_digits, noise) >= 0.9
    assert _flagged(of_digits, 255 - tested) >= 0.9


def test_a_row_is_as_unlike_alone_as_among_others(of_digits: Run) -> None:
    together = of_digits.predict({"image": DIGITS[:9]})["unlike"]
    alone = [of_digits.predict({"image": DIGITS[n : n + 1]})["unlike"][0] for n in range(9)]
    np.testing.assert_allclose(together, alone, atol=0.01)


def test_a_run_without_the_file_predicts_as_before(of_digits: Run, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for path in Path(of_digits.folder).iterdir():
        if path.name != "unlike.safetensors":
            (tmp_path / "run" / path.name).write_bytes(path.read_bytes())
    old, new = Run(tmp_path / "run").predict({"image": DIGITS[:5]}), of_digits.predict({"image": DIGITS[:5]})
    assert set(new) - set(old) == {"unlike", "unlike_why"}
    assert list(old["predicted_label"]) == list(new["predicted_label"])


def test_cells_that_no_training_row_had_are_named(of_ages: Run, tmp_path: Path) -> None:
    rows = {
        "age": ["230", "40", ""],
        "town": ["Rome", "Ulm", "Ulm"],
        "born": ["2031-05-01", "2003-01-01", "2003-01-01"],
    }
    why = of_ages.predict(pa.table(rows)).column("unlike_why").to_pylist()
    for words in ("age 230 is above 18 to 90", 'town is "Rome", which no training row had', "2031-05-01", "is after"):
        assert words in why[0]
    assert why[1] is None
    assert "age" not in (why[2] or "")


def test_the_least_and_the_greatest_trained_number_are_no_news(of_ages: Run) -> None:
    column = of_ages.columns["age"]
    batch = pa.record_batch({"age": pa.array(["18", "90", "17.99", "90.01"])})
    assert sorted(column.unlike(batch, column.prepare(batch, np.arange(4))[0])) == [2, 3]


def test_what_is_odd_is_printed_and_a_name_of_ones_own_is_kept(of_ages: Run, tmp_path: Path) -> None:
    path = tmp_path / "new.csv"
    path.write_text("age,town,born,unlike\n900,Rome,2003-01-01,mine\n")
    said = CliRunner().invoke(app, ["predict", str(of_ages.folder), str(path), "--out", str(tmp_path / "out.csv")])
    assert "! unlike anything it was trained on; age 900 is above 18 to 90" in said.output
    assert "1 row answered; 1 unlike anything it was trained on" in said.output
    assert '"unlike","predicted_old"' in (tmp_path / "out.csv").read_text().splitlines()[0]
    assert '"unlike_","unlike_why","problem"' in (tmp_path / "out.csv").read_text().splitlines()[0]


def test_a_series_is_averaged_over_its_own_length() -> None:
    steps = torch.arange(32.0).view(1, 1, 32)
    short = torch.cat([steps, torch.full((1, 1, 7), 99.0)], 2)
    mask = torch.arange(39)[None] < 32
    there = torch.ones(1, dtype=torch.bool)
    alone = coarse(Grid(steps, there, mask[:, :32]))
    torch.testing.assert_close(coarse(Grid(short, there, mask)), alone)
    means = steps.view(16, 2).mean(1)
    torch.testing.assert_close(alone[0, :16], means / means.norm())
    torch.testing.assert_close(alone[0, 16:], torch.stack([means.norm(), torch.tensor(32.0)]).log())


def test_two_categories_are_one_apart() -> None:
    none, there = torch.zeros(2, 0), torch.ones(2, dtype=torch.bool)
    rows = coarse(Scalars(none, none.bool(), torch.tensor([[1], [2]]), there))
    assert float((rows[0] - rows[1]).norm()) == pytest.approx(1)


@pytest.mark.parametrize(("valid", "rank", "beyond"), [(27, 27, 0.01), (99, 99, 0.01), (999, 990, 0.01)])
def test_one_ordinary_row_in_a_hundred_is_flagged(valid: int, rank: int, beyond: float) -> None:
    unlike = Unlike({}, {}, 1.0, valid)
    assert (unlike.rank, unlike.beyond) == (rank, pytest.approx(beyond))


@pytest.mark.parametrize("count", [5, 12, 40])
def test_few_validation_rows_do_not_make_ordinary_rows_odd(count: int) -> None:
    """Over 400 draws of distances to the nearest of 300 rows, in 6 dimensions."""
    random, beyond = np.random.default_rng(count), []
    for _ in range(400):
        near = random.normal(size=(300, 6))
        rows = random.normal(size=(count + 50, 6))
        far = torch.tensor(np.sqrt(((rows[:, None] - near) ** 2).sum(2)).min(1))
        beyond.append(float((far[count:] > _exceeded_by_few(far[:count])).double().mean()))
    assert np.mean(beyond) < 0.015
