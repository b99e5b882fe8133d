"""Every registered figure: draws or says why not, small and in one style, whatever was asked of the net."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fromraw.evaluation.account import OutputAccount
from fromraw.evaluation.answering import take_rows
from fromraw.figures.base import Scene
from fromraw.figures.drawing import LARGEST, Drawn, draw_one
from fromraw.figures.style import WIDTH
from fromraw.parts import parts
from tests.figures.scenes import picture_scene, series_scene, table_scene

SCENES: dict[str, Callable[[Path], Scene]] = {
    "3 categories of pictures": lambda folder: picture_scene(folder, 3),
    "12 categories, in groups": lambda folder: picture_scene(folder, 12, groups=6),
    "series of 5 channels": lambda folder: series_scene(folder, 5),
    "two categories of rows": lambda folder: table_scene(folder, "plan"),
    "a number of rows": lambda folder: table_scene(folder, "price"),
}
FIGURES = list(parts("figures"))


@pytest.fixture(scope="module", params=SCENES)
def scene(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Scene:
    return SCENES[request.param](tmp_path_factory.mktemp("run"))


@pytest.fixture(scope="module", params=FIGURES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def drawn(scene: Scene, name: str) -> Drawn:
    return draw_one(name, parts("figures")[name].cls(), scene, next(iter(scene.account.outputs)))


def test_it_draws_a_small_file_of_the_house_width_or_says_why_not(drawn: Drawn) -> None:
    assert "could not be drawn" not in drawn.refused
    if drawn.refused:
        return
    assert 1000 < len(drawn.content) <= LARGEST
    assert drawn.width == WIDTH
    assert drawn.title
    assert drawn.caption.endswith((".", "?"))
    if drawn.kind == "png":
        assert Image.open(io.BytesIO(drawn.content)).width >= 2 * 96 * WIDTH * 0.9
    else:
        assert drawn.content.lstrip().startswith(b"<?xml")
        assert not re.search(rb"<script|<text|href=\"http", drawn.content)


def test_the_same_run_gives_the_same_bytes(scene: Scene, name: str, drawn: Drawn) -> None:
    assert draw_one(name, parts("figures")[name].cls(), scene, drawn.output) == drawn


def test_a_perfect_net_and_an_empty_log_do_not_break_it(scene: Scene, name: str) -> None:
    output = next(iter(scene.account.outputs))
    records = dict(scene.account.outputs[output].records)
    if "probabilities" in records:
        records["probabilities"] = np.eye(records["probabilities"].shape[1])[records["truth"]]
    else:
        records["numbers"] = records["truth"]
    told = draw_one(name, parts("figures")[name].cls(), _with(scene, output, log=[], records=records), output)
    assert "could not be drawn" not in told.refused


def test_two_rows_do_not_break_it(scene: Scene, name: str) -> None:
    output = next(iter(scene.account.outputs))
    account = scene.account.outputs[output]
    two = np.arange(2)
    few = _with(scene, output, records=take_rows(account.records, two), rows=account.rows[:2], groups=None)
    assert "could not be drawn" not in draw_one(name, parts("figures")[name].cls(), few, output).refused


def _with(scene: Scene, output: str, log: list | None = None, **changes: object) -> Scene:
    """The scene with another account of its output."""
    account: OutputAccount = replace(scene.account.outputs[output], **changes)
    whole = replace(scene.account, outputs={output: account})
    return replace(scene, account=whole, log=scene.log if log is None else log)
