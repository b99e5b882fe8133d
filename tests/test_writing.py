"""The last lines of a training."""

import pytest

from fromraw.writing import name_new_data


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
