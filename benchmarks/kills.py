"""Whether a training that is killed again and again ends with the same bits, for every encoder that is registered.

Each case is a tiny training: once left alone, and then killed by SIGKILL at random moments, in whatever stage it is,
and begun again by the same command until it is done. Compared bit by bit: weights, answers to the tested rows, and all
of metrics.json but the seconds. Prints a line a case; ends with 1 where anything differs.

    python benchmarks/kills.py [--kills 20] [--seed 0] [--case NAME]
"""

import argparse
import json
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # what is forked must have no threads

import numpy as np
import PIL.Image

from fromraw.learning.progress import Voice
from fromraw.options import Options
from fromraw.parts import ROOMS, parts
from fromraw.planning.deciding import Request
from fromraw.planning.plan import parse, read
from fromraw.signals import Grid, Scalars
from fromraw.training import train

ROWS, BATCH = 90, {"learning.batch": 16}


@dataclass(frozen=True)
class Case:
    """A training: what writes its data, and what is asked for."""

    write: Callable[[Path], Path]
    encoders: dict[str, str] = field(default_factory=dict)
    settings: dict[str, Any] = field(default_factory=dict)
    steps: int = 120


# --------------------------------------------------------------------------------------------------------------- data


def write_table(folder: Path) -> Path:
    """Numbers, categories, and gaps."""
    draw = np.random.default_rng(0)
    lines = ["weight,color,size,label"]
    for row in range(ROWS):
        weight = "" if row % 11 == 0 else f"{draw.normal(50 + 20 * (row % 2), 5):.2f}"
        lines.append(f"{weight},{draw.choice(['red', 'green'])},{draw.normal():.3f},{['no', 'yes'][row % 2]}")
    return _written(folder / "table.csv", lines)


def write_numbers(folder: Path) -> Path:
    """The same with a number to predict."""
    draw = np.random.default_rng(1)
    x = draw.normal(size=(ROWS, 3)).round(3)
    lines = [f"{a},{b},{c},{a - b + 0.1 * draw.normal():.3f}" for a, b, c in x]
    return _written(folder / "numbers.csv", ["a,b,c,y", *lines])


def write_pictures(folder: Path) -> Path:
    draw = np.random.default_rng(2)
    for row in range(ROWS):
        place = folder / "pictures" / ["dark", "light"][row % 2]
        place.mkdir(parents=True, exist_ok=True)
        pixels = draw.integers(0, 150, (12, 12), np.uint8) + np.uint8(90 * (row % 2))
        PIL.Image.fromarray(pixels).save(place / f"p{row:03}.png")
    return folder / "pictures"


def write_series(folder: Path) -> Path:
    """Of different length."""
    draw = np.random.default_rng(3)
    lines = ["@problemName waves", "@timeStamps false", "@univariate true", "@equalLength false",
             "@classLabel true slow fast", "@data"]  # fmt: skip
    for row in range(ROWS):
        steps = np.arange(draw.integers(20, 40))
        wave = np.sin(steps * (0.9 if row % 2 else 0.5)) + 0.3 * draw.normal(size=len(steps))
        lines.append(",".join(f"{value:.3f}" for value in wave) + f":{'fast' if row % 2 else 'slow'}")
    return _written(folder / "waves.ts", lines)


def write_both(folder: Path) -> Path:
    """Pictures that a table names, beside its own columns."""
    pictures = write_pictures(folder)
    draw = np.random.default_rng(4)
    names = sorted(path.relative_to(folder) for path in pictures.rglob("*.png"))
    lines = [f"{name},{draw.normal():.3f},{draw.choice(['u', 'v'])},{'light' if 'light' in str(name) else 'dark'}"
             for name in names]  # fmt: skip
    return _written(folder / "both.csv", ["photo,size,kind,label", *lines])


def _written(path: Path, lines: list[str]) -> Path:
    path.write_text("\n".join(lines) + "\n")
    return path


def cases() -> dict[str, Case]:
    """A case for each registered encoder and kind of input that it reads, and for what no encoder's name tells."""
    found = {}
    for name, part in parts("encoders").items():
        if Scalars in part.reads:
            found[f"{name} table"] = Case(write_table, {"table": name}, BATCH)
        for dimensions, what, write in ((2, "image", write_pictures), (1, "series", write_series)):
            if Grid in part.reads and (not part.dimensions or dimensions in part.dimensions):
                found[f"{name} {what}"] = Case(write, {what: name}, BATCH)
    members = [{"seed": 1, "fold": 0}, {"seed": 2, "fold": 1}]
    return found | {
        "a number": Case(write_numbers, {}, BATCH),
        "two nets": Case(write_table, {}, {**BATCH, "members": members, "folds": 2}, 80),
        "two inputs": Case(write_both, {}, BATCH),
    }


# -------------------------------------------------------------------------------------------------------------- killing


def begin(case: Case, data: Path, run: Path) -> "multiprocessing.process.BaseProcess":
    """The training in a process of its own, which finds all that it needs imported."""
    process = multiprocessing.get_context("fork").Process(target=_train, args=(case, data, run))
    process.start()
    return process


def _train(case: Case, data: Path, run: Path) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.environ["FROMRAW_CACHE"] = str(run.with_name(f"{run.name}-cache"))
    request = Request(steps=case.steps, settings=case.settings, encoders=case.encoders)
    train(Options(str(data), request=request, run=run, threads=1, save_every=0.05), Voice(quiet=True))


def finish(process: "multiprocessing.process.BaseProcess") -> None:
    process.join()
    if process.exitcode:
        raise SystemExit(f"a training ended with {process.exitcode}")


def kill_at_random(case: Case, data: Path, run: Path, kills: int, longest: float, draw: random.Random) -> list[str]:
    """Killed so many times, unless it is done before; in which stage, each time. Then it is finished."""
    where: list[str] = []
    while len(where) < kills:
        process = begin(case, data, run)
        process.join(draw.uniform(0, longest))
        process.kill()
        process.join()
        if process.exitcode != -signal.SIGKILL:
            finish(process)
            return where
        where.append(stage_of(run))
    finish(begin(case, data, run))
    return where


def stage_of(run: Path) -> str:
    """What a run was at, by what it has written."""
    place = run / "checkpoint"
    if not (run / "plan.yaml").exists():
        return "describe"
    if (run / "system.safetensors").exists():
        return "report"
    if not (place / "state.json").exists():
        return "baselines" if any(place.glob("baseline-*")) else "prepare"
    members = parse(read(run / "plan.yaml"), "").members
    return "evaluation" if len(list(place.glob("member-*"))) == len(members) else "training"


def results_of(run: Path) -> dict[str, Any]:
    metrics = json.loads((run / "metrics.json").read_text())
    metrics.pop("seconds")
    names = ("system.safetensors", "predictions.parquet")
    return {name: (run / name).read_bytes() for name in names} | {"metrics.json": metrics}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", action="append", choices=list(cases()), help="only this one; may be repeated")
    asked = parser.parse_args()
    for room in ROOMS:
        parts(room)
    chosen = {name: case for name, case in cases().items() if not asked.case or name in asked.case}
    each, different = -(-asked.kills // len(chosen)), 0
    print(f"{'case':<28} {'seconds':>7} {'kills':>5}  {'same bits':<9}  where it was killed", flush=True)
    for name, case in chosen.items():
        with tempfile.TemporaryDirectory() as folder:
            took, where, wrong = try_case(case, Path(folder), each, random.Random(f"{asked.seed} {name}"))
        different += bool(wrong)
        counts = ", ".join(f"{stage} {where.count(stage)}" for stage in dict.fromkeys(where))
        print(f"{name:<28} {took:>7.1f} {len(where):>5}  {', '.join(wrong) or 'yes':<9}  {counts}", flush=True)
    sys.exit(1 if different else 0)


def try_case(case: Case, folder: Path, kills: int, draw: random.Random) -> tuple[float, list[str], list[str]]:
    """Seconds of the training that is left alone, in which stages others were killed, and which files differ."""
    data = case.write(folder)
    began = time.monotonic()
    finish(begin(case, data, folder / "whole"))
    took, whole = time.monotonic() - began, results_of(folder / "whole")
    where: list[str] = []
    wrong: set[str] = set()
    for number in range(3 * kills):  # one that is done before the moment has come takes no kill
        run = folder / f"killed-{number}"
        where += kill_at_random(case, data, run, kills - len(where), took, draw)
        killed = results_of(run)
        wrong |= {file for file in whole if whole[file] != killed[file]}
        if len(where) >= kills:
            break
    return took, where, sorted(wrong)


if __name__ == "__main__":
    main()
