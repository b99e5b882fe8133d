"""Too few test rows for the difference that one hopes to see.

How far apart must two systems be, so that the rows tested tell them apart at the 5% level in 8 of 10 cases? The usual
comparison is paired, on the same rows: only those count that one gets right and the other wrong (McNemar, "Note on the
sampling error of the difference between correlated proportions or percentages", Psychometrika 1947; of two RMSE:
Pitman, "A note on normal correlation", Biometrika 1939). Systems that learned from the same rows share many of their
mistakes, here half of the better one's, and their errors, here with a correlation of 0.7. Each on rows of its own, they
must be further apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import stats

from fromraw.errors import Refused
from fromraw.evaluation.intervals import usual_effect
from fromraw.findings.base import Case, Finder, Finding
from fromraw.how_many import how_many
from fromraw.parts import part

FROM = 0.85
"""The accuracy from which a better one is to be told; half way up from always the same answer where that is more."""
POINTS, RATIOS = (0.07, 0.10), (0.15, 0.25)
"""The smallest difference of accuracies that is told, and of RMSE in terms of the smaller: above the first a note,
above the second a warning."""
_CASES = "(8 times in 10, two systems on the same rows)"
_CORRELATION = 0.7
_SURE = float(stats.norm.ppf(0.975) + stats.norm.ppf(0.8))


@dataclass(frozen=True)
class _Tested:
    """How many rows are tested, what they are called, and how many independent rows they are worth."""

    rows: int
    things: str
    worth: float | int
    remedy: str
    groups: int = 0

    @property
    def words(self) -> str:
        """`45 test rows`, `1 test row`, and of how many groups."""
        groups = (
            f" of {how_many(self.groups, 'groups')} (worth about {self.worth:,.0f} independent ones)"
            if self.groups
            else ""
        )
        return f"{how_many(self.rows, self.things)}{groups}"


@part("too_few")
class TooFew(Finder):
    rank = 20
    counts_rows = True

    def find(self, case: Case) -> list[Finding]:
        if not case.dataset.outputs:
            raise Refused("nothing is to be predicted")
        found = []
        for output in case.dataset.outputs:
            column, stored = case.stored(output)
            ids, known = column.strata(stored), np.asarray(stored["present"])
            tested = _tested(case, known)
            finding = _of_numbers(output, tested) if ids is None else _of_categories(output, tested, ids[known])
            found += [finding] if finding else []
        return found


def paired_points(start: float, rows: float | int) -> float | None:
    """The smallest gain in accuracy from `start` that is told on the same rows; None where not even 100% is."""
    return _smallest(lambda gain: (1 - start) - gain**2, 1 - start, rows)


def unpaired_points(start: float, rows: float | int) -> float | None:
    """The same, where each system has as many rows of its own."""
    return _smallest(lambda gain: start * (1 - start) + (start + gain) * (1 - start - gain), 1 - start, rows)


def paired_ratio(rows: float | int) -> float:
    """By how much the greater RMSE of two must exceed the smaller to be told on the same rows, for normal errors."""
    return float(np.expm1(_SURE * np.sqrt((1 - _CORRELATION**2) / rows)))


def unpaired_ratio(rows: float | int) -> float:
    """The same, where each system has as many rows of its own."""
    return float(np.expm1(_SURE * np.sqrt(1 / rows)))


def _smallest(variance: Callable[[float], float], most: float, rows: float | int) -> float | None:
    """The smallest gain, to a tenth of a point, of which the variance a row lets so many rows be sure."""
    gains = np.arange(0.001, most + 5e-4, 0.001)
    return next((float(g) for g in gains if g >= _SURE * np.sqrt(max(variance(float(g)), 0.0) / rows)), None)


def _tested(case: Case, known: np.ndarray) -> _Tested:
    split = case.dataset.split
    rows = np.flatnonzero(split.tested & known)
    things = f"{'validation' if split.tested_on == 'valid' else 'test'} {case.dataset.source.things}"
    remedy = "collect more, or bring more to test on: --test DATA"
    if split.folds:
        remedy = "collect more"
    elif split.is_ours:
        remedy = "test every row once: --folds 5; or bring more to test on: --test DATA"
    if split.groups is None:
        return _Tested(len(rows), things, len(rows), remedy)
    sizes = np.unique(split.groups[rows], return_counts=True)[1]
    return _Tested(len(rows), things, len(rows) / usual_effect(sizes) if len(rows) else 0.0, remedy, len(sizes))


def _of_categories(output: str, tested: _Tested, ids: np.ndarray) -> Finding | None:
    frequent = float(np.bincount(ids).max()) / len(ids) if len(ids) else 1.0
    if not tested.rows or frequent == 1:
        return None
    start = max(FROM, (1 + frequent) / 2)
    scale = (1 - start) / (1 - FROM)  # the less there is left to gain, the more a point is worth
    gain, apart = paired_points(start, tested.worth), unpaired_points(start, tested.worth)
    do, tell = ("does", "tells") if tested.rows == 1 else ("do", "tell")
    if gain is None:
        text = f"{tested.words} {do} not tell {_percent(start)} right from 100%, not even on the same rows"
    elif gain <= POINTS[0] * scale:
        return None
    else:
        text = f"{tested.words} {tell} {_percent(start)} right from {_percent(start + gain)}, nothing nearer {_CASES}"
    grave = gain is None or gain > POINTS[1] * scale
    return _finding(output, tested, text, grave, {"from": start, "paired": gain, "unpaired": apart})


def _of_numbers(output: str, tested: _Tested) -> Finding | None:
    if not tested.rows or (ratio := paired_ratio(tested.worth)) <= RATIOS[0]:
        return None
    apart = unpaired_ratio(tested.worth)
    tell = "tells" if tested.rows == 1 else "tell"
    text = f"{tested.words} {tell} an RMSE from one {_percent(ratio)} higher, nothing nearer {_CASES}"
    return _finding(output, tested, text, ratio > RATIOS[1], {"paired": ratio, "unpaired": apart})


def _finding(output: str, tested: _Tested, text: str, grave: bool, told: dict[str, float | None]) -> Finding:
    evidence = {"output": output, "rows": tested.rows, "groups": tested.groups, "worth": round(tested.worth, 1), **told}
    return Finding("too_few", "warning" if grave else "note", output, f"{output}: {text}", tested.remedy, evidence)


def _percent(share: float) -> str:
    return f"{100 * share:.3g}%"
