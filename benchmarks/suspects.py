"""How many labels that were flipped stand at the top of the ranking, and how often something is said of clean data.

python benchmarks/suspects.py [--seeds 3] [--sets 100] [--epochs 6] [--seconds 1200]

Flipped: each label is given as another with probability 5%, training, validation and tested rows alike; all rows are
ranked. A table and series are made so that their categories do not overlap. Clean: the sets of tests/findings/clean.py.
What has nothing to do with labels (finders, baselines, the report) is left out of the trainings, to save time.
"""

import argparse
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import numpy as np
import pyarrow as pa
from sklearn.datasets import load_digits

import fromraw
from fromraw.audits.base import Trained
from fromraw.audits.suspicious_labels import Doubts, SuspiciousLabels, doubts_of
from fromraw.describing.dataset import fit_columns, open_data
from fromraw.splits import Rows
from fromraw.store.preparing import prepare
from fromraw.streams.examples import Examples

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.findings.clean import clean_pictures, clean_series, clean_table

FLIPS, TOP = 0.05, 0.07


def digits(seed: int) -> tuple[dict[str, Any], np.ndarray]:
    bunch = load_digits()
    label, flipped = flip(bunch.target, seed)
    return {"image": (bunch.images * 15).astype(np.uint8), "label": label.astype(np.uint8)}, flipped


def table(seed: int, rows: int = 1500, flips: float = FLIPS) -> tuple[pa.Table, np.ndarray]:
    """People: three kinds, by rules of numbers and categories; none is near an edge."""
    random = np.random.default_rng(seed)
    kind = random.integers(0, 3, rows)
    hours = np.array([20, 40, 40])[kind] + 3 * random.normal(size=rows)
    income = np.exp(np.array([9.8, 9.8, 11.2])[kind] + 0.25 * random.normal(size=rows)).round(-2)
    place = np.array(["north", "south", "east", "west"])[random.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])]
    more = {f"x{i}": random.normal(size=rows) for i in range(3)}
    label, flipped = flip(kind, seed, flips)
    names = np.array(["part", "full", "high"])[label]
    return pa.table({"hours": hours, "income": income, "place": place, **more, "label": names}), flipped


def series(seed: int, rows: int = 600) -> tuple[pa.Table, np.ndarray]:
    """Noisy waves of two lengths of period."""
    made = clean_series(seed, rows)
    names, kind = np.unique(made.column("label").to_numpy(zero_copy_only=False), return_inverse=True)
    label, flipped = flip(kind, seed)
    return made.set_column(1, "label", pa.array(names[label])), flipped


def flip(label: np.ndarray, seed: int, flips: float = FLIPS) -> tuple[np.ndarray, np.ndarray]:
    random, kinds = np.random.default_rng(seed), len(np.unique(label))
    flipped = random.random(len(label)) < flips
    return np.where(flipped, (label + random.integers(1, kinds, len(label))) % kinds, label), flipped


FLIPPED: dict[str, Callable[[int], tuple[Any, np.ndarray]]] = {"digits": digits, "table": table, "series": series}
CLEAN: dict[str, Callable[[int], Any]] = {
    "table": lambda seed: table(seed, 400, 0.0)[0],
    "overlapping table": clean_table,
    "pictures": clean_pictures,
    "series": clean_series,
}


def audit(data: Any, seed: int, epochs: float) -> tuple[Doubts | None, list[str], np.ndarray]:
    """What is thought of the rows (None: nothing), what is said, and the rows' numbers in the data."""
    kept: list[Doubts] = []
    caught: list[tuple[Doubts | None, list[str], np.ndarray]] = []

    def keep(trained: Trained, output: str) -> Doubts:
        kept.append(doubts_of(trained, output))
        return kept[-1]

    def look(trained: Trained, seconds: float, within: float) -> list[Any]:
        with patch("fromraw.audits.suspicious_labels.doubts_of", keep):
            said = [f"{finding.gravity}: {finding.text}" for finding in SuspiciousLabels().find(trained)]
        caught.append((kept[0] if kept else None, said, trained.ground.prepared.rows))
        return []

    left_out = {"audit_all": look, "_find": lambda *_: [], "compare": lambda *_: {}, "write_results": lambda *_: None}
    with patch.multiple("fromraw.training", **left_out), TemporaryDirectory() as folder, suppress(OSError):
        fromraw.train(data, epochs=epochs, seed=seed, run=Path(folder) / "run", quiet=True)
    return caught[0]


def flipped(seeds: int, epochs: float) -> None:
    print(f"{FLIPS:.0%} of the labels flipped: flips in the first {TOP:.0%} of the ranking; of the rows listed")
    for kind, make in FLIPPED.items():
        for seed in range(100, 100 + seeds):
            data, wrong = make(seed)
            doubts, said, numbers = audit(data, seed, epochs)
            if doubts is None:
                print(f"  {kind:<10} seed {seed}: not looked at")
                continue
            wrong = wrong[numbers[doubts.rows]]
            first = np.argsort(-doubts.doubt, kind="stable")[: int(TOP * len(wrong))]
            listed = wrong[doubts.listed]
            found, there = int(wrong[first].sum()), int(wrong.sum())
            print(
                f"  {kind:<10} seed {seed}: {found} of {there} flips ({found / there:.0%}) "
                f"among {len(first)} of {len(wrong):,} rows; {len(listed)} listed, {listed.sum()} of them flips "
                f"(methods right in {doubts.accuracy:.1%}; {'said' if said else 'nothing said'})",
                flush=True,
            )


def without_nets(data: Any) -> Doubts:
    """What is thought of all rows if the nets learned each of them late, so that the methods alone decide."""
    dataset = open_data(data)
    columns = {**dataset.inputs, **dataset.outputs}
    fit_columns(dataset, list(columns.values()))
    prepared = prepare(dataset.source, list(columns.values()), dataset.survey.rows)
    (output,) = dataset.outputs
    examples = Examples(columns, prepared.columns, {"in": list(dataset.inputs)}, {output: [output]}, {})
    rows = Rows(np.zeros(dataset.survey.rows, np.int8), dataset.hashes, dataset.split.groups)
    plan = SimpleNamespace(outputs={output: SimpleNamespace(step=lambda: SimpleNamespace(part="classify"))})
    judgment = SimpleNamespace(rows=np.zeros(0, np.int64), held_out={}, answers={})
    ground = SimpleNamespace(examples=examples, rows=rows)
    late = {output: np.full(dataset.survey.rows, -1.0)}
    trained = SimpleNamespace(ground=ground, plan=plan, judgment=judgment, evidence=late, seconds=15.0)
    return doubts_of(trained, output)  # type: ignore[arg-type]


def clean(sets: int, epochs: float, until: float) -> None:
    """Nets are trained where the methods alone would say something: they only take rows off the list."""
    print("Clean data: sets in which something is said")
    for at, (kind, make) in enumerate(CLEAN.items()):
        start, alone, said, ranked, done = time.monotonic(), 0, 0, 0, 0
        share = (until - start) / (len(CLEAN) - at)
        for seed in range(1000, 1000 + sets):
            if time.monotonic() > start + share:
                break
            doubts = without_nets(make(seed))
            ranked += doubts.only_ranked
            if doubts.are_many:
                alone += 1
                said += bool(audit(make(seed), seed, epochs)[1])
            done += 1
        print(f"  {kind:<18}{done:>4} sets: {said} (by methods alone {alone}); only ranked in {ranked}", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--epochs", type=float, default=6)
    parser.add_argument("--seconds", type=float, default=1200.0, help="after which fewer clean sets are made")
    asked = parser.parse_args()
    end = time.monotonic() + asked.seconds
    if asked.seeds:
        flipped(asked.seeds, asked.epochs)
    clean(asked.sets, asked.epochs, end)
