"""methods.md: nothing of the person in it, and every item of both checklists."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fromraw.figures.base import Scene
from fromraw.report.checklists import dome, tripod
from fromraw.report.methods import write_methods
from tests.figures.scenes import picture_scene, series_scene, table_scene

TRIPOD = (
    "1 2 3a 3b 3c 4 5a 5b 6a 6b 6c 7 8a 8b 8c 9a 9b 9c 10 11 12a 12b 12c 12d 12e 12f 12g 13 14 15 16 17 "
    "18a 18b 18c 18d 18e 18f 19 20a 20b 20c 21 22 23a 23b 24 25 26 27a 27b 27c"
)
"""The numbers of the statement's checklist, which has 52 in 27."""
DOME = {"Data": 4, "Optimization": 8, "Model": 4, "Evaluation": 5}
"""How many matters each part of the recommendations has."""
MAKERS = [picture_scene, series_scene, table_scene]


@pytest.fixture(scope="module", params=MAKERS, ids=lambda make: make.__name__)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return request.param(tmp_path_factory.mktemp("scene"))  # type: ignore[no-any-return]


def written(scene: Scene, folder: Path) -> str:
    write_methods(scene, folder / "methods.md")
    return (folder / "methods.md").read_text(encoding="utf-8")


def test_every_item_is_answered_or_asked(scene: Scene, tmp_path: Path) -> None:
    assert [item.number for item in tripod(scene)] == TRIPOD.split()
    rooms = [item.number for item in dome(scene)]
    assert {room: rooms.count(room) for room in DOME} == DOME
    assert [item for item in (*dome(scene), *tripod(scene)) if not (item.answer or item.ask)] == []
    text = written(scene, tmp_path)
    for number in TRIPOD.split():
        assert re.search(rf"^- (\[ \] )?{number} ", text, re.MULTILINE)


def test_no_path_no_command_and_no_row_is_in_it(scene: Scene, tmp_path: Path) -> None:
    mine: dict[str, Any] = {"place": "/home/ann/ward7/photos/", "command": "fromraw train /home/ann/ward7/photos/"}
    asked = {"asked": {"data": "/home/ann/ward7/photos", "test": "/home/ann/test", "group": None}}
    text = written(replace(scene, data={**scene.data, **mine, **asked}), tmp_path)
    assert "of photos (fingerprint" in text
    for word in ("ann", "ward7", "/home", str(tmp_path), "secret"):
        assert not re.search(rf"(?<!\w){re.escape(word)}", text), word


def test_numbers_of_the_run_are_told(scene: Scene, tmp_path: Path) -> None:
    text = written(scene, tmp_path)
    account = next(iter(scene.account.outputs.values()))
    found = account.scores[account.headline].value
    number = f"{100 * found:.1f}% (" if account.headline in account.shares else f"{found:,.0f} ("
    for words in (
        "961 train, 119 validation", "by subject", "250 steps, 25 epochs", f"{len(account.rows):,} rows were scored",
        number, "The net was trained by",
    ):  # fmt: skip
        assert words in text


def test_validation_rows_are_not_called_test_rows(scene: Scene, tmp_path: Path) -> None:
    text = written(replace(scene, account=replace(scene.account, tested_on="valid")), tmp_path)
    assert "Test rows were left untouched" in text
    assert "Test rows were used for nothing" not in text


def test_of_folds_it_is_not_said_that_scales_are_from_training_rows_alone(tmp_path: Path) -> None:
    scene = table_scene(tmp_path)
    alone, all_rows = "were learned from training rows alone", "Scales and vocabularies of columns are from all rows"
    one = written(scene, tmp_path)
    folds = written(replace(scene, account=replace(scene.account, tested_on="folds")), tmp_path)
    assert [(words in one, words in folds) for words in (alone, all_rows)] == [(True, False), (False, True)]


def test_names_from_the_data_are_text_not_markup(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, 4, 60)
    assert "<script" not in written(scene, tmp_path).replace("\\<", "")
