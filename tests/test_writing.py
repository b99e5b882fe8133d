"""The last lines of a training."""

from pathlib import Path

import pytest

from fromraw.report.advice import TimeWasUp
from fromraw.writing import late_lines, name_new_data
from tests.figures.scenes import picture_scene


@pytest.mark.parametrize(
    ("place", "things", "new"),
    [
        ("letters.csv", "pictures", "new.csv"),
        ("old/letters.CSV.gz", "pictures", "new.csv"),
        ("GunPoint_TRAIN.ts", "series", "new.ts"),
        ("beats.npz", "rows", "new.npz"),
        ("photos.zip", "pictures", "new.zip"),
        ("photos/", "pictures", "new/"),
        ("example:digits", "pictures", "new/"),
        ("a frame", "rows", "new.csv"),
    ],
)
def test_new_data_are_named_as_those_that_were_learned_from(place: str, things: str, new: str) -> None:
    assert name_new_data(place, things) == new


def test_a_net_that_is_beaten_when_time_was_up_is_said_to_need_longer(tmp_path: Path) -> None:
    late = TimeWasUp(0.44, 192.0, 1.0)
    beaten, better = (picture_scene(tmp_path, skill=skill).account.outputs.values() for skill in (0.0, 4.0))
    words = "  ! Time was up after 0.44 of 192 epochs that may pay. --minutes 5 gives it longer"
    assert late_lines(beaten, late) == [words]
    assert late_lines(better, late) == late_lines(beaten, None) == []
