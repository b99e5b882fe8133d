"""How often finders cry wolf, and how often they find what is planted: over clean data of every kind, made anew from
each seed, and over real data drawn again; and the seconds that each takes.

python benchmarks/findings.py [--sets 100] [--planted 10] [--seed 1000] [--only leak] [--seconds 300] [--no-times]
    [--real DATA[:OUTPUT[:IGNORED,...]] ...]

Real data are drawn again as a random half of their rows in random order, without their own split: what is found in them
as a whole may be true (their own copies), so each kind is shown with what it says of the whole.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa

from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes
from fromraw.errors import Refused
from fromraw.findings.base import Case
from fromraw.findings.running import SECONDS, SHARE_OF_ONE
from fromraw.findings.unreadable import problems_in_sample
from fromraw.parts import parts
from fromraw.sources.opening import open_source

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.findings.clean import CLEAN, clean_pictures, clean_table
from tests.findings.planted import PLANTED
from tests.findings.planted_answers import PLANTED_ANSWERS
from tests.findings.planted_cells import PLANTED_CELLS, clean_csv

MOST_ROWS = 4000
"""Rows that real data are drawn again from."""


def find(data: object, wishes: Wishes | None = None) -> tuple[dict[str, list[str]], Counter[str]]:
    """{finder: what it says}, and the processor's seconds by finder; `reading` is opening and splitting."""
    said: dict[str, list[str]] = {}
    seconds: Counter[str] = Counter()
    start = time.process_time()
    dataset = open_data(data, wishes)
    case = Case(dataset, problems_in_sample(dataset), SHARE_OF_ONE * SECONDS)
    seconds["reading"] = time.process_time() - start  # type: ignore[assignment]
    for name, part in parts("findings").items():
        start = time.process_time()
        try:
            said[name] = [f"{f.gravity}: {f.text}" for f in part.cls().find(case)]
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


def find_in_each(make: Callable[[int], object], seeds: range, until: float) -> tuple[list[dict], list[Counter[str]]]:
    """What is found in the data that each seed makes, and the seconds that it took, as far as there is time."""
    found, seconds = [], []
    for seed in seeds:
        if time.monotonic() > until and found:
            break
        said, took = find(make(seed))
        found.append(said)
        seconds.append(took)
    return found, seconds


def clean(seeds: range, until: float) -> None:
    print("False alarms in clean data (sets in which a finder said anything):")
    with TemporaryDirectory() as folder:
        for kind, make in {**CLEAN, "table as CSV": partial(clean_csv, folder=Path(folder))}.items():
            found, seconds = find_in_each(make, seeds, until)
            rates(kind, found, seconds)
            show(found)


def show(found: list[dict[str, list[str]]]) -> None:
    """Every sentence once, but for what is said of how few rows there are."""
    counting = {name for name, part in parts("findings").items() if part.cls.counts_rows}
    for text in sorted({t for said in found for name, texts in said.items() for t in texts if name not in counting}):
        print(f"      {text}")


def planted(seeds: range, until: float, only: str) -> None:
    print("Hits where a fault is planted:")
    with TemporaryDirectory() as folder:
        in_files = {f: (name, partial(make, folder=Path(folder))) for f, (name, make) in PLANTED_CELLS.items()}
        for fault, (finder, make) in {**PLANTED, **PLANTED_ANSWERS, **in_files}.items():
            if only in ("", finder):
                rates(fault, *find_in_each(make, seeds, until), finder)


def times() -> None:
    """The processor's seconds of each finder by itself; a finder that refuses took hardly any."""
    made = {f"{rows:,} rows of a table": dated(clean_table(1, rows)) for rows in (10**4, 10**5)}
    took = {kind: find(data)[1] for kind, data in {**made, "1,000 pictures": clean_pictures(1, 1000)}.items()}
    print("Seconds of a processor:" + "".join(f"{kind:>25}" for kind in took))
    for name in ("reading", *parts("findings")):
        print(f"  {name:<21}" + "".join(f"{seconds[name]:>25.2f}" for seconds in took.values()))


def dated(table: pa.Table) -> pa.Table:
    """Each row on a day of its own choosing, so that those who ask along the time have work to do."""
    days = np.random.default_rng(1).integers(0, 1500, table.num_rows)
    return table.add_column(0, "day", pa.array(np.datetime64("2019-01-01") + days))


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
    parser.add_argument("--sets", type=int, default=100, help="clean sets of each kind")
    parser.add_argument("--planted", type=int, default=10, help="sets for each fault, and of real data drawn again")
    parser.add_argument("--seed", type=int, default=1000)
    parser.add_argument("--only", default="", help="planted faults of one finder")
    parser.add_argument("--seconds", type=float, default=300.0, help="after which fewer sets are made")
    parser.add_argument("--no-times", action="store_true")
    parser.add_argument("--real", nargs="*", default=[])
    asked = parser.parse_args()
    start, shares = time.monotonic(), 2 + len(asked.real)
    if asked.sets:
        clean(range(asked.seed, asked.seed + asked.sets), start + asked.seconds / shares)
    planted(range(asked.seed + 1000, asked.seed + 1000 + asked.planted), start + 2 * asked.seconds / shares, asked.only)
    for number, place in enumerate(asked.real):
        real(place, asked.planted, start + (3 + number) * asked.seconds / shares)
    if not asked.no_times:
        times()


if __name__ == "__main__":
    main()
