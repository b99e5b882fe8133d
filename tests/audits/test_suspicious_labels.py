"""Labels that were flipped are found and named; training goes on without them, and tested rows are never touched."""

import csv
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.datasets import load_digits

import fromraw
from fromraw.audits.base import Trained
from fromraw.audits.cross_fitting import methods_for
from fromraw.describing.dataset import open_data
from fromraw.dropping import drop_rows, read_named
from fromraw.errors import DataError, UsageError
from fromraw.findings.base import Finding
from fromraw.splits import NONE, TEST
from tests.findings.clean import clean_table


def digits(flips: float) -> tuple[dict[str, Any], np.ndarray]:
    """600 digits, this share of them given as another; which ones."""
    bunch, random = load_digits(), np.random.default_rng(0)
    label = bunch.target[:600].copy()
    flipped = random.random(len(label)) < flips
    label[flipped] = (label[flipped] + random.integers(1, 10, flipped.sum())) % 10
    return {"image": (bunch.images[:600] * 15).astype(np.uint8), "label": label.astype(np.uint8)}, flipped


@pytest.fixture(scope="module")
def flipped_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[fromraw.Run, np.ndarray]:
    data, flipped = digits(0.05)
    folder = tmp_path_factory.mktemp("flipped") / "run"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        return fromraw.train(data, steps=40, seed=1, threads=1, run=folder, quiet=True), flipped


def test_rows_that_are_named_were_flipped(flipped_run: tuple[fromraw.Run, np.ndarray]) -> None:
    run, flipped = flipped_run
    with (run.folder / "suspects.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    doubts = [float(line["doubt"]) for line in lines]
    named = np.array([int(line["row"]) - 1 for line in lines])
    assert doubts == sorted(doubts, reverse=True)
    assert flipped[named].mean() > 0.8
    assert flipped[named[: int(0.07 * len(flipped))]].sum() >= 0.8 * flipped.sum()
    assert any(finding.kind == "suspicious_labels" and "is doubtful" in finding.text for finding in run.findings())


def test_where_categories_overlap_rows_are_ranked_and_nothing_is_said(tmp_path: Path) -> None:
    run = fromraw.train(clean_table(1), steps=5, seed=1, threads=1, run=tmp_path / "run", quiet=True)
    assert not [finding for finding in run.findings() if finding.kind == "suspicious_labels"]
    lines = (run.folder / "suspects.csv").read_text().splitlines()[1:]
    assert 0 < len(lines) <= 24
    assert all(given != likely for *_, given, likely, _ in (line.split(",") for line in lines))


def test_dropping_leaves_the_tested_rows_and_the_split_of_all_others() -> None:
    data = open_data(digits(0)[0])
    rows = np.array([int(data.split.rows(side)[0]) for side in (0, 1, TEST)])
    label = load_digits().target
    dropped = drop_rows(data, tuple((int(row) + 1, str(label[row])) for row in rows))
    changed = np.flatnonzero(dropped.split.side != data.split.side)
    assert set(changed) == set(rows[:2])
    assert (dropped.split.side[changed] == NONE).all()
    assert "--drop: 2 training and validation rows left out; 1 that are tested" in dropped.source.notes[-1]


def test_a_run_knows_later_what_was_dropped(tmp_path: Path) -> None:
    pq.write_table(clean_table(1), tmp_path / "t.parquet")
    data = open_data(tmp_path / "t.parquet")
    row = int(data.split.rows(0)[0])
    given = clean_table(1).column("label")[row].as_py()
    (tmp_path / "suspects.csv").write_text(f"row,given\n{row + 1},{given}\n")
    run = fromraw.train(
        tmp_path / "t.parquet", steps=1, drop=tmp_path / "suspects.csv", run=tmp_path / "run", quiet=True
    )
    assert row not in run.rows("train")
    assert len(run.rows("train")) == 400 - len(run.rows("test")) - 1


def test_a_file_of_other_data_is_refused() -> None:
    data = open_data(digits(0)[0])
    with pytest.raises(DataError, match='row 1 is given as "9", here it is "0"'):
        drop_rows(data, ((1, "9"),))
    with pytest.raises(DataError, match="row 601, and there are 600"):
        drop_rows(data, ((601, "9"),))


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    with pytest.raises(UsageError, match='needs the columns "row"'):
        read_named(tmp_path / "a.csv")
    with pytest.raises(UsageError, match="No such file"):
        fromraw.train(digits(0)[0], drop=tmp_path / "b.csv")


def test_how_many_rows_a_method_learns_from_follows_from_the_seconds_alone(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[tuple[int, ...]] = []

    def keep(trained: Trained, seconds: float, within: float) -> list[Finding]:
        for given in (0.02, 0.02, 1.0, 1000.0):
            asked.append(
                tuple(m.rows for m in methods_for(replace(trained, seconds=given), "label", np.arange(540), 60))
            )
        return []

    monkeypatch.setattr("fromraw.training.audit_all", keep)
    monkeypatch.setattr("fromraw.training.compare", lambda *_: {})
    monkeypatch.setattr("fromraw.training.write_results", lambda *_: None)
    fromraw.train(digits(0)[0], steps=1, run=tmp_path / "run", threads=1, quiet=True)
    assert asked[0] == asked[1]
    assert sum(asked[0]) < sum(asked[2])
    assert asked[3] == (432, 432)
