"""How often the interval that `fromraw curve` tells holds what came: the last half of the rows is hidden, the curve is
drawn from trainings on the first half and on parts of it, and its interval is held against trainings on all rows.

    python benchmarks/curve.py DATA --sets mnist adult japanese_vowels --resamplings 20 --keep points.jsonl

DATA: a folder with mnist's idx files, adult's train.csv.gz and test.csv.gz, and japanese_vowels' .ts files, each in a
folder of its name. Of the larger ones a part is taken. Every resampling halves the rows anew and trains nets anew; the
tested rows stay the same. What is trained is kept in a file, so that the same command goes on.
"""

import argparse
import gzip
import json
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# isort: off
import fromraw

# isort: on
import numpy as np
import pyarrow as pa
import pyarrow.csv as pc

from fromraw.curve import sizes_for
from fromraw.evaluation.account import scores_of
from fromraw.evaluation.more_rows import Trained, look_ahead
from fromraw.learning.stopping import StopRequest
from fromraw.retraining import Retraining, Size, thin_rows
from fromraw.run import Run

ROWS, TESTED = 2_000, 1_000
"""Of the larger sets, to learn from and to test on."""
ONE = [{"seed": 0, "fold": None}]
"""A net alone, also where the plan would average several."""
TRAININGS, HIDDEN = 8, -1
"""On the first half, as many as the minutes are shared among; the number of halvings that marks one on all rows."""


def mnist(place: Path, folder: Path) -> dict[str, Any]:
    """2,000 pictures to learn from and 1,000 to test on; a dense net, 150 steps."""

    def read(name: str, start: int, shape: tuple[int, ...]) -> np.ndarray:
        return np.frombuffer(gzip.decompress((place / name).read_bytes()), np.uint8, offset=start).reshape(shape)

    paths = {}
    for side, name, count in (("train", "train", ROWS), ("test", "t10k", TESTED)):
        pictures = read(f"{name}-images-idx3-ubyte.gz", 16, (-1, 28, 28))[:count]
        labels = read(f"{name}-labels-idx1-ubyte.gz", 8, (-1,))[:count]
        paths[side] = folder / f"{side}.npz"
        np.savez(paths[side], image=pictures, label=labels)
    return {"data": paths["train"], "test": paths["test"], "steps": 150, "encoder": {"image": "dense"},
            "settings": {"members": ONE, "width": 128, "batch": 64, "rate": 0.005, "shift": 0}}  # fmt: skip


def adult(place: Path, folder: Path) -> dict[str, Any]:
    """2,000 people to learn from and 1,000 to test on; a dense net, 150 steps."""
    paths = {}
    for side, count in (("train", ROWS), ("test", TESTED)):
        table: pa.Table = pc.read_csv(place / f"{side}.csv.gz")
        paths[side] = folder / f"{side}.csv"
        pc.write_csv(table.slice(0, count), paths[side])
    settings = {"members": ONE, "width": 64, "batch": 64, "rate": 0.003}
    return {"data": paths["train"], "test": paths["test"], "output": "income", "steps": 150,
            "encoder": {"table": "dense"}, "settings": settings}  # fmt: skip


def japanese_vowels(place: Path, folder: Path) -> dict[str, Any]:
    """All of it, 270 and 370 rows; a small convolutional net, 150 steps."""
    return {"data": place, "steps": 150, "settings": {"members": ONE, "widths": [16, 32], "depth": 1, "batch": 16}}


SETS = {"mnist": mnist, "adult": adult, "japanese_vowels": japanese_vowels}


def run_of(name: str, place: Path, folder: Path) -> Run:
    folder.mkdir()
    return fromraw.train(**SETS[name](place, folder), run=folder / "run", quiet=True)


def trained_anew(run: Run, resampling: int, folder: Path) -> list[dict[str, Any]]:
    """What `fromraw curve` would train on the first half of the rows, and then a training on all of them."""
    learning = run.plan.learning.model_copy(update={"seed": 1000 + resampling})
    plan = run.plan.model_copy(update={"learning": learning})
    again = Retraining(run.ground, plan, folder, StopRequest())
    half = thin_rows(run.ground, plan, Size(1, -1))
    asked = [(size, thin_rows(run.ground, plan, size, half)) for size in sizes_for(1 << 20)[:TRAININGS]]
    asked.append((Size(HIDDEN, 1000 * (resampling + 1)), run.ground.rows))
    return [asdict(point) for size, rows in asked if (point := again.train(size, rows))]


def held(points: list[dict[str, Any]], run: Run) -> dict[str, Any]:
    """Whether the interval told from the first half holds what came of all rows; all in the score's own unit."""
    output, scores = next(iter(scores_of(run.plan).items()))
    score = scores[next(iter(points[0]["scores"][output]))]
    found = [
        Trained(p["halvings"], p["rows"], **p["scores"][output][score.name], left_out=p["left_out"][output])
        for p in points
    ]
    outlook = look_ahead(score, [t for t in found if t.halvings != HIDDEN], len(run.ground.rows.tested))
    assert outlook.next, "eight trainings tell what more would bring"
    came = float(np.mean([t.value for t in found if t.halvings == HIDDEN])) - outlook.sizes[-1].value
    low, high = outlook.next.low, outlook.next.high
    return {"held": low <= came <= high, "width": high - low, "came": came, "told": outlook.next.value, "sure": low > 0}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    parser.add_argument("--resamplings", type=int, default=20)
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first resampling that is counted")
    parser.add_argument("--keep", type=Path, default=Path("curve-points.jsonl"))
    asked = parser.parse_args()
    kept = [json.loads(line) for line in asked.keep.read_text().splitlines()] if asked.keep.exists() else []
    with TemporaryDirectory() as scratch:
        runs = {name: run_of(name, asked.data / name, Path(scratch) / name) for name in asked.sets}
        done = {(line["set"], line["resampling"]): line["points"] for line in kept}
        for resampling in range(asked.resamplings):
            for name in asked.sets:
                if (name, resampling) not in done:
                    points = done[name, resampling] = trained_anew(runs[name], resampling, runs[name].folder / "curve")
                    with asked.keep.open("a") as file:
                        file.write(json.dumps({"set": name, "resampling": resampling, "points": points}) + "\n")
        for name, run in runs.items():
            print(
                name, told([held(points, run) for (of, n), points in done.items() if of == name and n >= asked.first])
            )


def told(found: list[dict[str, Any]]) -> str:
    """How many intervals held, in words; in hundredths of the score."""
    mean = {key: 100 * float(np.mean([of[key] for of in found])) for key in ("width", "came", "told")}
    off = 100 * float(np.mean([(of["came"] - of["told"]) ** 2 for of in found])) ** 0.5
    sure = sum(of["sure"] for of in found)
    middle = f"came {mean['came']:.2f}, told {mean['told']:.2f} in the middle, off by {off:.2f} (root mean square)"
    return (
        f"{sum(of['held'] for of in found)} of {len(found)} held; mean width {mean['width']:.1f}; {middle}; {sure} sure"
    )


if __name__ == "__main__":
    main()
