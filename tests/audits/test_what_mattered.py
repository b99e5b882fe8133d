"""Columns that the answer follows from matter, others do not; a net that learned nothing needs none."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import fromraw
from fromraw.audits.what_mattered import affordable
from fromraw.errors import Refused
from fromraw.findings.base import Finding
from fromraw.run import Run

ROWS = 600
ONE_NET = {"members": [{"seed": 0, "fold": None}], "folds": 0}


def _train(folder: Path, answer: np.ndarray, x: np.ndarray) -> Run:
    table = pa.table({**{f"x{n}": x[:, n] for n in range(5)}, "answer": answer})
    return fromraw.train(
        table, "answer", epochs=30, encoder={"table": "linear"}, settings=ONE_NET, run=folder / "run", quiet=True
    )


def _found(run: Run) -> Finding:
    (found,) = [finding for finding in run.findings() if finding.kind == "what_mattered"]
    return found


@pytest.fixture
def x() -> np.ndarray:
    return np.random.default_rng(5).normal(size=(ROWS, 5))


def test_two_columns_matter_and_the_others_do_not(x: np.ndarray, tmp_path: Path) -> None:
    run = _train(tmp_path, np.where(2 * x[:, 1] + x[:, 3] > 0, "yes", "no"), x)
    found = _found(run)
    columns = found.evidence["columns"]
    assert list(columns)[:2] == ["x1", "x3"]
    assert found.evidence["sure"] == ["x1", "x3"]
    assert columns["x1"]["value"] > 0.2
    assert found.text.startswith("answer: what mattered most: x1 (accuracy falls by ")
    assert "of no use that shows: x" in found.text
    assert "<h3>What mattered" in run.report.read_text()


def test_of_a_number_the_error_rises(x: np.ndarray, tmp_path: Path) -> None:
    found = _found(_train(tmp_path, 3 * x[:, 2], x))
    assert next(iter(found.evidence["columns"])) == "x2"
    assert "x2 (mae rises by " in found.text


def test_a_net_that_learned_nothing_needs_no_column(x: np.ndarray, tmp_path: Path) -> None:
    answer = np.random.default_rng(6).permutation(np.repeat(["a", "b"], ROWS // 2))
    found = _found(_train(tmp_path, answer, x))
    assert found.evidence["sure"] == []
    assert found.text == "answer: no single column mattered so much that it shows"


def test_one_input_has_nothing_beside_it(tmp_path: Path) -> None:
    pictures = np.random.default_rng(0).integers(0, 255, (60, 8, 8), np.uint8)
    data = {"image": pictures, "label": np.arange(60) % 2}
    run = fromraw.train(data, "label", epochs=1, run=tmp_path / "run", quiet=True)
    assert not [finding for finding in run.findings() if finding.kind == "what_mattered"]


@pytest.mark.parametrize(("seconds", "expected"), [(10.0, (930, 3)), (1.0, (137, 2)), (0.5, (133, 1))])
def test_the_less_time_the_fewer_rows_and_shuffles(seconds: float, expected: tuple[int, int]) -> None:
    """4,000 rows a second: 14 columns and the rows as they are make 43 passes, 29, or 15."""
    assert affordable(seconds, nets=1, columns=14) == expected


def test_without_time_for_any_shuffle_it_is_refused() -> None:
    with pytest.raises(Refused, match="no time to shuffle 14 columns"):
        affordable(0.3, nets=1, columns=14)
