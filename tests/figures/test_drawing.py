"""The door to all figures: their order, the time they may take, and what is told of those that are not there."""

from dataclasses import replace
from itertools import count
from pathlib import Path

import numpy as np
from matplotlib import rcParams

from fromraw.figures.drawing import draw_all
from fromraw.figures.worst import worst_rows
from tests.figures.scenes import picture_scene, table_scene


def test_the_most_telling_figures_come_first(tmp_path: Path) -> None:
    assert [drawn.name for drawn in draw_all(picture_scene(tmp_path))] == [
        "comparison", "mistakes", "weak_subgroups", "weak_subgroups_rows", "learning_curve", "learning_curves",
        "what_mattered", "confusion_matrix", "suspects", "calibration", "first_layer_filters",
    ]  # fmt: skip


def test_what_there_is_no_time_for_is_shed_and_told(tmp_path: Path) -> None:
    ticks = count()
    drawn = draw_all(picture_scene(tmp_path), seconds=6.0, now=lambda: float(next(ticks)))
    assert [d.shed for d in drawn] == [False] * 3 + [True] * 8
    assert all(d.content or d.refused for d in drawn if not d.shed)


def test_a_figure_refuses_by_what_the_records_hold(tmp_path: Path) -> None:
    refused = {drawn.name: drawn.refused for drawn in draw_all(table_scene(tmp_path)) if drawn.refused}
    assert refused == {
        "confusion_matrix": "the answers are no categories",
        "first_layer_filters": "no convolution in this net",
        "learning_curve": "no learning curve was drawn (fromraw curve)",
        "suspects": "no given category is doubtful",
        "weak_subgroups": "no subgroup was found to be weak",
        "weak_subgroups_rows": "no subgroup was found to be weak",
        "what_mattered": "what mattered was not looked for",
    }


def test_a_persons_own_settings_of_matplotlib_are_left_alone(tmp_path: Path) -> None:
    before = dict(rcParams)
    draw_all(table_scene(tmp_path))
    assert dict(rcParams) == before


def test_mistakes_refuse_where_the_rows_are_gone(tmp_path: Path) -> None:
    gone = replace(picture_scene(tmp_path), examples=None, cells=None)
    assert {d.name: d.refused for d in draw_all(gone)}["mistakes"] == "the rows are not at hand"


def test_pictures_are_shown_from_the_store_where_the_source_is_gone(tmp_path: Path) -> None:
    drawn = {d.name: d for d in draw_all(replace(picture_scene(tmp_path), cells=None))}
    assert drawn["mistakes"].rows == 12


def test_the_surest_mistakes_come_first_and_no_right_answer_is_among_them(tmp_path: Path) -> None:
    scene = picture_scene(tmp_path)
    account = scene.account.outputs["class"]
    said, sure = account.records["probabilities"].argmax(1), account.records["probabilities"].max(1)
    rows = [mistake.row for mistake in worst_rows(scene, "class", 100)]
    assert set(rows) == set(account.rows[said != account.records["truth"]])
    assert list(sure[rows]) == sorted(sure[rows], reverse=True)


def test_the_largest_errors_come_first(tmp_path: Path) -> None:
    scene = table_scene(tmp_path)
    records = scene.account.outputs["price"].records
    errors = np.abs(records["numbers"] - records["truth"])[:, 0]
    assert [mistake.row for mistake in worst_rows(scene, "price", 4)] == list(np.argsort(-errors)[:4])
