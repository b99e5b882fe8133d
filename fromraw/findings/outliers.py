"""Numbers far from all others: a slip of the pen, another unit, or a code such as -999 where nothing is known.

What is far depends on how heavy the tail is: among incomes one may be ten times the next, among ages none. So each side
of the middle is its own measure. In a tail that falls by a power law the logarithms of the ratios between one distance
from the middle and the next, times their rank, are alike and independent (Rényi, "On the theory of order statistics",
1953; Hill, "A simple general approach to inference about the tail of a distribution", Annals of Statistics 1975). A gap
that these do not let be expected, and over which the distance grows threefold, is told. Where the tail falls faster, as
in most data, chance makes such gaps still more rarely than is reckoned here.
"""

import numpy as np

from fromraw.columns.doubts import find_stand_in
from fromraw.errors import Refused
from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.how_many import how_many
from fromraw.parts import part

ROWS = 20_000
"""That are looked at."""
CHANCE = 0.005
"""How often data whose tails fall by a power law may be said to have such numbers, all columns together."""
_SEVERAL, _SHARE = 5, 0.05
"""So many different values, and so large a share of the cells, may be far; more are a tail or a group of their own."""
_TAIL, _FEWEST = 30, 8
"""Values behind the gap that tell how the tail falls: at most, and at least."""
_TIMES = 3.0
"""So many times as far from the middle as the next."""
_MANY = 3
"""A code next to the others (-1 below 0) is told where it is so many times as frequent as the value beside it."""
_REMEDY = "look whether it is a slip, another unit or a code for missing; mend such a cell, or empty it"


@part("outliers")
class Outliers(Finder):
    rank = 20

    def find(self, case: Case) -> list[Finding]:
        rows = case.rows(ROWS)
        columns = _read_amounts(case, rows)
        if not columns:
            raise Refused("no column holds amounts")
        found = (_of_column(name, numbers, rows, CHANCE / len(columns)) for name, numbers in columns.items())
        return [finding for finding in found if finding]


def _read_amounts(case: Case, rows: np.ndarray) -> dict[str, np.ndarray]:
    """{name: (n,) float64} of inputs and outputs that are amounts, in one reading."""
    able = {n: k.column for n, k in case.dataset.known.items() if k.role != "left out" and k.column.scalar}
    found: dict[str, list[np.ndarray]] = {}
    for batch in case.batches([field for column in able.values() for field in column.fields], rows) if able else ():
        for name, column in able.items():
            if (amounts := column.amounts(batch)) is not None:
                found.setdefault(name, []).append(amounts)
    return {name: np.concatenate(parts) for name, parts in found.items()}


def _of_column(name: str, numbers: np.ndarray, rows: np.ndarray, chance: float) -> Finding | None:
    there = np.flatnonzero(~np.isnan(numbers))
    numbers, rows = numbers[there], rows[there]
    if stand_in := _stand_in(numbers):
        value, cells = stand_in
        text = (
            f"{name} is {value:g} in {how_many(cells, 'rows')}, apart from all other values: it may stand for missing"
        )
        remedy = "it is read as a number; if it means nothing is known, empty these cells"
        return Finding("outliers", "warning", name, text, remedy, _evidence(rows[numbers == value], len(numbers)))
    far, times = far_from_others(numbers, chance)
    if not far.any():
        return None
    cells, first = int(far.sum()), int(rows[far][0]) + 1
    where = f"row {first:,}" if cells == 1 else f"row {first:,} and {cells - 1:,} more"
    many = f"{how_many(cells, 'numbers')} ({where}) {'is' if cells == 1 else 'are'}"
    text = f"{name}: {many} at least {times:,.0f} times as far from the middle as any other"
    return Finding("outliers", "warning", name, text, _REMEDY, _evidence(rows[far], len(numbers)))


def _evidence(rows: np.ndarray, looked_at: int) -> dict[str, object]:
    where = [f"row {row + 1:,}" for row in rows[:NAMED].tolist()]
    return {"count": len(rows), "looked at": looked_at, "where": where}


def _stand_in(numbers: np.ndarray) -> tuple[float, int] | None:
    """A code for missing, and its cells; one next to other values only where it is far more frequent than these."""
    found = find_stand_in(numbers)
    if not found:
        return None
    beside = numbers[np.abs(numbers - found[0]) > 0]
    nearest = beside[np.abs(beside - found[0]).argmin()]
    apart = abs(nearest - found[0]) > np.ptp(beside)
    return found if apart or found[1] >= _MANY * (beside == nearest).sum() else None


def far_from_others(numbers: np.ndarray, chance: float) -> tuple[np.ndarray, float]:
    """(n,) bool, those far from all others on either side of the middle, and how many times as far as the next of
    these; chance: of saying so of one column whose tails fall by a power law."""
    far, times = np.zeros(len(numbers), bool), np.inf
    for side in (1, -1):
        distance = side * (numbers - np.median(numbers)) if len(numbers) else numbers
        values = np.unique(distance[distance > 0])[::-1]
        for few in range(min(_SEVERAL, len(values) - 1), 0, -1):
            ratio, chosen = values[few - 1] / values[few], distance >= values[few - 1]
            likely = _chance_of_gap(values, few) * 2 * _SEVERAL
            if ratio >= _TIMES and likely < chance and chosen.sum() <= max(1, _SHARE * len(numbers)):
                far, times = far | chosen, min(times, float(ratio))
                break
    return far, times


def _chance_of_gap(values: np.ndarray, few: int) -> float:
    """Of a gap as wide as that behind the first few of these distances (falling), by those behind it: an F test of 2
    and 2 m degrees of freedom, m the number of distances."""
    tail = values[few : few + 1 + min(_TAIL, len(values) // 3)]
    if len(tail) <= _FEWEST:
        return 1.0
    falls = float(np.log(tail[:-1] / tail[-1]).mean())
    gap = few * float(np.log(values[few - 1] / values[few]))
    return float((1 + gap / falls / (len(tail) - 1)) ** -(len(tail) - 1))
