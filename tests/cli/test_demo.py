"""`fromraw demo`, as far as it writes and draws; the whole of it is `make demo`."""

from pathlib import Path

import numpy as np
from PIL import Image

from fromraw.cli.answers import answer_line, probability_words
from fromraw.cli.demo import draw, write_digits


def test_the_digits_are_real_pictures_in_a_folder_each(work_folder: Path) -> None:
    (work_folder / "digits" / "old").mkdir(parents=True)
    assert write_digits(work_folder / "digits") == 1797
    assert sorted(path.name for path in (work_folder / "digits").iterdir()) == list("0123456789")
    with Image.open(work_folder / "digits" / "0" / "0000.png") as picture:
        assert (picture.size, picture.mode) == ((8, 8), "L")


def test_a_picture_is_drawn_as_blocks(work_folder: Path) -> None:
    Image.fromarray(np.array([[0, 255], [255, 0]], np.uint8)).save("x.png")
    assert draw(Path("x.png")) == ["  ██", "██  "]


def test_answers_read_as_a_person_would_say_them() -> None:
    assert probability_words("bee", {"bee": 0.97, "wasp": 0.025, "fly": 0.005}) == "bee 97%, wasp 2%"
    assert probability_words("bee", {"bee": 0.9999, "wasp": 0.0001}) == "bee 99.9%"
    row = {"image": "a.png", "predicted_y": 412.5, "low_y": 350.0, "high_y": 480.0, "problem": None}
    assert answer_line(1, row, ["y"]) == "a.png         412.5  (350 to 480)"
    assert answer_line(3, {**row, "image": None, "problem": "cut off"}, ["y"]).endswith("   ! cut off")
