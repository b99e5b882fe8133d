"""A run is all that is needed: moved, its source deleted, in a fresh process, it answers raw inputs without labels."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import PIL.Image
import pyarrow as pa
import pytest

import fromraw
from fromraw.describing.recognizing import Wishes
from fromraw.learning.progress import Voice
from fromraw.options import Options
from fromraw.planning.deciding import Request
from fromraw.run import Run
from fromraw.sources.opening import open_source
from fromraw.training import train

ROWS = 80


def write_data(folder: Path, rows: int, seed: int, labeled: bool) -> Path:
    """A table of picture names, numbers, dates and categories, as people keep it, and the pictures beside it."""
    random = np.random.default_rng(seed)
    (folder / "pictures").mkdir(parents=True)
    lines = ["photo,weight,color,kind,price" if labeled else "photo,weight,color"]
    for row in range(rows):
        kind = random.integers(0, 2)
        pixels = random.integers(0, 128, (random.integers(9, 14), 12), np.uint8) + np.uint8(100 * kind)
        PIL.Image.fromarray(pixels).save(folder / "pictures" / f"{row}.png")
        weight = f"{random.normal(50 + 10 * kind, 5):.2f}" if random.random() > 0.1 else ""
        color = random.choice(["red", "green", "blue"])
        cells = [f"pictures/{row}.png", weight, color]
        lines.append(",".join([*cells, *([["cat", "dog"][kind], f"{random.normal(100, 9):.1f}"] if labeled else [])]))
    (folder / "table.csv").write_text("\n".join(lines) + "\n")
    return folder / "table.csv"


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The run of a training whose data are gone, in another place."""
    folder = tmp_path_factory.mktemp("training")
    table = write_data(folder / "data", ROWS, 0, labeled=True)
    wishes = Wishes(outputs=("kind", "price"))
    train(Options(table, wishes=wishes, request=Request(steps=5), run=folder / "run", threads=1), Voice(quiet=True))
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "mailed"
    shutil.move(folder / "run", elsewhere)
    shutil.rmtree(folder)
    return elsewhere


@pytest.fixture(scope="module")
def new_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Rows without labels; the second's picture is missing, the fourth's is broken."""
    table = write_data(tmp_path_factory.mktemp("new") / "data", 9, 1, labeled=False)
    (table.parent / "pictures" / "1.png").unlink()
    (table.parent / "pictures" / "3.png").write_bytes(b"not a picture")
    return table


SCRIPT = """
import json, sys, warnings
from fromraw.run import Run
from fromraw.sources.opening import open_source
answers = Run(sys.argv[1]).answer(open_source(sys.argv[2]))
print(json.dumps(answers.to_pydict()))
"""


@pytest.fixture(scope="module")
def answered(moved: Path, new_data: Path) -> dict[str, list[Any]]:
    """All rows at once, by a process that knows nothing but the two paths."""
    command = [sys.executable, "-c", SCRIPT, str(moved), str(new_data)]
    environment = os.environ | {"PYTHONPATH": str(Path(fromraw.__file__).parents[1])}
    done = subprocess.run(command, capture_output=True, text=True, cwd=moved.parent, env=environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def in_this_order(table: Path, rows: Sequence[int]) -> Path:
    """The same rows, in another order or fewer, beside the same pictures."""
    lines = table.read_text().splitlines()
    chosen = table.with_name("chosen.csv")
    chosen.write_text("\n".join([lines[0], *(lines[1 + row] for row in rows)]) + "\n")
    return chosen


def assert_alike(found: pa.Table, answered: dict[str, list[Any]], rows: Sequence[int]) -> None:
    names = [name for name in answered if name.startswith(("predicted_", "probability_", "low_", "high_"))]
    assert len(names) >= 4
    assert found.column_names == list(answered)
    for name in names:
        wanted = [answered[name][row] for row in rows]
        if isinstance(wanted[0], str):
            assert found[name].to_pylist() == wanted
        else:
            np.testing.assert_allclose(found[name].to_numpy(), wanted, rtol=1e-4, atol=1e-5, err_msg=name)


def test_every_row_is_answered_elsewhere_without_labels(answered: dict[str, list[Any]]) -> None:
    assert len(answered["predicted_kind"]) == 9
    assert set(answered["predicted_kind"]) <= {"cat", "dog"}
    assert np.isfinite(answered["predicted_price"]).all()
    assert answered["color"][0] in ("red", "green", "blue")
    np.testing.assert_allclose(np.add(answered["probability_kind_cat"], answered["probability_kind_dog"]), 1, rtol=1e-5)


def test_the_broken_row_is_named_and_no_other(answered: dict[str, list[Any]]) -> None:
    named = {row: text for row, text in enumerate(answered["problem"]) if text}
    assert 3 in named
    assert "no picture" in named[3]
    assert set(named) <= {1, 3}


@pytest.mark.parametrize("rows", [[8, 3, 0, 5, 1, 2, 7, 6, 4], [3, 1], [1]], ids=["shuffled", "a few", "one"])
def test_order_and_company_change_no_answer(
    moved: Path, new_data: Path, answered: dict[str, list[Any]], rows: list[int]
) -> None:
    found = Run(moved).answer(open_source(in_this_order(new_data, rows)))
    assert_alike(found, answered, rows)


def test_one_by_one_the_answers_are_the_same(moved: Path, new_data: Path, answered: dict[str, list[Any]]) -> None:
    run = Run(moved)
    for row in range(9):
        assert_alike(run.answer(open_source(in_this_order(new_data, [row]))), answered, [row])


def test_nothing_in_the_run_names_the_place_that_it_was_made_in(moved: Path) -> None:
    state = [
        path for path in moved.iterdir() if path.name in ("columns.json", "format", "identity", "system.safetensors")
    ]
    assert len(state) == 4
    assert not any(b"/data/" in path.read_bytes() for path in state)
