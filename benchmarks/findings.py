"""How often finders cry wolf, and how often they find what is planted: over clean data of every kind, made anew from
each seed, and over real data drawn again.

python benchmarks/findings.py [--sets 100] [--seconds 300] [--real DATA[:OUTPUT[:IGNORED,...]] ...]

Real data are drawn again as a random half of their rows in random order, without their own split: what is found in them
as a whole may be true (their own copies), so each kind is shown with what it says of the whole.
"""

import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa

from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes
from fromraw.errors import Refused
from fromraw.findings.base import Case
from fromraw.parts import parts
from fromraw.sources.opening import open_source

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.findings.clean import CLEAN
from tests.findings.planted import PLANTED
from tests.findings.planted_answers import PLANTED_ANSWERS

SAID_OF_COLUMNS = ("identifier", "constant", "unreadable", "ragged")
"""These say what was recognized, which other tests cover."""
MOST_ROWS = 4000
"""Rows that real data are drawn again from."""


def find(data: object, wishes: Wishes | None = None) -> tuple[dict[str, list[str]], Counter[str]]:
    """{finder: what it says}, and the processor's seconds by finder; `reading` is opening and splitting."""
    said: dict[str, list[str]] = {}
    seconds: Counter[str] = Counter()
    start = time.process_time()
    dataset = open_data(data, wishes)
    seconds["reading"] = time.process_time() - start  # type: ignore[assignment]
    for name, part in parts("findings").items():
        if name in SAID_OF_COLUMNS:
            continue
        start = time.process_time()
        try:
            said[name] = [f"{f.gravity}: {f.text}" for f in part.cls().find(Case(dataset))]
        except Refused:
            said[name] = []
        seconds[name] += time.process_time() - start  # type: ignore[assignment]
    return said, seconds


def rates(title: str, found: list[dict[str, list[str]]], seconds: list[Counter[str]], asked: str = "") -> None:
    """A line: how many sets each finder spoke up in."""
    spoke = Counter(name for said in found for name, texts in said.items() if texts)
    words = ", ".join(f"{name} {count}" for name, count in sorted(spoke.items())) or "nothing"
    if asked:
        words = f"{asked} {spoke[asked]} of {len(found)}; beside it: {', '.join(n for n in spoke if n != asked) or '-'}"
    each = sum(sum(s.values()) for s in seconds) / max(1, len(seconds))
    print(f"  {title:<38}{len(found):>4} sets  {words}   ({each:.2f} s each)", flush=True)


def clean(sets: int, until: float) -> None:
    print("False alarms in clean data (sets in which a finder said anything):")
    for kind, make in CLEAN.items():
        found, seconds = [], []
        for seed in range(1000, 1000 + sets):
            if time.monotonic() > until and found:
                break
            said, took = find(make(seed))
            found.append(said)
            seconds.append(took)
        rates(kind, found, seconds)
        for texts in {text for said in found for each in said.values() for text in each}:
            print(f"      {texts}")


def planted(sets: int, until: float) -> None:
    print("Hits where a fault is planted:")
    for fault, (finder, make) in (PLANTED | PLANTED_ANSWERS).items():
        found, seconds = [], []
        for seed in range(2000, 2000 + sets):
            if time.monotonic() > until and found:
                break
            said, took = find(make(seed))
            found.append(said)
            seconds.append(took)
        rates(fault, found, seconds, finder)


def real(place: str, sets: int, until: float) -> None:
    path, output, ignored = [*place.split(":"), "", ""][:3]
    wishes = Wishes(outputs=(output,) if output else (), ignored=(ignored,) if ignored else ())
    said, took = find(path, wishes)
    print(f"{path}: {sum(took.values()):.1f} s of a processor in all, {took['reading']:.1f} of them to read and split")
    for name, texts in said.items():
        for text in texts:
            print(f"    {name}: {text}")
    source = open_source(path)
    kept = [field.name for field in source.fields if field.meaning != "split"]
    random, batches, rows = np.random.default_rng(0), [], 0
    for batch in source.batches(kept):
        batches.append(batch)
        rows += batch.num_rows
        if rows > 20 * MOST_ROWS:
            break
    whole = pa.Table.from_batches(batches)
    found, seconds = [], []
    for _ in range(sets):
        if time.monotonic() > until and found:
            break
        chosen = random.permutation(whole.num_rows)[: min(MOST_ROWS, whole.num_rows // 2)]
        said, took = find(whole.take(pa.array(chosen)), wishes)
        found.append(said)
        seconds.append(took)
    rates("drawn again", found, seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sets", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=300.0, help="after which fewer sets are made")
    parser.add_argument("--real", nargs="*", default=[])
    asked = parser.parse_args()
    start, shares = time.monotonic(), 2 + len(asked.real)
    clean(asked.sets, start + asked.seconds / shares)
    planted(max(5, asked.sets // 10), start + 2 * asked.seconds / shares)
    for number, place in enumerate(asked.real):
        real(place, max(5, asked.sets // 10), start + (3 + number) * asked.seconds / shares)


if __name__ == "__main__":
    main()
