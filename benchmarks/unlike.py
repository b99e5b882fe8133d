"""How many rows are flagged as unlike anything trained on: tested digits, printed letters, noise and inverted digits;
or, of data of yours, the tested rows.

python benchmarks/unlike.py [--epochs 15 | --minutes 2] [--data DATA ...]

The threshold is set so that 1 in 100 ordinary rows is flagged. Letters are those of matplotlib's fonts, as 8 x 8 pixels
by scikit-learn's way: counts of ink in blocks of 4 x 4.
"""

import argparse
import string
from pathlib import Path
from tempfile import TemporaryDirectory

import matplotlib
import numpy as np
from PIL import Image, ImageDraw, ImageFont

import fromraw

FONTS = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
NAMES = ("DejaVuSans", "DejaVuSans-Bold", "DejaVuSans-Oblique", "DejaVuSansMono", "DejaVuSerif", "DejaVuSerif-Italic")


def letter(character: str, font: str) -> np.ndarray:
    """(8, 8) uint8, the letter as high as the digits are."""
    page = Image.new("L", (192, 192))
    ImageDraw.Draw(page).text((48, 32), character, 255, font=ImageFont.truetype(str(FONTS / f"{font}.ttf"), 96))
    ink = page.crop(page.getbbox())
    width = min(32, max(1, round(ink.width * 32 / ink.height)))
    page = Image.new("L", (32, 32))
    page.paste(ink.resize((width, 32), Image.Resampling.LANCZOS), ((32 - width) // 2, 0))
    counts = (np.array(page) > 127).reshape(8, 4, 8, 4).sum((1, 3))
    return np.round(counts * (255 / 16)).astype(np.uint8)


def digits(budget: dict[str, float]) -> dict[str, np.ndarray]:
    """{kind: distances} of one training on example:digits."""
    with TemporaryDirectory() as folder:
        run = fromraw.train("example:digits", **budget, seed=1, run=Path(folder) / "run", quiet=True)
        pixels = run.examples.stored["image"]["pixels"]
        tested = np.asarray(pixels).reshape(-1, 8, 8)[run.rows("test")]
        rows = {
            "tested digits": tested,
            "letters": np.stack([letter(c, font) for c in string.ascii_letters for font in NAMES]),
            "noise": np.random.default_rng(3).integers(0, 256, (300, 8, 8)).astype(np.uint8),
            "inverted digits": 255 - tested,
        }
        return {kind: run.predict({"image": pictures})["unlike"] for kind, pictures in rows.items()}


def tested(data: str, budget: dict[str, float]) -> np.ndarray:
    """Distances of the tested rows of any data."""
    from fromraw.evaluation.answering import answer_rows

    with TemporaryDirectory() as folder:
        run = fromraw.train(data, **budget, seed=1, run=Path(folder) / "run", quiet=True)
        far: list[np.ndarray] = []
        watch = run.predictor.unlike.watching(far)
        answer_rows(run.systems, run.examples, run.rows("test"), 512, watch=watch)
        return np.concatenate(far)


if __name__ == "__main__":
    asked = argparse.ArgumentParser()
    asked.add_argument("--epochs", type=float, default=15)
    asked.add_argument("--minutes", type=float, help="instead of epochs")
    asked.add_argument("--data", nargs="*", default=[])
    options = asked.parse_args()
    budget = {"minutes": options.minutes} if options.minutes else {"epochs": options.epochs}
    found = {f"tested rows of {Path(data).name}": tested(data, budget) for data in options.data} or digits(budget)
    for kind, distances in found.items():
        print(f"{kind:<38}{len(distances):>7,} rows{100 * (distances > 1).mean():>7.2f}% flagged")
