"""`fromraw compare`: differences that can be worked out by hand, and every run that cannot be compared."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

Typed = Callable[..., Any]


@pytest.fixture
def pair(run_folder: Path, work_folder: Path) -> tuple[Path, Path]:
    """The same run twice, of ten rows: the first wrong in rows 0 to 3, the second in row 0 alone."""
    folders = Path("a"), Path("b")
    for folder, wrong in zip(folders, (4, 1), strict=True):
        shutil.copytree(run_folder, folder)
        answer(folder, range(10), wrong)
    return folders


def answer(folder: Path, rows: range, wrong: int) -> None:
    """Predictions for these rows, the first few of them wrong."""
    truth = np.array(["yes", "no"])[np.arange(len(rows)) % 2]
    right = np.arange(len(rows)) >= wrong
    yes = np.where((truth == "yes") == right, 0.9, 0.1)
    table = {"row": pa.array(rows), "churned": truth, "predicted_churned": np.where(yes > 0.5, "yes", "no")}
    pq.write_table(
        pa.table(table | {"probability_churned_no": 1 - yes, "probability_churned_yes": yes}),
        folder / "predictions.parquet",
    )


def edit(path: Path, change: Callable[[Any], None]) -> None:
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))


def test_the_second_is_better_by_the_rows_that_it_alone_has_right(pair: Any, typed: Typed) -> None:
    found = typed("compare", "a", "b", "--json").json
    of = found["outputs"]["churned"]
    assert (found["format"], of["score"], of["rows"], of["groups"]) == (1, "accuracy", 10, None)
    assert of["runs"]["a"]["value"] == pytest.approx(0.6)
    assert of["runs"]["a"]["advantage"] is None
    gain = of["runs"]["b"]["advantage"]
    assert gain["value"] == pytest.approx(0.3)
    assert gain["low"] < 0.3 < gain["high"]
    back = typed("compare", "b", "a", "--json").json["outputs"]["churned"]["runs"]["a"]["advantage"]
    assert back["value"] == pytest.approx(-0.3)


def test_only_shared_rows_count_in_whatever_order(pair: Any, typed: Typed) -> None:
    """Rows 2 to 9: a is wrong in 2 and 3; b, of which rows 2 to 11 stand backwards, in 11 and 10, which a lacks."""
    answer(Path("b"), range(11, 1, -1), 2)
    ended = typed("compare", "a", "b", "--json").json
    of = ended["outputs"]["churned"]
    assert of["rows"] == 8
    assert of["runs"]["b"]["tested"] == 10
    assert (of["runs"]["a"]["value"], of["runs"]["b"]["value"]) == (pytest.approx(0.75), 1.0)
    assert any("the runs share 8 tested rows; a on 10, b on 10 were tested in all" in c for c in ended["cautions"])


def test_what_differs_is_said_by_address(pair: Any, typed: Typed) -> None:
    plan = Path("b/plan.yaml")
    plan.write_text(plan.read_text().replace("warmup: 0.05", "warmup: 0.25"))
    edit(Path("b/data.json"), lambda data: data["versions"].update(torch="9.9"))
    edit(Path("b/data.json"), lambda data: data["asked"].update(ignored=["id"]))
    found = typed("compare", "a", "b", "--json").json["differences"]
    assert found["plan"] == {"learning.warmup": {"a": 0.05, "b": 0.25}}
    assert found["data"]["ignored"]["b"] == ["id"]
    assert found["versions"]["torch"]["b"] == "9.9"
    lines = typed("compare", "a", "b").out.splitlines()
    assert "    learning.warmup  0.05 | 0.25" in lines


def test_the_best_of_three_is_said_to_be_flattered(pair: Any, typed: Typed) -> None:
    assert "flattered" not in typed("compare", "a", "b").out
    shutil.copytree("a", "c")
    ended = typed("compare", "a", "b", "c")
    assert ended.err == ""
    out = ended.out
    assert "The best of 3 runs on these rows is flattered" in out
    assert "tested in all 3 runs" in out


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        ("a", 2, "compare needs two runs or more, got 1."),
        ("a a", 2, "a is named twice; each run is compared once."),
        ("a nowhere", 1, "nowhere: not a run folder (no file `format` in it)."),
        ("a other", 2, "other: made from other data than a, or before they changed; fromraw evaluate"),
        ("a apart", 2, "no row was tested in all runs (a: test rows, by contents, the same every time; apart: "),
        ("a begun", 1, "begun: the training is not finished; the same command goes on."),
        ("a torn", 1, "torn: damaged (data.json cannot be read)."),
        ("a cut", 1, "cut: damaged (predictions.parquet cannot be read)."),
    ],
)
def test_what_cannot_be_compared_is_refused_in_one_sentence(
    words: str, code: int, sentence: str, pair: Any, typed: Typed
) -> None:
    name = words.split()[-1]
    if name not in ("a", "nowhere"):
        shutil.copytree("a", name)
    match name:
        case "other":
            edit(Path("other/data.json"), lambda data: data.update(fingerprint="another"))
        case "apart":
            answer(Path("apart"), range(20, 30), 1)
        case "begun":
            Path("begun/data.json").unlink()
        case "torn":
            Path("torn/data.json").write_text("{")
        case "cut":
            Path("cut/predictions.parquet").write_bytes(b"PAR1")
    ended = typed("compare", *words.split())
    assert (ended.code, ended.out) == (code, "")
    assert ended.err.startswith(f"fromraw: {sentence}")
    assert ended.err.count("\n") == 1
