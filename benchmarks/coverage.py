"""Whether intervals hold what 95% promises on real answers, and whether probabilities and ranges mean what they say.

The tested rows of a run stand for the world: many small tests are drawn from them, and of each interval it is counted
how often it holds the score on all rows. Of numbers: how many truths lie in the ranges that were told with the answers,
on all rows and in the worst tenth of the rows by the answer. Of categories: how far confidence lies from accuracy.
Draws are made with replacement, so that rows are independent; nothing is trained, and nothing is chosen by it.

    python benchmarks/coverage.py RUN [RUN ...] [--draws 400] [--rows 100 500]
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

# isort: off
import fromraw

# isort: on
import numpy as np

from fromraw.decoders.base import Decoder, Records
from fromraw.evaluation.account import interval_of
from fromraw.evaluation.answering import decoder_of, take_rows

TENTHS = 10


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=Path)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--rows", type=int, nargs="+", default=[100, 500])
    asked = parser.parse_args()
    for folder in asked.runs:
        run = fromraw.load(folder)
        for output in run.plan.outputs:
            decoder, records = decoder_of(run.system, output), run.records(output)
            found = scores_in(decoder, records)
            print(f"{folder.name}, {output}: {rows_of(records):,} tested rows; {what_is_told(records, found)}")
            for rows in asked.rows:
                held = coverage(decoder, records, rows, asked.draws)
                print(f"  {rows:>5} rows   " + "   ".join(f"{name} {share:.1%}" for name, share in held.items()))


def rows_of(records: Records) -> int:
    return len(next(iter(records.values())))


def scores_in(decoder: Decoder, records: Records) -> dict[str, float]:
    """The scores that apply, on all rows."""
    found = {score.name: score.total(records) for score in decoder.scores}
    return {name: value for name, value in found.items() if np.isfinite(value)}


def coverage(decoder: Decoder, records: Records, rows: int, draws: int) -> dict[str, float]:
    """{score: of so many small tests, the share whose interval holds the score on all rows}."""
    draw, whole = np.random.default_rng(rows), scores_in(decoder, records)
    held: dict[str, list[bool]] = {name: [] for name in whole}
    for _ in range(draws):
        some = take_rows(records, draw.integers(0, rows_of(records), rows))
        for score in decoder.scores:
            if score.name in whole:
                interval = interval_of(score, some, None)
                if np.isfinite(interval.value):
                    held[score.name].append(interval.low <= whole[score.name] <= interval.high)
    return {name: float(np.mean(hits)) for name, hits in held.items() if hits}


def what_is_told(records: Records, found: Mapping[str, float]) -> str:
    """How sure the answers were beside how right they were, in words."""
    if "low" not in records:
        return f"confidence is {found['calibration_error']:.1%} off on average"
    inside = ((records["low"] <= records["truth"]) & (records["truth"] <= records["high"])).all(1)
    order = np.argsort(records["numbers"][:, 0], kind="stable")
    tenths = [float(inside[part].mean()) for part in np.array_split(order, TENTHS)]
    least, most = min(tenths), max(tenths)
    return f"{inside.mean():.1%} in their ranges, {least:.1%} to {most:.1%} in tenths of rows by the answer"


if __name__ == "__main__":
    main()
