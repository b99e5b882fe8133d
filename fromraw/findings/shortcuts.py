"""Ways to the answer past what is to be learned: the light, the camera or the ground that goes with a category.

A net takes whatever tells the answer. Where one kind of picture was taken by another lamp, it learns the lamp, scores
well on test rows that were taken by the same lamps, and fails elsewhere. So each circumstance of the inputs (what these
are, a column knows) is asked by itself, cross-fitted, how well it tells one category from the rest. What contents bring
about too is told only where it is nearly enough for the answer.

File names and the order of rows are not asked: no net sees them, and folders of categories always stand in order.

Geirhos, Jacobsen, Michaelis, Zemel, Brendel, Bethge, Wichmann, "Shortcut learning in deep neural networks", Nature
Machine Intelligence 2020; Torralba, Efros, "Unbiased look at dataset bias", CVPR 2011.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from fromraw.columns.base import Circumstance, Column
from fromraw.errors import Refused
from fromraw.findings.alone import along, chances, deal, told_apart
from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.splits import TRAIN

MOST_ROWS, FEW_ROWS = 1280, 400
"""Training rows that are looked at: of the survey's sample, or where files are so large that it holds hardly any, as
many as these of all, if the files can be read in time."""
BYTES_A_SECOND = 200e6
_LEVEL = 0.025
_FEWEST = 10
"""Rows of a category, below which it is passed over."""
_SURELY = 0.1
"""So far below what is worth telling may the lower end of the interval lie."""


@dataclass(frozen=True)
class _Told:
    """That a circumstance tells a category (its place among the names) from the rest, with the interval of the AUC."""

    circumstance: Circumstance
    category: int
    area: float
    low: float
    high: float


@part("shortcuts")
class Shortcuts(Finder):
    rank = 50
    voids = True

    def find(self, case: Case) -> list[Finding]:
        found: list[Finding] = []
        able = [c for c in case.dataset.inputs.values() if type(c).circumstances is not Column.circumstances]
        if not able:
            raise Refused("nothing is known of how the inputs came about")
        rows = _choose(case)
        for column in able:
            circumstances = _read(case, column, rows)
            for output in case.dataset.outputs:
                found += _of_output(case, column, output, circumstances, rows)
        return found


def _choose(case: Case) -> np.ndarray:
    survey, side = case.dataset.survey, case.dataset.split.side
    sampled = survey.sample_rows[side[survey.sample_rows] == TRAIN]
    size = survey.sample.nbytes / max(1, survey.sample.num_rows) * survey.rows
    if len(sampled) < min(FEW_ROWS, int((side == TRAIN).sum())) and size < case.seconds * BYTES_A_SECOND:
        return case.rows(FEW_ROWS, TRAIN)
    return np.sort(sampled[np.argsort(survey.hashes[sampled], kind="stable")[:MOST_ROWS]])


def _read(case: Case, column: Column, rows: np.ndarray) -> list[Circumstance]:
    """Batch by batch, as files may be large."""
    batches = [column.circumstances(batch) for batch in case.batches(column.fields, rows)]
    return [
        Circumstance(c.name, np.concatenate([batch[at].values for batch in batches]), c.learned, c.enough)
        for at, c in enumerate(batches[0] if batches else [])
    ]


def _of_output(
    case: Case, column: Column, output: str, circumstances: Sequence[Circumstance], rows: np.ndarray
) -> Iterator[Finding]:
    """One for each thing that a net may learn instead, with the circumstance and the category that show it most."""
    answer, names = _read_answer(case, output, rows)
    there = np.flatnonzero(answer >= 0)
    if len(np.unique(answer[there])) < 2:
        return
    fold, unit = deal(case.dataset, rows[there])
    told = [t for c in circumstances for t in _ask(c, answer[there], there, fold, unit, _LEVEL / len(circumstances))]
    for learned in dict.fromkeys(t.circumstance.learned for t in told):
        alike = sorted((t for t in told if t.circumstance.learned == learned), key=lambda t: -t.area)
        yield _finding(
            column, output, alike, names, f"{how_many(len(there), f'training {case.dataset.source.things}')}"
        )


def _read_answer(case: Case, output: str, rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """(n,) categories from 0, -1 where missing, and what each is called; of numbers, low and high ones."""
    column, stored = case.stored(output, rows)
    ids = column.strata(stored)
    if ids is not None:
        return ids.astype(np.int64) - 1, [f'"{n}"' for n in column.restore(np.arange(1, int(ids.max(initial=0)) + 1))]
    flat = column.flat(stored)
    assert flat is not None
    numbers = flat[:, 0]
    missing = np.isnan(numbers)
    middle = np.median(numbers[~missing]) if not missing.all() else 0.0
    return np.where(missing, -1, numbers > middle).astype(np.int64), [f"low {output}", f"high {output}"]


def _ask(
    circumstance: Circumstance, answer: np.ndarray, there: np.ndarray, fold: np.ndarray, unit: np.ndarray, level: float
) -> Iterator[_Told]:
    """The categories that it tells from the rest; of two, one."""
    thing = circumstance.values[there]
    if thing.dtype.kind != "f":
        thing = np.unique(thing, return_inverse=True)[1].astype(np.int64)
    if len(np.unique(thing)) < 2:
        return
    rows = np.bincount(answer)
    asked = [k for k in np.flatnonzero(rows) if min(rows[k], len(answer) - rows[k]) >= _FEWEST]
    chance = chances(thing, answer, fold)
    for kind in asked[:1] if len(rows) == 2 else asked:
        is_one = answer == kind
        told = [chance[:, kind], *([along(thing, is_one, fold)] if thing.dtype.kind == "f" else [])]
        area, low, high = max(told_apart(t, is_one, unit, level / len(asked) / len(told)) for t in told)
        if area >= circumstance.enough and low >= circumstance.enough - _SURELY:
            yield _Told(circumstance, int(kind), area, low, high)


def _finding(column: Column, output: str, told: Sequence[_Told], names: Sequence[str], rows: str) -> Finding:
    best = told[0]
    rest = names[1 - best.category] if len(names) == 2 else "the rest"
    others = {names[t.category] for t in told if t.category != best.category}
    also = f", and {how_many(len(others), 'more categories')}" if others else ""
    what = best.circumstance.name
    text = (
        f"{what} of {column.name} alone tells {names[best.category]} from {rest}{also}: ROC AUC {best.area:.2f} "
        f"({best.low:.2f} to {best.high:.2f}) in {rows}; a net may learn {best.circumstance.learned} instead"
    )
    remedy = "take all of them alike, or test on some that were taken elsewhere: --test DATA"
    shown = [
        {"circumstance": t.circumstance.name, "category": names[t.category].strip('"'), "roc_auc": round(t.area, 4)}
        for t in told[:NAMED]
    ]
    return Finding("shortcuts", "warning", column.name, text, remedy, {"output": output, "told": shown})
