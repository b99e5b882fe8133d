"""Columns that give the answer away: an input that could not be known when the answer is asked for.

Such a column is not merely good. Three things set it apart, each by the upper end of an interval, corrected for how
many columns are looked at:

- That a cell is filled, or empty, is enough: nearly all such rows are of one category.
- It is the answer under other names: a value for each category, one to one.
- By itself it misses hardly any row (a number: by more than a tenth of the answers' spread), while the next best column
  misses many times as often. Where half of the columns tell everything, the task is easy, and nothing is said.

A number that nearly tells a number may as well be a law of nature that was measured: that is a note. A leak it is where
the one only rises, or only falls, with the other: what was measured goes astray in rows that are near to each other.

Kaufman, Rosset, Perlich, "Leakage in data mining: formulation, detection, and avoidance", KDD 2011.
"""

import shlex
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fromraw.columns.base import Column, Stored
from fromraw.errors import Refused
from fromraw.findings.alone import chances, deal, guesses, most_misses
from fromraw.findings.base import Case, Finder, Finding
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.splits import TRAIN

MOST_ROWS, MOST_CATEGORIES = 20_000, 100
"""Training rows that are looked at, as many of each category; of more categories the first so many by number."""
_LEVEL = 0.025
_FEWEST = 30
"""Rows in which a column is filled, below which its values tell nothing."""
_IMPURE, _COVERED, _EACH = 0.1, 0.1, 20
"""Being filled tells a category where others are so many times rarer among filled rows, and so large a share of the
category is filled; without any exception, so many rows filled and empty are enough."""
_MISSED, _COPY_MISSED = 0.025, 0.1
"""Of the rows that the most frequent answer misses: what a column may miss that tells, and one whose two values stand
for two categories."""
_BEYOND = 5
"""So many times as often misses the next best column."""
_GLANCE = 1000
"""Rows, of many, on which a column is tried first."""
_TOLERANCE = 0.1
"""Of the spread of a number: nearer than that is told. A normal error that is larger in one row of 200 has R2 0.999."""
_ASTRAY = 0.01
"""Of the rows, those that may stand out of order where one number is made from the other."""


@dataclass(frozen=True)
class _Answer:
    """What is to be predicted of some rows. values: (n,) int64 categories from 0, or float64 numbers in their spread;
    names: of the categories; fold, unit: (n,) as `deal` gives them; rows: (n,) their numbers."""

    output: str
    rows: np.ndarray
    values: np.ndarray
    names: Sequence[str]
    fold: np.ndarray
    unit: np.ndarray

    @property
    def is_category(self) -> bool:
        return self.values.dtype.kind == "i"

    def of(self, chosen: np.ndarray) -> "_Answer":
        """Of some of the rows."""
        parts = (part[chosen] for part in (self.fold, self.unit))
        return _Answer(self.output, self.rows[chosen], self.values[chosen], self.names, *parts)

    def is_missed_by(self, told: np.ndarray) -> np.ndarray:
        """(n,) bool, of what a rule tells: (n, K) probabilities, or (n,) numbers."""
        return told.argmax(1) != self.values if self.is_category else np.abs(told - self.values) > _TOLERANCE

    def missed_by_the_usual(self) -> int:
        """How many rows are missed by always answering what is most frequent, or in the middle."""
        if self.is_category:
            return len(self.values) - int(np.bincount(self.values).max())
        return int((np.abs(self.values - np.median(self.values)) > _TOLERANCE).sum())


@dataclass(frozen=True)
class _Told:
    """How one column does by itself in the rows where it is filled. missed, most: its misses, and the most that chance
    leaves open, for each row that the most frequent answer misses; copy: its values and the categories are one to one;
    explained: R2, for numbers; made: the two numbers are in the same order, so that one was made from the other."""

    column: str
    rows: int
    misses: int
    missed: float
    most: float
    copy: bool = False
    explained: float = float("nan")
    made: bool = False


@part("leak")
class Leak(Finder):
    rank = 40
    voids = True

    def find(self, case: Case) -> list[Finding]:
        inputs = [name for name, column in case.dataset.inputs.items() if column.scalar]
        if not inputs:
            raise Refused("no input is a single value a row")
        found: list[Finding] = []
        for output in case.dataset.outputs:
            answer = _read_answer(case, output)
            if len(answer.values) < _FEWEST or answer.values.min() == answer.values.max():
                continue
            columns = case.stored_together(inputs, answer.rows)
            filled = list(_by_filling(case, answer, columns))
            known = {finding.column for finding in filled}
            told = [_by_itself(answer, name, *columns[name], len(inputs)) for name in inputs if name not in known]
            found += [*filled, *(_of_values(answer, t) for t in _far_beyond(told))]
        return found


def _read_answer(case: Case, output: str) -> _Answer:
    rows = case.rows(case.dataset.survey.rows, TRAIN)
    column, stored = case.stored(output, rows)
    ids = column.strata(stored)
    if ids is not None:
        names = [str(name) for name in column.restore(np.arange(1, int(ids.max(initial=0)) + 1))]
        values = ids.astype(np.int64) - 1
        chosen = _as_many_of_each(values, case.dataset.survey.hashes[rows])
    else:
        flat = column.flat(stored)
        assert flat is not None
        values, names = _in_their_spread(flat[:, 0]), []
        chosen = np.flatnonzero(~np.isnan(values) & np.isin(rows, case.rows(MOST_ROWS, TRAIN)))
    return _Answer(output, rows[chosen], values[chosen], names, *deal(case.dataset, rows[chosen]))


def _in_their_spread(numbers: np.ndarray) -> np.ndarray:
    """In units of their standard deviation, as the middle half tells it, which a few large ones do not stretch."""
    there = numbers[~np.isnan(numbers)]
    low, high = np.percentile(there, [25, 75]) if len(there) else (0.0, 0.0)
    return numbers / ((high - low) / 1.349 or (np.std(there) if len(there) else 0.0) or 1.0)


def _as_many_of_each(values: np.ndarray, hashes: np.ndarray) -> np.ndarray:
    """Places of rows chosen by their contents, so that a rare category is seen beside frequent ones."""
    kinds = np.argsort(-np.bincount(values[values >= 0]), kind="stable")[:MOST_CATEGORIES]
    order = np.argsort(hashes, kind="stable")
    each = [order[values[order] == kind][: MOST_ROWS // len(kinds)] for kind in kinds]
    return np.sort(np.concatenate([np.zeros(0, np.int64), *each]))


# ------------------------------------------------------------------------------------------------ filled, or empty


def _by_filling(case: Case, answer: _Answer, columns: Mapping[str, tuple[Column, Stored]]) -> Iterator[Finding]:
    """Columns of which being filled, or being empty, says of which category a row is."""
    looked_at = len(columns) * max(1, len(answer.names))
    for name, (_, stored) in columns.items():
        filled = np.asarray(stored["present"])
        if answer.is_category and not filled.all() and filled.any():
            wrong = [_told_by(filled, answer.values == kind, _LEVEL / looked_at) for kind in range(len(answer.names))]
            if any(wrong):
                yield _of_filling(case, answer, name, wrong.index(True))


def _told_by(filled: np.ndarray, is_one: np.ndarray, level: float) -> bool:
    """Whether filled rows, or empty ones, are of this category, nearly all of them and a good share of it."""
    if filled.sum() >= _EACH <= (~filled).sum() and (np.array_equal(filled, is_one) or np.array_equal(~filled, is_one)):
        return True
    rest = 1 - float(is_one.mean())
    for rows in (filled, ~filled):
        impure = most_misses(1 - float(is_one[rows].mean()), int(rows.sum()), level)
        if rest > 0 and impure <= _IMPURE * rest and is_one[rows].sum() >= _COVERED * is_one.sum():
            return True
    return False


def _of_filling(case: Case, answer: _Answer, name: str, kind: int) -> Finding:
    """With the counts of all training rows."""
    rows = case.rows(case.dataset.survey.rows, TRAIN)
    filled = np.asarray(case.stored(name, rows)[1]["present"])
    column, stored = case.stored(answer.output, rows)
    ids = column.strata(stored)
    assert ids is not None
    names = [str(n) for n in column.restore(np.arange(1, int(ids.max()) + 1))]
    is_one = ids == names.index(answer.names[kind]) + 1
    sides = {f'"{answer.names[kind]}"': is_one, _others(answer.names, kind): (ids > 0) & ~is_one}
    shown = [(what, int(filled[rows].sum()), int(rows.sum())) for what, rows in sides.items()]
    text = f"{name} is {' and '.join(_shares(shown))} of {how_many(len(rows), 'training rows')}"
    text += f": it gives {answer.output} away"
    evidence = {"output": answer.output, "rows": len(rows), "filled": {w: [k, n] for w, k, n in shown}}
    return Finding("leak", "warning", name, text, _remedy(name), evidence)


def _others(names: Sequence[str], kind: int) -> str:
    return f'"{names[1 - kind]}"' if len(names) == 2 else "all other"


def _shares(shown: Sequence[tuple[str, int, int]]) -> list[str]:
    """'empty in all 41,935 "no"', 'filled in 6,270 of 6,275 "yes"'."""
    words = []
    for what, filled, rows in sorted(shown, key=lambda item: item[1] / item[2]):
        word, count = ("filled", filled) if 2 * filled >= rows else ("empty", rows - filled)
        words.append(f"{word} in all {rows:,} {what}" if count == rows else f"{word} in {count:,} of {rows:,} {what}")
    return words


# ---------------------------------------------------------------------------------------------------------- values


def _by_itself(answer: _Answer, name: str, column: Column, stored: Stored, looked_at: int) -> _Told:
    """The best that one of the column's numbers, or its categories, does where it is filled."""
    there = np.flatnonzero(np.asarray(stored["present"]))
    answer, usual = answer.of(there), answer.of(there).missed_by_the_usual()
    units, nothing = len(np.unique(answer.unit)), _Told(name, len(there), usual, 1.0, 1.0)
    if units < _FEWEST or not usual:
        return nothing
    ids, flat = column.strata(stored), column.flat(stored)
    things = [ids.astype(np.int64)[:, None]] if ids is not None else [] if flat is None else [flat]
    told = []
    for thing in (t[there, place] for t in things for place in range(t.shape[1])):
        if _tells_little(thing, answer):
            continue
        rule = _cross_fitted(thing, answer)
        misses = int(answer.is_missed_by(rule).sum())
        most = most_misses(misses / len(there), units, _LEVEL / looked_at) * len(there) / usual
        r2 = float("nan") if answer.is_category else 1 - np.mean((rule - answer.values) ** 2) / answer.values.var()
        copy, made = _is_copy(thing, answer), _is_made_of(thing, answer)
        told.append(_Told(name, len(there), misses, misses / usual, most, copy, float(r2), made))
    return min(told, key=lambda t: t.missed, default=nothing)


def _cross_fitted(thing: np.ndarray, answer: _Answer) -> np.ndarray:
    return (chances if answer.is_category else guesses)(thing, answer.values, answer.fold)


def _tells_little(thing: np.ndarray, answer: _Answer) -> bool:
    """Whether a part of many rows shows that it misses more than half of what the most frequent answer misses."""
    part = np.arange(0, len(thing), max(1, len(thing) // _GLANCE))
    some = answer.of(part)
    missed = some.is_missed_by(_cross_fitted(thing[part], some)).sum() if len(part) < len(thing) else 0
    return bool(missed > 0.5 * some.missed_by_the_usual())


def _is_copy(thing: np.ndarray, answer: _Answer) -> bool:
    if not answer.is_category:
        return False
    pairs = np.unique(np.stack([np.unique(thing, return_inverse=True)[1], answer.values]), axis=1)
    return all(len(np.unique(side)) == pairs.shape[1] for side in pairs)


def _is_made_of(thing: np.ndarray, answer: _Answer) -> bool:
    """Whether a number and the answer rise together, or against each other, in all rows but a few; rounding either of
    them leaves it so."""
    if answer.is_category or thing.dtype.kind != "f":
        return False
    return max(_in_order(thing, answer.values), _in_order(thing, -answer.values)) >= 1 - _ASTRAY


def _in_order(x: np.ndarray, y: np.ndarray) -> float:
    """The largest share of rows among which y never falls where x rises."""
    ends: list[float] = []
    for value in y[np.lexsort((y, x))]:
        at = bisect_right(ends, value)
        ends[at : at + 1] = [value]
    return len(ends) / len(y)


def _far_beyond(told: Sequence[_Told]) -> list[_Told]:
    """Columns that miss next to nothing, where the best of the others misses many times as often."""
    sure = [t for t in told if t.most <= (_COPY_MISSED if t.copy else _MISSED)]
    next_best = min((t.missed for t in told if t not in sure), default=1.0)
    return [t for t in sure if t.copy or next_best >= _BEYOND * t.most] if 2 * len(sure) <= len(told) else []


def _of_values(answer: _Answer, told: _Told) -> Finding:
    right = f"{told.rows - told.misses:,} of {told.rows:,}" if told.misses else f"all {told.rows:,}"
    rows = f"{right} training rows where it is filled" if told.rows < len(answer.rows) else f"{right} training rows"
    if told.copy:
        text = f"{told.column} has one value for each {answer.output}, in {rows}: it is the answer under other names"
    elif answer.is_category:
        text = f"{told.column} by itself tells {answer.output} in {rows}: it gives the answer away"
    else:
        how = f"R2 {told.explained:.6f}".rstrip("0").rstrip(".")
        tells, so = ("tells", "one is made from the other") if told.made else ("nearly tells", "a net is hardly needed")
        text = f"{told.column} by itself {tells} {answer.output} in {rows} ({how}): {so}"
    evidence = {"output": answer.output, "rows": told.rows, "misses": told.misses, "most_missed": told.most}
    if not answer.is_category and not told.made:
        remedy = f"where it is known only after {answer.output}, {_remedy(told.column)}"
        return Finding("leak", "note", told.column, text, remedy, evidence)
    return Finding("leak", "warning", told.column, text, _remedy(told.column), evidence)


def _remedy(name: str) -> str:
    return f"--ignore {shlex.quote(name)} leaves it out"
