"""How often audits cry wolf, how often they find what is planted, and what they cost: over data made from each seed.

python benchmarks/audits.py [--sets 100] [--only weak_subgroups] [--kind series] [--seed 1000] [--no-times]

Nets are small and learn for some steps only, without findings, baselines and figures; audits see what they would see.
For every audit and kind of data a line: of how many sets with a fault it was found, or of how many without one the
audit spoke up. Planted faults count where the audit names them.
"""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
from sklearn.datasets import load_digits
from suspects import table as people

import fromraw
from fromraw.audits.base import Trained
from fromraw.errors import Refused
from fromraw.findings.base import Finding
from fromraw.parts import parts

SECONDS = 15.0
"""For one audit, as a training of five minutes or more gives it."""
ONE_NET = {"members": [{"seed": 0, "fold": None}], "folds": 0}


@dataclass(frozen=True)
class Kind:
    """Data of one kind. make: seed -> data; heard: whether an audit spoke up; options: of the training."""

    name: str
    audit: str
    make: Callable[[int], Any]
    is_planted: bool
    heard: Callable[[list[Finding]], bool] = bool
    options: dict[str, Any] = field(default_factory=dict)


def trained_on(data: Any, options: dict[str, Any], steps: int = 150) -> Trained:
    """What audits are given after a training of few steps."""
    kept: list[Trained] = []
    told: dict[str, Any] = {"steps": steps, "seed": 1, "threads": 1, "quiet": True, "settings": ONE_NET, **options}
    with (
        tempfile.TemporaryDirectory() as folder,
        patch("fromraw.training.audit_all", lambda trained, *_, **__: kept.append(trained) or []),  # type: ignore[func-returns-value]
        patch("fromraw.training.compare", lambda *_: {}),
        patch("fromraw.training.find_all", lambda *_, **__: []),
        patch("fromraw.training.write_results", lambda *_: None),
    ):
        fromraw.train(data, run=Path(folder) / "run", **told)
    return replace(kept[0], seconds=SECONDS)


def ask(trained: Trained, audit: str) -> tuple[list[Finding], float]:
    """What an audit finds, and the processor's seconds that it takes."""
    began = time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = parts("audits")[audit].cls().find(replace(trained, folder=Path(folder)))
        except Refused:
            found = []
    return found, time.process_time() - began


# -------------------------------------------------------------------------------------------------------------- data


def table(seed: int, rows: int = 2000, weak: bool = False, number: bool = False) -> pa.Table:
    """Numbers and a site; two of the numbers tell the answer, by chance wrong, at the weak site far more often."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 5))
    site = np.array(list("ABCDE"))[random.integers(0, 5, rows)]
    wild = (site == "C") & weak
    score = x[:, 0] + 0.7 * x[:, 1]
    if number:
        answer = 10 + 3 * score + np.where(wild, 3.0, 0.8) * random.normal(size=rows)
    else:
        kind = (score + 0.4 * random.normal(size=rows) > 0) ^ (wild & (random.random(rows) < 0.35))
        answer = np.where(kind, "yes", "no")
    return pa.table({**{f"x{n}": x[:, n] for n in range(5)}, "site": site, "answer": answer})


def pictures(seed: int, rows: int = 1500, weak: bool = False) -> dict[str, np.ndarray]:
    """A bar, upright or lying, on a ground of any brightness; in the weak half, the dark one, hardly to be seen."""
    random = np.random.default_rng(seed)
    kind, at = random.integers(0, 2, rows), random.integers(1, 10, rows)
    ground = random.uniform(30, 130, rows)
    bar = np.zeros((rows, 12, 12))
    bar[np.arange(rows), at] = bar[np.arange(rows), at + 1] = 1
    bar = np.where(kind[:, None, None] == 1, bar, bar.transpose(0, 2, 1))
    height = np.where((ground < 80) & weak, 9.0, 60.0)
    picture = ground[:, None, None] + height[:, None, None] * bar + random.normal(0, 14, bar.shape)
    return {"image": picture.clip(0, 255).astype(np.uint8), "label": np.array(["lying", "upright"])[kind]}


def series(seed: int, rows: int = 1500, weak: bool = False) -> pa.Table:
    """Noisy waves, slow or fast, of 12 to 60 steps; in the weak set, those under 25 are mostly noise."""
    random = np.random.default_rng(seed)
    kind, steps = random.integers(0, 2, rows), random.integers(12, 61, rows)
    noise = np.where((steps < 25) & weak, 3.0, 0.6)
    waves = [
        (np.sin(np.arange(s) / (1.2 + 1.6 * k) + 6 * random.random()) + n * random.normal(size=s)).tolist()
        for s, k, n in zip(steps, kind, noise, strict=True)
    ]
    return pa.table({"series": pa.array(waves, pa.list_(pa.float64())), "label": np.array(["fast", "slow"])[kind]})


def noise(seed: int, rows: int = 1000) -> pa.Table:
    """Nothing tells the answer."""
    random = np.random.default_rng(seed)
    return pa.table({**{f"x{n}": random.normal(size=rows) for n in range(5)}, "answer": random.permutation(rows) % 2})


def digits(seed: int, flips: float = 0.0) -> dict[str, np.ndarray]:
    """800 scanned digits, this share of them given as another."""
    random, bunch = np.random.default_rng(seed), load_digits()
    rows = random.permutation(len(bunch.target))[:800]
    label = bunch.target[rows].copy()
    flipped = random.random(len(label)) < flips
    label[flipped] = (label[flipped] + random.integers(1, 10, flipped.sum())) % 10
    return {"image": (bunch.images[rows] * 15).astype(np.uint8), "label": label.astype(np.uint8)}


def elsewhere(seed: int, moved: bool) -> pa.Table:
    """A table whose test rows come from as the others do, or not."""
    one = table(seed)
    side = np.where(np.arange(one.num_rows) < 1600, "train", "test")
    if moved:
        x0, x3 = (one.column(name).to_numpy() + 5 * (side == "test") for name in ("x0", "x3"))
        one = one.set_column(0, "x0", pa.array(x0)).set_column(3, "x3", pa.array(x3))
    return one.append_column("split", pa.array(side))


# ------------------------------------------------------------------------------------------------------------- kinds


def _told_of(*words: str) -> Callable[[list[Finding]], bool]:
    return lambda found: any(word in finding.text for finding in found for word in words)


def _sure(found: list[Finding]) -> list[str]:
    return [name for finding in found for name in finding.evidence["sure"]]


DENSE = {"encoder": {"table": "dense"}}
PICTURES = {"encoder": {"image": "convnet"}, "steps": 100, "settings": {**ONE_NET, "image.convnet.widths": [8, 8]}}
SERIES = {"encoder": {"series": "convnet"}, "steps": 100, "settings": {**ONE_NET, "series.convnet.widths": [8, 8]}}
LINEAR = {"encoder": {"image": "linear"}}
WEAK, MATTERED, UNLIKE, LABELS = "weak_subgroups", "what_mattered", "unlike", "suspicious_labels"
IN_SHORT, IN_DARK = "the length of series is at most", ("of image is at most", "of image is above")

KINDS = [
    Kind("a table", WEAK, table, False, options=DENSE),
    Kind("a table, a wild site", WEAK, lambda s: table(s, weak=True), True, _told_of("site is C"), DENSE),
    Kind("numbers", WEAK, lambda s: table(s, number=True), False, options=DENSE),
    Kind("numbers, a wild site", WEAK, lambda s: table(s, 2000, True, True), True, _told_of("site is C"), DENSE),
    Kind("pictures", WEAK, pictures, False, options=PICTURES),
    Kind("pictures, a dark half", WEAK, lambda s: pictures(s, weak=True), True, _told_of(*IN_DARK), PICTURES),
    Kind("series", WEAK, series, False, options=SERIES),
    Kind("series, short ones", WEAK, lambda s: series(s, weak=True), True, _told_of(IN_SHORT), SERIES),
    Kind("noise", MATTERED, noise, False, lambda f: bool(_sure(f)), DENSE),
    Kind("two columns of five", MATTERED, table, True, lambda f: {"x0", "x1"} == set(_sure(f)), DENSE),
    Kind("tested rows alike", UNLIKE, lambda s: elsewhere(s, False), False, options=DENSE),
    Kind("tested rows from elsewhere", UNLIKE, lambda s: elsewhere(s, True), True, options=DENSE),
    Kind("people", LABELS, lambda s: people(s, 400, 0.0)[0], False, options=DENSE),
    Kind("people, 5% flipped", LABELS, lambda s: people(s, 400)[0], True, options=DENSE),
    Kind("digits", LABELS, digits, False, options=LINEAR),
    Kind("digits, 5% flipped", LABELS, lambda s: digits(s, 0.05), True, options=LINEAR),
]


def rates(sets: int, planted: int, only: str, name: str, seed: int) -> Iterator[str]:
    for kind in KINDS:
        count = planted if kind.is_planted else sets
        if not count or only not in ("", kind.audit) or name not in kind.name:
            continue
        spoke, seconds, said = 0, 0.0, []
        for number in range(count):
            found, took = ask(trained_on(kind.make(seed + number), kind.options), kind.audit)
            spoke, seconds = spoke + kind.heard(found), seconds + took
            said += [f"seed {seed + number}: {f.text}" for f in found] if kind.heard(found) != kind.is_planted else []
        what = f"{spoke:>5} {'hits' if kind.is_planted else 'false alarms':<13}"
        yield f"{kind.audit:<18}{kind.name:<28}{count:>4} sets{what}{seconds / count:>6.2f} s each"
        yield from (f"      {text}" for text in said)


def costs(only: str) -> Iterator[str]:
    for rows in (10**4, 10**5):
        trained = trained_on(table(1, rows), DENSE, steps=20)
        for audit in parts("audits"):
            if only in ("", audit):
                yield f"{audit:<18}{rows:>7,} rows of a table{ask(trained, audit)[1]:>8.2f} s"


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=100, help="clean sets of each kind; a fifth of that, or 5, planted")
    parser.add_argument("--only", default="", help="one audit")
    parser.add_argument("--kind", default="", help="data whose name has this in it")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--no-times", action="store_true")
    asked = parser.parse_args()
    for line in rates(asked.sets, asked.sets and max(5, asked.sets // 5), asked.only, asked.kind, asked.seed):
        print(line, flush=True)
    for line in costs(asked.only) if not asked.no_times else ():
        print(line, flush=True)


if __name__ == "__main__":
    main()
