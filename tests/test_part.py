"""Where not all rows can be prepared in time, a random part of them is used, and it is said."""

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import fromraw
from fromraw import training


def test_a_random_part_of_all_sides_is_used_where_time_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=600)
    lines = ["x,y", *(f"{value:.4f},{'up' if value > 0 else 'down'}" for value in x)]
    path = tmp_path / "many.csv"
    path.write_text("\n".join(lines) + "\n")
    monkeypatch.setattr(training, "affordable_part", lambda data, clock: 0.4)
    run = fromraw.train(path, "y", steps=3, run=tmp_path / "run", threads=1)
    facts = json.loads((run.folder / "data.json").read_text())
    assert 0.3 * 600 < facts["used"] < 0.5 * 600
    assert "a random 40% of them: there is no time for all" in capsys.readouterr().out
    rows = pq.read_table(run.folder / "predictions.parquet")["row"].to_pylist()
    truths = pq.read_table(run.folder / "predictions.parquet")["y"].to_pylist()
    assert 10 < len(rows) < 45
    assert truths == ["up" if x[row] > 0 else "down" for row in rows]
    again = fromraw.load(run.folder).ground
    assert np.array_equal(again.prepared.rows[again.rows.of(2)], rows)
