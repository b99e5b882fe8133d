"""Rows are shown in the order in which they were asked for, though a source gives them in its own."""

from pathlib import Path

import numpy as np

from fromraw.figures.cells import pictures_of, texts_of
from tests.figures.scenes import picture_scene, table_scene


def test_cells_stand_in_the_order_asked_for(tmp_path: Path) -> None:
    scene = table_scene(tmp_path)
    alone = [texts_of(scene, [row], 2)["rooms"][0] for row in (17, 3, 9)]
    assert texts_of(scene, [17, 3, 9], 2)["rooms"] == alone
    assert len(set(alone)) == 3


def test_pictures_stand_in_the_order_asked_for(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path, 3)
    name = next(iter(scene.plan.inputs))
    several = pictures_of(scene, name, [5, 2])
    for row, picture in zip((5, 2), several, strict=True):
        (one,) = pictures_of(scene, name, [row])
        assert one is not None
        np.testing.assert_array_equal(picture, one)
