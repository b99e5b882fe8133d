"""By how much `--minutes` are kept: trainings of several lengths, on small and large data, beside a busy process too.

Each is the typed command in a process of its own, with nothing in its cache. Prints a line each: how many seconds it
ended early (or late, below zero), what was shed or shortened, and the score; then the latest of all.

    python benchmarks/budget.py [--quick] [--minutes M ...] [--data NAME ...]

All of it takes about two hours; `--quick` is half a minute on each of the small data.
"""

import argparse
import json
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

MINUTES = (0.5, 1.0, 3.0, 10.0)


def write_rows(count: int) -> Callable[[Path], Path]:
    """A table of so many rows: eight numbers, two categories, and an answer that follows from them but for noise."""

    def write(folder: Path) -> Path:
        draw = np.random.default_rng(0)
        path = folder / "table.csv"
        with path.open("w") as file:
            file.write(",".join(f"x{n}" for n in range(8)) + ",color,shape,label\n")
            for start in range(0, count, 100_000):
                size = min(100_000, count - start)
                x = draw.normal(size=(size, 8))
                color, shape = draw.integers(0, 12, size), draw.integers(0, 4, size)
                score = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + 0.3 * (color % 3) - 0.4 * shape
                label = score + draw.normal(size=size) > 0
                for row in range(size):
                    numbers = ",".join(f"{value:.4f}" for value in x[row])
                    file.write(f"{numbers},c{color[row]},s{shape[row]},{'yes' if label[row] else 'no'}\n")
        return path

    return write


def write_pictures(count: int) -> Callable[[Path], Path]:
    """So many gray pictures of 28 pixels a side, in one archive: a bar whose direction is one of ten, and noise."""

    def write(folder: Path) -> Path:
        draw, places = np.random.default_rng(0), np.mgrid[-1:1:28j, -1:1:28j]
        label = draw.integers(0, 10, count)
        image = np.empty((count, 28, 28), np.uint8)
        for start in range(0, count, 2000):
            some = slice(start, start + 2000)
            angle = (label[some] * np.pi / 10 + 0.1 * draw.normal(size=len(label[some])))[:, None, None]
            shift = 0.3 * draw.normal(size=angle.shape)
            away = np.cos(angle) * places[0] + np.sin(angle) * places[1] + shift
            light = 200 * np.exp(-40 * away**2) + 40 * draw.normal(size=away.shape)
            image[some] = light.clip(0, 255).astype(np.uint8)
        np.savez(folder / "pictures.npz", image=image, label=label)
        return folder / "pictures.npz"

    return write


DATA = {
    "1,000 rows": write_rows(1000),
    "1,000 pictures": write_pictures(1000),
    "1,000,000 rows": write_rows(1_000_000),
    "60,000 pictures": write_pictures(60_000),
}


def _be_busy() -> None:
    size = 300
    x = np.ones((size, size))
    while True:
        x = x @ x / size


@contextmanager
def neighbor(busy: bool) -> Iterator[None]:
    """A process that computes all the time, on one core, or none."""
    process = multiprocessing.get_context("spawn").Process(target=_be_busy, daemon=True)
    if busy:
        process.start()
    try:
        yield
    finally:
        if busy:
            process.kill()
            process.join()


def spend(data: Path, minutes: float, folder: Path) -> tuple[float, str, str]:
    """Train for so many minutes: seconds early, what was shed, and the score."""
    run = folder / "run"
    words = ["train", str(data), "--minutes", str(minutes), "--run", str(run), "--quiet"]
    environment = os.environ | {"FROMRAW_CACHE": str(folder / "cache")}
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "fromraw", *words], env=environment, capture_output=True, text=True)
    early = 60 * minutes - (time.monotonic() - began)
    if done.returncode:
        raise SystemExit(done.stderr)
    return early, "; ".join(_shed(run)) or "nothing", _score(run)


def _shed(run: Path) -> Iterator[str]:
    """What there was no time for."""
    decisions = [json.loads(line) for line in (run / "decisions.jsonl").read_text().splitlines()]
    metrics = json.loads((run / "metrics.json").read_text())
    part = next((d["value"] for d in decisions if d["decision"] == "part"), 1.0)
    if part < 1:
        yield f"{1 - part:.0%} of the rows"
    yield from metrics["shed"]
    steps = [d["value"] for d in decisions if d["decision"] == "steps"]
    if steps[-1] < steps[0]:
        yield f"steps {steps[0]:,} -> {steps[-1]:,}"


def _score(run: Path) -> str:
    (scores,) = json.loads((run / "metrics.json").read_text())["outputs"].values()
    name, found = next(iter(scores.items()))
    return f"{name} {found['value']:.3f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="half a minute on each of the small data, alone")
    parser.add_argument("--minutes", type=float, action="append")
    parser.add_argument("--data", action="append", choices=list(DATA))
    asked = parser.parse_args()
    quick = asked.quick
    lengths = asked.minutes or (MINUTES[:1] if quick else MINUTES)
    names = asked.data or [name for name in DATA if not quick or name.startswith("1,000 ")]
    worst = float("inf")
    print(f"{'data':<16} {'minutes':>7}  {'neighbor':<8} {'seconds early':>13}  {'score':<16} shed", flush=True)
    for name in names:
        with tempfile.TemporaryDirectory() as kept:
            data = DATA[name](Path(kept))
            for minutes in lengths:
                for busy in (False,) if quick else (False, True):
                    with tempfile.TemporaryDirectory() as folder, neighbor(busy):
                        early, shed, score = spend(data, minutes, Path(folder))
                    worst = min(worst, early)
                    line = f"{name:<16} {minutes:>7g}  {'busy' if busy else 'none':<8} {early:>13.1f}"
                    print(f"{line}  {score:<16} {shed}", flush=True)
    print(f"the latest ended {abs(worst):.1f} s {'early' if worst >= 0 else 'late'}")


if __name__ == "__main__":
    main()
