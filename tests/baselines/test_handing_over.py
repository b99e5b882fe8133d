"""The script that a run leaves makes the same baseline again and prints the same scores."""

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

import fromraw
from fromraw.baselines.handing_over import script
from fromraw.baselines.linear import Linear
from fromraw.columns.category import Category
from fromraw.columns.number import Number
from fromraw.streams.examples import Examples


def examples_of(rows: int) -> Examples:
    x = np.random.default_rng(0).normal(size=rows)
    cells = {"x": pa.array([str(v) for v in x]), "it's y": pa.array(np.where(x > 0.3, "a", "b").tolist())}
    columns = {"x": Number("x", ["x"]), "it's y": Category("it's y", ["it's y"], output=True)}
    batch, stored = pa.record_batch(cells), {}
    for name, column in columns.items():
        column.fit([batch])
        stored[name] = column.prepare(batch, np.arange(rows))[0]
    return Examples(columns, stored, {"table": ["x"]}, {"it's y": ["it's y"]}, {})


def test_the_script_prints_what_the_baseline_scored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    examples, rows = examples_of(120), {"train": np.arange(80), "test": np.arange(80, 120)}

    def score(output: str, answer: dict[str, np.ndarray]) -> dict[str, float]:
        return {"confidence": float(answer["probabilities"][:, 0].sum())}

    baseline = Linear()
    baseline.fit(examples, rows["train"], "it's y", 10.0)
    expected = score("it's y", baseline.answer(examples, rows["test"]))["confidence"]

    def load(folder: Path) -> SimpleNamespace:
        assert folder == tmp_path
        return SimpleNamespace(examples=examples, rows=rows.__getitem__, score=score)

    monkeypatch.setitem(sys.modules, "fromraw", fromraw)
    monkeypatch.setitem(vars(fromraw), "load", load)
    text = script("linear", baseline.settings(), "it's y", 80)
    path = tmp_path / "baseline.py"
    path.write_text(text)
    exec(compile(text, str(path), "exec"), {"__name__": "__main__", "__file__": str(path)})
    printed = capsys.readouterr().out.splitlines()
    assert printed == ["logistic regression on the raw input, 80 rows", f"confidence {expected:.6g}"]
    assert len(text.splitlines()) < 30
