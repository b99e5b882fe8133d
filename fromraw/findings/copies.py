"""Rows that are copies of others, exactly, but for their name, or, of pictures, nearly; above all test rows that are
copies of training rows.

Barz, Denzler, "Do we train on test data? Purging CIFAR of near-duplicates", Journal of Imaging 2020.
"""

from collections.abc import Iterator

import numpy as np

from fromraw.describing.copies import Copies as Found
from fromraw.describing.near_copies import Near, clusters_of
from fromraw.errors import Refused
from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.splits import TEST, TRAIN, VALID

_HOW = {
    "exact": "exact copies",
    "unnamed": "copies but for columns that are left out",
    "near": "near copies (resized, compressed again, cropped a little or mirrored)",
}


@part("copies")
class Copies(Finder):
    rank = 30
    voids = True

    def find(self, case: Case) -> list[Finding]:
        found = case.dataset.copies
        if found is None:
            raise Refused("--group none says that no rows are kept together")
        sets = {"exact": found.exact, "unnamed": found.unnamed, "near": _of_near(found)}
        told = [f for how, numbers in sets.items() for f in _told(case, found, how, numbers)]
        return sorted(told, key=lambda finding: finding.gravity != "warning")


def _of_near(found: Found) -> np.ndarray:
    """(n,) the number of each row's cluster of near copies; -1 where it has none, or an exact one is told already."""
    sets = clusters_of(Near(found.near, np.zeros(len(found.near), bool)), len(found.hashes))
    return np.where(np.bincount(sets)[sets] > 1, sets, -1)


def _told(case: Case, found: Found, how: str, sets: np.ndarray) -> Iterator[Finding]:
    rows, exact = np.flatnonzero(sets >= 0), int((found.exact >= 0).sum())
    if not len(rows) or (how == "unnamed" and len(rows) == exact):
        return
    things, split = case.dataset.source.things, case.dataset.split
    copies, of = len(rows) - len(np.unique(sets[rows])), sets[rows]
    seen = int(((split.side[rows] == TEST) & np.isin(of, of[np.isin(split.side[rows], (TRAIN, VALID))])).sum())
    tested, looked = int((split.side == TEST).sum()), len(found.looked)
    part_of = f", among the {looked:,} looked at" if how == "near" and looked < len(split.side) else ""
    evidence = {"copies": copies, "in test and training": seen, "where": _where(found, sets, rows)}
    if how == "near":
        evidence |= {"looked at": looked, "mirrored pairs": found.mirrored}
    if not seen:
        text = (
            f"{_HOW[how]} of others: {how_many(copies, things)}{part_of}; none of them is both in training and in test"
        )
        yield Finding("copies", "note", None, text, "" if how == "exact" else "--group none lets them part", evidence)
        return
    text = (
        f"{_HOW[how]} among the training rows: {seen:,} of {how_many(tested, f'{split.tested_on} {things}')} "
        f"({seen / tested:.1%})"
        f"{part_of}; there a net need only remember, and the score flatters by up to as much"
    )
    remedy = f"delete them from the {split.tested_on} rows, or from the training rows"
    # Fewer than one in a hundred move the score by less than its interval is wide.
    yield Finding("copies", "warning" if seen >= 0.01 * tested else "note", None, text, remedy, evidence)


def _where(found: Found, sets: np.ndarray, rows: np.ndarray) -> list[list[str]]:
    """The first sets, each row by its file's name, else by its number from 1."""
    numbers, first = np.unique(sets[rows], return_index=True)
    shown = [rows[sets[rows] == number][:4] for number in numbers[np.argsort(first)][:NAMED]]
    return [[_name(found, int(row)) for row in some] for some in shown]


def _name(found: Found, row: int) -> str:
    name = found.names[row] if row < len(found.names) else None
    return name or f"row {row + 1:,}"
