"""`fromraw describe`: the screen, the JSON, the code."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image


def test_describe_says_what_each_column_is_for(typed: Callable[..., Any], churn: Path) -> None:
    ended = typed("describe", churn)
    lines = ended.out.splitlines()
    assert ended.code == 0
    assert lines[0] == 'churn.csv  60 rows, 4 columns. Cells parted by ","; header in line 1'
    assert lines[1].split()[:3] == ["id", "left", "out"]
    assert [line.split()[1] for line in lines[2:5]] == ["number", "category", "OUTPUT"]
    assert "category: no 32, yes 28" in lines[4]
    assert lines[-1] == "Next: fromraw train churn.csv --output churned --minutes 5"


def test_describe_json_has_the_documented_form(typed: Callable[..., Any], churn: Path) -> None:
    data = typed("describe", churn, "--json").json
    assert (data["format"], data["rows"]) == (1, 60)
    assert {name: (c["type"], c["role"]) for name, c in data["columns"].items()} == {
        "id": ("identifier", "left out"),
        "age": ("number", "input"),
        "plan": ("category", "input"),
        "churned": ("category", "output"),
    }
    assert sum(data["splits"].values()) == 60
    assert list(data["splits"]) == ["train", "valid", "test"]
    assert [f["kind"] for f in data["findings"]] == ["too_few", "identifier"]
    for finding in data["findings"]:
        assert list(finding) == ["kind", "gravity", "column", "text", "remedy", "evidence"]


def test_strict_ends_with_1_where_something_was_found(typed: Callable[..., Any], work_folder: Path) -> None:
    random = np.random.default_rng(0)
    rows = zip(range(2500), random.normal(size=2500).round(3), random.choice(["no", "yes"], 2500), strict=True)
    (work_folder / "many.csv").write_text("id,x,label\n" + "".join(f"{i},{x},{label}\n" for i, x, label in rows))
    assert typed("describe", "many.csv", "--strict").code == 1
    assert typed("describe", "many.csv", "--strict", "--ignore", "id").code == 0


def test_a_row_with_too_many_cells_is_found(typed: Callable[..., Any], churn: Path) -> None:
    churn.write_text(churn.read_text() + "1,2,3,4,5\n")
    assert "! line 62 has 5 cells, not 4: skipped" in typed("describe", churn).out


def test_options_overrule_columns(typed: Callable[..., Any], churn: Path) -> None:
    columns = typed("describe", churn, "--json", "--target", "age", "--input", "id,plan", "--type", "id=category").json[
        "columns"
    ]
    assert {name: (c["type"], c["role"]) for name, c in columns.items()} == {
        "id": ("category", "input"),
        "age": ("number", "output"),
        "plan": ("category", "input"),
        "churned": ("category", "left out"),
    }


def test_an_unreadable_picture_and_a_rare_class_are_found(typed: Callable[..., Any], work_folder: Path) -> None:
    for name, count in (("bee", 14), ("wasp", 12), ("fly", 3)):
        (work_folder / "photos" / name).mkdir(parents=True)
        for number in range(count):
            pixels = np.full((5, 6, 3), number * 9 + len(name), np.uint8)
            Image.fromarray(pixels).save(work_folder / "photos" / name / f"{number}.png")
    (work_folder / "photos" / "bee" / "3.png").write_bytes(b"no picture")
    ended = typed("describe", "photos")
    assert ended.out.splitlines()[0] == "photos/    29 pictures in 3 folders: bee 14, wasp 12, fly 3"
    assert "bee/3.png" in ended.out
    assert "class: under 10 rows, too few to learn or to judge: fly 3" in ended.out
    kinds = [finding["kind"] for finding in typed("describe", "photos", "--json").json["findings"]]
    assert kinds == ["unreadable", "rare", "too_few"]
