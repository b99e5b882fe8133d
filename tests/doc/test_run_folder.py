"""docs/run-folder.md tells of every file that a training leaves, and of every key in it."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

import fromraw
from fromraw.parts import parts
from tests.doc.fences import ROOT, fences_of

PAGE = ROOT / "docs" / "run-folder.md"
TEXT = PAGE.read_text()
SECTIONS = {m[1]: m[2] for m in re.finditer(r"^## (\S+).*?\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL)}
FILES = re.findall(r"^\| `(.+?)` \|", TEXT[: TEXT.index("\n## ")], re.MULTILINE)


def told(section: str) -> set[str]:
    """The words in a section that stand as code."""
    text = re.sub(r"^```.*?^```$", "", SECTIONS[section], flags=re.MULTILINE | re.DOTALL)
    return set(re.findall(r"\w+", " ".join(re.findall(r"`([^`]+)`", text))))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> fromraw.Run:
    """Of a category and a number, with groups, a cell that cannot be read, and the scores of a few validation rows."""
    random, folder = np.random.default_rng(0), tmp_path_factory.mktemp("run-folder")
    lines = ["height,day,field,kind,size"]
    for row, height in enumerate(random.normal(5, 2, 200)):
        cell = f"{height:.3f}" if row != 1 else "tall"
        kind = "abcdefg"[int(np.clip(height + random.normal(), 2, 8)) - 2]
        lines.append(f"{cell},2024-{row % 12 + 1:02}-{row % 28 + 1:02},f{row % 20},{kind},{9 * height:.1f}")
    (folder / "trees.csv").write_text("\n".join(lines) + "\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fromraw.writing.draw_all", lambda *_: [])
        return fromraw.train(
            folder / "trees.csv", ["kind", "size"], ignore="field", group="field", encoder={"table": "linear"},
            run=folder / "run", steps=4, threads=1,
        )  # fmt: skip


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_every_file_is_told_of_and_every_file_told_of_is_there(run: fromraw.Run) -> None:
    """checkpoint/ is there until the run is finished, curve.json when asked."""
    assert {path.name for path in run.folder.iterdir()} == set(FILES) - {"checkpoint/", "curve.json"}
    assert set(FILES) - {"format", "identity", "report.html", "README.md"} == set(SECTIONS) - {"The"}


def test_the_example_of_metrics_has_its_keys(run: fromraw.Run) -> None:
    example = json.loads(next(fence.text for fence in fences_of(PAGE) if '"outputs"' in fence.text))
    assert set(example) == set(run.metrics)
    assert set(run.metrics) - {"format"} <= told("metrics.json")
    scores = {name for of in run.metrics["outputs"].values() for name in of}
    assert scores <= told("metrics.json")


def test_the_predictions_have_the_columns_told_of(run: fromraw.Run) -> None:
    names = set(pq.read_schema(run.folder / "predictions.parquet").names)
    assert {"row", "group", "kind", "predicted_kind", "probability_kind_a", "size", "predicted_size"} <= names
    known = r"row|group|(predicted_|low_|high_)?(kind|size)|probability_kind_[a-g]"
    assert [name for name in names if not re.fullmatch(known, name)] == []


def test_data_json_holds_what_is_told(run: fromraw.Run) -> None:
    assert set(run.facts()) - {"format"} <= told("data.json")


@pytest.mark.parametrize("name", ["decisions.jsonl", "log.jsonl"])
def test_every_key_of_a_line_is_told_of(name: str, run: fromraw.Run) -> None:
    lines = lines_of(run.folder / name)
    assert lines
    assert {key for line in lines for key in line} | {line["decision"] for line in lines if "decision" in line} <= told(
        name
    )


def test_plan_yaml_has_the_rooms_told_of(run: fromraw.Run) -> None:
    assert set(run.plan.model_dump()) - {"format"} <= told("plan.yaml")


@pytest.mark.parametrize("kind", ["number", "category", "date", "image", "series"])
def test_what_a_column_learns_is_told_of(kind: str) -> None:
    cls = parts("columns")[kind].cls
    batch = cls.example(30, 0)
    column = cls(kind, batch.schema.names)
    column.fit([batch])
    row = re.search(rf"^\| {kind} \| (.+) \|$", SECTIONS["columns.json"], re.MULTILINE)
    assert row
    assert set(column.state()) == set(re.findall(r"`(\w+)`", row[1]))


def test_weights_are_keyed_as_told(run: fromraw.Run) -> None:
    from safetensors import safe_open

    with safe_open(run.folder / "system.safetensors", "pt") as file:
        assert {name.split(".")[1] for name in file.keys()} <= told("system.safetensors")  # noqa: SIM118
