"""Runs beside the first of them, on the rows that all of them were tested on: the difference is taken row by row.

What is hard for every net cancels in such a difference, so it is known far better than either score. The first run is
the one that a person names first, and not the best: which one is best is chosen by these very rows, and every
difference from it would be too large.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np

from fromraw.decoders.base import Records, Score
from fromraw.errors import RunError, UsageError
from fromraw.evaluation.account import advantage, interval_of, scores_of
from fromraw.evaluation.answering import take_rows
from fromraw.evaluation.intervals import Interval
from fromraw.run import Run


@dataclass(frozen=True)
class Standing:
    """One run on the shared rows. tested: the rows with a truth that it was tested on, shared or not; advantage: by how
    much it is better than the first run (positive is better, also for errors), None for the first itself."""

    run: str
    tested: int
    score: Interval
    advantage: Interval | None


@dataclass(frozen=True)
class Comparison:
    """All runs by the first score of an output. rows: shared by all; groups: how many independent ones they come in,
    None where every row is its own."""

    output: str
    score: Score
    rows: int
    groups: int | None
    standings: Sequence[Standing]


def open_runs(folders: Sequence[str]) -> list[Run]:
    """Runs that can be compared. UsageError where they are fewer than two or of different data; RunError where one is
    not finished."""
    if len(folders) < 2:
        raise UsageError(f"compare needs two runs or more, got {len(folders)}.")
    if twice := next((folder for folder in folders if folders.count(folder) > 1), None):
        raise UsageError(f"{twice} is named twice; each run is compared once.")
    runs = [Run(folder) for folder in folders]
    for run in runs:
        run.need_rows("a comparison")
    marks = [_fingerprint(run) for run in runs]
    for run, mark in zip(runs, marks, strict=True):
        if mark != marks[0]:
            remedy = f"fromraw evaluate RUN DATA scores each on the same {_things(runs[0])}"
            raise UsageError(
                f"{run.folder}: made from other data than {runs[0].folder}, or before they changed; {remedy}."
            )
    return runs


def _fingerprint(run: Run) -> str:
    try:
        return str(run.facts()["fingerprint"])
    except (KeyError, TypeError, ValueError, OSError):
        raise RunError(f"{run.folder}: damaged (data.json cannot be read).") from None


def _things(run: Run) -> str:
    return str(run.facts().get("things", "rows"))


def compare_runs(runs: Sequence[Run]) -> dict[str, Comparison]:
    """{output: comparison} of the outputs that all have, by the same kind of answer. UsageError where there are none,
    or where no row was tested in all."""
    shared = [
        name for name in runs[0].plan.outputs if all(_decoder(run, name) == _decoder(runs[0], name) for run in runs)
    ]
    if not shared:
        said = "; ".join(f"{run.folder} answers {', '.join(map(str, run.plan.outputs))}" for run in runs)
        raise UsageError(f"no output is the same in all runs: {said}.")
    return {name: _compare(runs, name) for name in shared}


def _decoder(run: Run, output: str) -> str | None:
    found = run.plan.outputs.get(output)
    return found.step().part if found else None


def _compare(runs: Sequence[Run], output: str) -> Comparison:
    judged = [_judged(run, output) for run in runs]
    rows = reduce(np.intersect1d, [of for of, _, _ in judged])
    if not len(rows):
        said = "; ".join(f"{run.folder}: {_tested_on(run)}, {run.facts().get('how', 'unknown')}" for run in runs)
        raise UsageError(f"no row was tested in all runs ({said}), so nothing can be compared.")
    places = [_places(of, rows) for of, _, _ in judged]
    records = [take_rows(found, place) for (_, _, found), place in zip(judged, places, strict=True)]
    groups = _coarsest([of[place] for (_, of, _), place in zip(judged, places, strict=True) if of is not None])
    score = _first_score(scores_of(runs[0].plan)[output], records)
    standings = [
        Standing(
            str(run.folder), len(of), interval_of(score, own, groups),
            None if run is runs[0] else advantage(score, own, records[0], groups),
        )
        for run, own, (of, _, _) in zip(runs, records, judged, strict=True)
    ]  # fmt: skip
    return Comparison(output, score, len(rows), None if groups is None else len(np.unique(groups)), standings)


def _judged(run: Run, output: str) -> tuple[np.ndarray, np.ndarray | None, Records]:
    try:
        return run.judged(output)
    except (KeyError, ValueError, OSError):
        raise RunError(f"{run.folder}: damaged (predictions.parquet cannot be read).") from None


def _tested_on(run: Run) -> str:
    return f"{run.facts().get('tested_on', 'test')} rows"


def _places(of: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Where the given rows lie in `of`."""
    order = np.argsort(of)
    return order[np.searchsorted(of, rows, sorter=order)]


def _coarsest(groups: Sequence[np.ndarray]) -> np.ndarray | None:
    """Of several ways in which the rows belong together, the one with the fewest groups: its interval is the widest."""
    return min(groups, key=lambda of: len(np.unique(of)), default=None)


def _first_score(scores: Mapping[str, Score], records: Sequence[Records]) -> Score:
    """The first that applies to all."""
    return next(score for score in scores.values() if all(np.isfinite(score.total(found)) for found in records))


def cautions(runs: Sequence[Run], found: Mapping[str, Comparison]) -> list[str]:
    """What a reader must know before believing a difference, as sentences."""
    facts = {str(run.folder): run.facts() for run in runs}
    said = [f"{run.folder} was stopped early." for run in runs if run.metrics.get("stopped")]
    for comparison in found.values():
        more = [f"{s.run} on {s.tested:,}" for s in comparison.standings if s.tested != comparison.rows]
        if more:
            of = f"{comparison.output}: " if len(found) > 1 else ""
            said.append(f"{of}the runs share {comparison.rows:,} tested rows; {', '.join(more)} were tested in all.")
    if len({(of.get("how"), of.get("groups"), of.get("tested_on")) for of in facts.values()}) > 1:
        said.append(
            "The rows were split differently: no run learned from a shared row, "
            "but one may have learned from rows that belong with it."
        )
    if len(runs) > 2:
        said.append(
            f"The best of {len(runs)} runs on these rows is flattered, as they chose it: choose by validation rows "
            "(--no-test), and test once. "
            f"Each interval holds by itself; of {len(runs) - 1} differences, one may miss by chance."
        )
    return [*said, "Intervals do not include how much another training of the same plan (--seed) would vary."]
