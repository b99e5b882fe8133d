"""`fromraw curve`: what is printed, as text and as JSON, and what is refused."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import fromraw
from fromraw.cli.curve import _lines
from fromraw.curve import Curve

Typed = Callable[..., Any]


@pytest.fixture
def run(tmp_path: Path, work_folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Trained two steps on the 142 training rows of a linear net."""
    for place in ("fromraw.writing.draw_all", "fromraw.run.draw_all"):
        monkeypatch.setattr(place, lambda *_: [])
    monkeypatch.setattr("fromraw.curve.MOST_REPEATS", 2)
    fromraw.train("example:wine", run="run", steps=2, threads=1, encoder={"table": "linear"}, quiet=True)
    return "run"


def test_a_line_a_size_then_what_more_rows_should_bring(run: str, typed: Typed) -> None:
    ended = typed("curve", run, "--minutes", "60")
    assert (ended.code, ended.err) == (0, "")
    lines = ended.out.splitlines()
    assert lines[0].startswith("curve      142 training rows; 8 trainings on 17, 35, 71 and 142 of them")
    assert "tested on the same 18 test rows, by which nothing is chosen" in lines[1]
    start = next(place for place, line in enumerate(lines) if line.startswith("target: accuracy by rows"))
    assert [line.split()[0] for line in lines[start + 1 : start + 5]] == ["17", "35", "71", "142"]
    assert lines[start + 5].startswith("From 71 to 142 rows accuracy ")
    assert lines[-1] == f"Written to {Path('run/curve.json')}; drawn in {Path('run/report.html')}"
    again = typed("curve", run, "--minutes", "60", "--json")
    assert "training 1" not in again.err
    assert again.json["run"] == "run"
    assert again.json["outputs"]["target"]["next"]["rows"] == 284


@pytest.mark.parametrize(
    ("steps", "of_run", "minutes"), [(1, 1.0, 9), (100, 1.0, 8), (100, None, 8)], ids=["hardly any", "some", "by steps"]
)
def test_trainings_that_were_too_short_name_minutes_that_are_enough(
    steps: int, of_run: float | None, minutes: int
) -> None:
    short = Curve(924, 114, "test", "rows", 1.0, steps_of_run=780, steps=steps)
    assert list(_lines(short, {}, of_run))[-1].endswith(f"the run itself 780; about as many take --minutes {minutes}.")


def test_what_cannot_be_is_refused(run_folder: Path, tmp_path: Path, typed: Typed) -> None:
    few = shutil.copytree(run_folder, tmp_path / "run")
    ended = typed("curve", few)
    assert ended.code == 1
    assert "a curve by rows needs 64 at least" in ended.err
    assert typed("curve", few, "--minutes", "0").code == 2
    (few / "data.json").unlink()
    assert "the training is not finished" in typed("curve", few).err
