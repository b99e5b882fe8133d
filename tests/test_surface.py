"""The Python surface: these names, and what they do where no training is needed."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

import fromraw

SURFACE = [
    "DataError",
    "FromrawError",
    "MachineError",
    "Run",
    "RunError",
    "UsageError",
    "describe",
    "evaluate",
    "load",
    "plan",
    "train",
]


def test_the_surface_is_this_list() -> None:
    assert fromraw.__all__ == SURFACE
    assert all(getattr(fromraw, name).__doc__ for name in SURFACE)


def test_importing_fromraw_loads_nothing_heavy() -> None:
    script = "import sys, fromraw; print([n for n in ('torch', 'numpy', 'pyarrow') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def frame() -> pa.Table:
    return pa.table({"x": [n % 11 for n in range(60)], "<b>": ["p", "q"] * 30, "y": ["yes", "no", "no"] * 20})


def test_a_description_shows_itself(frame: pa.Table) -> None:
    found = fromraw.describe(frame, output="y")
    assert found.data["columns"]["y"]["role"] == "output"
    assert "Next:" in str(found)
    assert "<td>&lt;b&gt;</td>" in found._repr_html_()


def test_a_plan_carries_its_reasons(frame: pa.Table) -> None:
    planned = fromraw.plan(frame, output="y", steps=5, threads=1, settings={"batch": 8})
    assert planned.plan.learning.batch == 8
    assert planned.reasons["learning.batch"].who == "you"
    assert "steps: 5" in str(planned)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"mintes": 3}, 'no argument "mintes"; did you mean "minutes"?'),
        ({"minutes": -3}, "minutes must be above 0, got -3."),
        ({"epochs": 1, "steps": 1}, "epochs and steps exclude each other"),
        ({"types": {"x": "nmber"}}, 'no type "nmber"; did you mean "number"?'),
    ],
)
def test_what_does_not_fit_is_said_before_anything_is_read(asked: dict, sentence: str) -> None:
    with pytest.raises(fromraw.UsageError) as caught:
        fromraw.train("nowhere.csv", **asked)
    assert sentence in str(caught.value)


def test_train_load_predict_evaluate(frame: pa.Table, work_folder: Path) -> None:
    run = fromraw.train(frame, output="y", steps=5, threads=1, quiet=True)
    again = fromraw.load(run.folder)
    assert again.metrics == run.metrics
    answers = again.predict(frame)
    assert isinstance(answers, pa.Table)
    assert answers.column("predicted_y").null_count == 0
    assert fromraw.evaluate(run.folder)["rows"] == run.metrics["rows"]
