"""`fromraw runs`: whole and broken folders in one table."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Typed = Callable[..., Any]


@pytest.fixture
def folders(run_folder: Path, work_folder: Path) -> Path:
    """A whole run, the oldest; then one each that is stopped, unfinished, of a later format, and damaged."""
    place = work_folder / "runs"
    for name in ("whole", "stopped", "begun", "later", "torn"):
        shutil.copytree(run_folder, place / name)
    data = json.loads((place / "whole" / "data.json").read_text())
    (place / "whole" / "data.json").write_text(json.dumps(data | {"date": "2001-01-01T00:00:00+00:00", "version": "0"}))
    metrics = json.loads((place / "stopped" / "metrics.json").read_text())
    (place / "stopped" / "metrics.json").write_text(json.dumps(metrics | {"stopped": True}))
    (place / "begun" / "metrics.json").unlink()
    (place / "begun" / "checkpoint").mkdir()
    (place / "begun" / "checkpoint" / "spent").write_text("90.000\n")
    os.utime(place / "begun" / "checkpoint", (4e9, 4e9))
    (place / "later" / "format").write_text("99\n")
    (place / "torn" / "metrics.json").write_text("{")
    (place / "other files").mkdir()
    return place


def test_every_run_folder_is_listed_with_its_state_the_newest_first(folders: Path, typed: Typed) -> None:
    ended = typed("runs", "--json")
    found = {Path(run["run"]).name: run for run in ended.json["runs"]}
    assert ended.json["format"] == 1
    assert {name: run["state"] for name, run in found.items()} == {
        "whole": "finished", "stopped": "stopped early", "begun": "unfinished", "later": "other version",
        "torn": "damaged",
    }  # fmt: skip
    assert next(iter(found)) == "begun"
    assert list(found)[-1] == "whole"
    assert found["begun"]["seconds"] == 90
    assert found["torn"]["problem"].startswith("JSONDecodeError")
    metrics = json.loads((folders / "whole" / "metrics.json").read_text())
    of = found["whole"]["outputs"]["churned"]
    assert {key: of[key] for key in ("value", "low", "high")} == metrics["outputs"]["churned"]["accuracy"]
    best = max(metrics["baselines"]["churned"].values(), key=lambda scores: scores["accuracy"]["value"])
    assert of["baseline"]["value"] == best["accuracy"]["value"]


def test_a_person_reads_a_line_a_run_and_what_is_wrong(folders: Path, typed: Typed) -> None:
    ended = typed("runs", folders)
    assert (ended.code, ended.err) == (0, "")
    head, *lines = ended.out.splitlines()
    assert head.split()[0] == "run"
    assert lines[4].startswith("whole")
    assert lines[4].endswith("finished (by 0)")
    assert "churn.csv" in lines[4]
    assert "accuracy" in lines[4]
    assert lines[5].startswith(f"! {folders / 'torn'}: damaged: ")
    assert "fromraw compare RUN RUN" in lines[6]


def test_a_run_folder_itself_is_listed_alone(folders: Path, typed: Typed) -> None:
    assert [Path(run["run"]).name for run in typed("runs", folders / "whole", "--json").json["runs"]] == ["whole"]


def test_where_there_are_none_it_says_how_one_is_made(work_folder: Path, typed: Typed) -> None:
    assert typed("runs").out == "runs  no run folders; fromraw train DATA makes one\n"
    assert typed("runs", ".", "--json").json == {"format": 1, "place": ".", "runs": []}
    ended = typed("runs", "nowhere")
    assert (ended.code, ended.out) == (2, "")
    assert ended.err.startswith('fromraw: no such folder "nowhere"; ')
