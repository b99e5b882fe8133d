"""`plan`, `train`, `evaluate`, `predict`, `report`: from a table to answers in a file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.csv
import pyarrow.parquet
import pytest
import yaml

NEW = "id,age,plan\nx1,3,basic1\nx2,,basic0\nx3,44,other\n"


def test_a_plan_is_yaml_with_reasons_that_comes_back(typed: Callable[..., Any], churn: Path) -> None:
    asked = (churn, "--steps", "5", "--threads", "1", "--memory", "1GB")
    ended = typed("plan", *asked, "--set", "learning.batch=8")
    plan = yaml.safe_load(ended.out)
    assert (plan["learning"]["batch"], plan["learning"]["steps"], plan["budget"]["memory_mib"]) == (8, 5, 1024)
    assert "# you: --set learning.batch" in ended.out
    Path("plan.yaml").write_text(ended.out)
    assert yaml.safe_load(typed("plan", *asked, "--plan", "plan.yaml").out) == plan


def test_train_prints_one_object_and_words_beside_it(typed: Callable[..., Any], churn: Path) -> None:
    ended = typed("train", churn, "--steps", "5", "--threads", "1", "--json")
    assert ended.code == 0
    assert ended.json["format"] == 1
    assert ended.json["run"] == "runs/churn-1"
    assert "accuracy" in ended.json["outputs"]["churned"]
    assert "predict    churned" in ended.err
    again = typed("train", churn, "--steps", "5", "--threads", "1", "--json")
    assert (again.code, again.json["run"]) == (0, "runs/churn-1")
    assert "finished" in again.err


def test_evaluate_prints_the_form_of_metrics(typed: Callable[..., Any], run_folder: Path) -> None:
    data = typed("evaluate", run_folder, "--json").json
    assert data["format"] == 1
    assert set(data["outputs"]["churned"]["accuracy"]) == {"value", "low", "high"}
    assert "majority" in data["baselines"]["churned"]
    words = typed("evaluate", run_folder).out
    assert "accuracy" in words
    assert "majority" in words
    other = typed("evaluate", run_folder, run_folder.parent / "churn.csv", "--json").json
    assert other["rows"] == 60


@pytest.fixture
def new(work_folder: Path) -> Path:
    (work_folder / "new.csv").write_text(NEW)
    return work_folder / "new.csv"


def test_predict_shows_a_line_a_row(typed: Callable[..., Any], run_folder: Path, new: Path) -> None:
    lines = typed("predict", run_folder, new).out.splitlines()
    assert [line.split("  ")[0] for line in lines[:3]] == ["row 1", "row 2", "row 3"]
    assert all("%" in line for line in lines[:3])
    assert lines[3].startswith("3 rows answered")


def test_predict_writes_every_row_in_order(typed: Callable[..., Any], run_folder: Path, new: Path) -> None:
    names = ["id", "age", "plan", "predicted_churned", "probability_churned_no", "probability_churned_yes"]
    names += ["unlike", "unlike_why", "problem"]
    for ending in ("csv", "parquet", "jsonl"):
        out = new.parent / "answers" / f"a.{ending}"
        ended = typed("predict", run_folder, new, new, "--out", out, "--json")
        assert (ended.json["rows"], ended.json["out"]) == (6, str(out))
        rows = {
            "csv": lambda o: pyarrow.csv.read_csv(o).to_pylist(),
            "parquet": lambda o: pyarrow.parquet.read_table(o).to_pylist(),
            "jsonl": lambda o: [json.loads(line) for line in o.read_text().splitlines()],
        }[ending](out)
        assert [row["id"] for row in rows] == 2 * ["x1", "x2", "x3"]
        assert list(rows[0]) == names


def test_a_missing_column_is_named(typed: Callable[..., Any], run_folder: Path, work_folder: Path) -> None:
    Path("new.csv").write_text("age\n30\n40\n")
    ended = typed("predict", run_folder, "new.csv")
    assert ended.code == 0
    assert "! plan: not in new.csv, taken as missing in every row" in ended.err


def test_a_broken_cell_leaves_no_half_written_file(
    typed: Callable[..., Any], run_folder: Path, work_folder: Path
) -> None:
    Path("new.csv").write_text("age,plan\n30,a\nold,b\n")
    ended = typed("predict", run_folder, "new.csv", "--out", "answers.csv")
    assert ended.code == 1
    assert 'age is "old", not a number' in ended.err
    assert sorted(path.name for path in work_folder.iterdir()) == ["new.csv"]


def test_report_is_written_anew(typed: Callable[..., Any], run_folder: Path) -> None:
    ended = typed("report", run_folder, "--no-examples", "--json")
    assert ended.json == {"format": 1, "report": str(run_folder / "report.html")}
    assert (run_folder / "report.html").exists()
