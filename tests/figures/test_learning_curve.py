"""The figure of the score by rows: drawn where curve.json is there, and what its caption says."""

import json
from typing import Any

import pytest

from fromraw.errors import Refused
from fromraw.evaluation.more_rows import Trained, look_ahead
from fromraw.figures.base import Scene
from fromraw.figures.drawing import draw_one
from fromraw.figures.learning_curve import LearningCurve
from fromraw.figures.wording import headline
from tests.figures.scenes import picture_scene


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    scene = picture_scene(tmp_path_factory.mktemp("pictures"))
    scene.folder.mkdir(exist_ok=True)
    return scene


@pytest.fixture
def scene(pictures: Scene) -> Scene:
    """Accuracies 0.9, 0.86, 0.8 and 0.71 on 800 rows and halves of them, twice each, 0.01 apart."""
    scene = pictures
    score = headline(scene, "class")
    assert score is not None
    trained = [
        Trained(halvings, 800 >> halvings, value + off, value - 0.05, value + 0.05, [value - 0.01, value + 0.01] * 50)
        for off in (-0.005, 0.005)
        for halvings, value in enumerate([0.9, 0.86, 0.8, 0.71])
    ]
    outlook = look_ahead(score, trained, tested=100).plain()
    write(scene, {"format": 1, "finished": True, "tested": 100, "outputs": {"class": outlook}})
    return scene


def write(scene: Scene, curve: dict[str, Any]) -> None:
    (scene.folder / "curve.json").write_text(json.dumps(curve))


def test_it_is_drawn_and_says_what_was_gained_and_should_be(scene: Scene) -> None:
    drawn = draw_one("learning_curve", LearningCurve(), scene, "class")
    assert drawn.refused == ""
    assert drawn.kind == "svg"
    assert "From 400 to 800 rows accuracy gained 4.0 points; twice as many rows should gain" in drawn.caption
    assert drawn.rows == 0


def test_every_size_has_a_dot_and_twice_the_rows_an_open_one(scene: Scene) -> None:
    axes = LearningCurve().draw(scene, "class").axes[0]
    dots = [line for line in axes.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in dots] == [100, 200, 400, 800, 1600]
    assert [line.get_markerfacecolor() == "white" for line in dots] == [False] * 4 + [True]


def test_without_a_finished_curve_of_the_output_it_refuses(scene: Scene) -> None:
    curve = json.loads((scene.folder / "curve.json").read_text())
    for unusable in (curve | {"finished": False}, curve | {"outputs": {}}):
        write(scene, unusable)
        with pytest.raises(Refused):
            LearningCurve().draw(scene, "class")
    (scene.folder / "curve.json").unlink()
    with pytest.raises(Refused):
        LearningCurve().draw(scene, "class")
