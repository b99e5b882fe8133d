"""`fromraw demo`: real handwritten digits, as picture files in folders, learned from and judged in a minute.

Digits: Alpaydin and Kaynak, "Optical recognition of handwritten digits", UCI repository, 1998; scikit-learn ships them.
"""

import shlex
import shutil
from pathlib import Path
from typing import Any

from fromraw.cli.calling import CALL
from fromraw.cli.options import Debug, Json

FOLDER = Path("fromraw-demo")
"""All that the demo writes, made anew each time, so that what is shown has just happened."""
MINUTES = 0.7
_SHADES = " ░▒▓█"


def demo(json: Json = False, debug: Debug = False) -> None:
    """Learn to read handwritten digits from a folder of pictures, in about a minute."""
    from fromraw.api import options_of
    from fromraw.cli.printing import print_json
    from fromraw.learning.progress import Voice
    from fromraw.training import train

    data, run_folder = FOLDER / "digits", FOLDER / "run"
    count = write_digits(data)
    command = ["fromraw", "train", str(data), "--minutes", str(MINUTES), "--run", str(run_folder), "--fresh"]
    voice = Voice(to_stderr=json)
    voice.say(f"{count:,} pictures of handwritten digits, a folder for each, are in {data}/. What follows is")
    voice.say(f"$ {shlex.join(command)}")
    voice.say()
    options = options_of(
        str(data),
        minutes=MINUTES,
        run=str(run_folder),
        fresh=True,
        command=shlex.join(command),
        started=CALL.get().started,
    )
    run = train(options, voice)
    path = _held_out(run, data)
    picture, words = draw(path), _answer(run, path)
    for number, line in enumerate(picture):
        voice.result(f"  {line}   {words[number - 2] if 2 <= number < 2 + len(words) else ''}".rstrip())
    voice.result(f"Open {run.report} in a browser; try your own: fromraw train DATA")
    if json:
        print_json(run.metrics | {"run": str(run.folder), "picture": str(path), "answer": words[1]})


def write_digits(folder: Path) -> int:
    """The 1,797 digits as PNG files of 8x8 pixels in a folder for each digit; what was there is replaced."""
    import numpy as np
    from PIL import Image
    from sklearn.datasets import load_digits

    digits = load_digits()
    shutil.rmtree(folder, ignore_errors=True)
    for digit in range(10):
        (folder / str(digit)).mkdir(parents=True)
    pixels = np.round(digits.images * (255 / 16)).astype(np.uint8)
    for number, (picture, digit) in enumerate(zip(pixels, digits.target, strict=True)):
        Image.fromarray(picture).save(folder / str(digit) / f"{number:04}.png")
    return len(pixels)


def _held_out(run: Any, data: Path) -> Path:
    """A picture that was tested on, so never learned from."""
    import pyarrow.parquet

    from fromraw.sources.opening import open_source

    rows = pyarrow.parquet.read_table(run.folder / "predictions.parquet", columns=["row"]).column("row").to_pylist()
    cell = open_source(str(data)).peek([rows[len(rows) // 3]], ["image"]).column("image")[0].as_py()
    return data / str(cell["path"])


def draw(path: Path) -> list[str]:
    """A picture as text, two characters a pixel."""
    import numpy as np
    from PIL import Image

    with Image.open(path) as image:
        pixels = np.asarray(image.convert("L"))
    return ["".join(2 * _SHADES[int(value) * (len(_SHADES) - 1) // 255] for value in row) for row in pixels]


def _answer(run: Any, path: Path) -> list[str]:
    """The picture's name, and what the net says of it."""
    from fromraw.cli.answers import probability_words
    from fromraw.sources.opening import open_source

    row = run.answer(open_source(str(path))).to_pylist()[0]
    start = "probability_class_"
    likely = {k.removeprefix(start): v for k, v in row.items() if k.startswith(start)}
    return [
        f"{path.name}, a {path.parent.name}, never seen in training",
        f"answer: {probability_words(row['predicted_class'], likely)}",
    ]
