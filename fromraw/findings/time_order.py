"""Rows that come in order of time while the answer or the inputs drift, so that rows split at random are tested on days
that were learned from.

Along a date (or a number that is called a time and rises row by row) the rows are cut into ten stretches; a column
drifts where these differ by far more than chance lets them (Kruskal, Wallis, "Use of ranks in one-criterion variance
analysis", JASA 1952). Where no column tells the time, rows next to each other must be more alike than chance lets them
(the serial correlation of ranks), and no column may explain the order of the rows. All at one in a thousand, divided by
the number of columns looked at, and only where the drift is large enough to matter.
"""

import shlex
from collections.abc import Mapping

import numpy as np
from scipy import stats

from fromraw.columns.names import names_clock
from fromraw.errors import Refused
from fromraw.findings.base import Case, Finder, Finding
from fromraw.parts import part

CHANCE = 1e-3
"""How often data without any drift may be said to have one."""
STRETCHES, FEWEST = 10, 100
"""Of time, and rows that are needed to tell."""
OF_ANSWER, OF_INPUT, OF_NEIGHBORS = 0.02, 0.05, 0.2
"""The least share of an answer's, or an input's, variance between stretches, and the least serial correlation."""
ROWS, COLUMNS = 20_000, 40
"""That are looked at: of more rows, pieces of a hundred, spread evenly."""


@part("time_order")
class TimeOrder(Finder):
    rank = 40
    voids = True

    def find(self, case: Case) -> list[Finding]:
        data = case.dataset
        if data.split.how.startswith(("by time", "the data's own")):
            raise Refused(f"the split is {data.split.how}")
        if data.survey.rows < FEWEST:
            raise Refused(f"fewer than {FEWEST} rows")
        rows = _spread(data.survey.rows)
        scalar = [name for name, k in data.known.items() if k.column.scalar and k.role != "left out"]
        columns = case.flat([*data.outputs, *(n for n in scalar if n not in data.outputs)][:COLUMNS], rows)
        clocks = _clocks(case, columns, rows)
        found = [f for name, times in clocks.items() if (f := _drift(case, columns, name, times, rows)) is not None]
        return found[:1] or ([] if clocks else _neighbors(case, columns, rows))


def _spread(count: int) -> np.ndarray:
    """All rows; of many, pieces of a hundred."""
    if count <= ROWS:
        return np.arange(count)
    starts = np.linspace(0, count - 100, ROWS // 100).astype(np.int64)
    return np.unique(starts[:, None] + np.arange(100))


def _clocks(case: Case, columns: Mapping[str, np.ndarray], rows: np.ndarray) -> dict[str, np.ndarray]:
    """Inputs that tell the time: dates, and numbers that are called a time and rise with the rows."""
    found = {}
    for name, numbers in columns.items():
        times, dated = numbers[:, 0], case.dataset.known[name].column.tells_time
        if name in case.dataset.outputs or np.isnan(times).mean() > 0.5:
            continue
        if dated or (numbers.shape[1] == 1 and names_clock(name) and _is_sorted(times)):
            found[name] = times
    return found


def _drift(
    case: Case, columns: Mapping[str, np.ndarray], clock: str, times: np.ndarray, rows: np.ndarray
) -> Finding | None:
    there = ~np.isnan(times)
    ranks = stats.rankdata(times[there])
    stretch = np.minimum((ranks - 1) * STRETCHES // there.sum(), STRETCHES - 1).astype(int)
    drifting = {}
    for name, numbers in columns.items():
        share = max((_between(x[there], stretch, _tests(columns)) for x in numbers.T[:8]), default=0.0)
        is_answer = name in case.dataset.outputs
        if name != clock and share > (OF_ANSWER if is_answer else OF_INPUT) and not _is_clock(numbers[there, 0], ranks):
            drifting[name] = round(share, 4)
    if not drifting:
        return None
    in_order = "rows are in order of" if _is_sorted(times) else "rows differ along"
    text = (
        f"{in_order} {clock}, while {_listed(drifting)} drift{'s' if len(drifting) == 1 else ''}: rows split at random"
    )
    text += " are tested on days that were learned from, and the score flatters"
    evidence = {"share of variance between stretches of time": drifting, "rows looked at": len(rows)}
    remedy = f"--time {shlex.quote(clock)} tests on the latest rows"
    return Finding("time_order", "warning", clock, text, remedy, evidence)


def _neighbors(case: Case, columns: Mapping[str, np.ndarray], rows: np.ndarray) -> list[Finding]:
    """Where no column tells the time, and rows do not belong to groups."""
    data = case.dataset
    if data.split.groups is not None or any(_explains_order(numbers) for numbers in columns.values()):
        return []
    first = np.zeros(data.survey.rows, bool)
    first[np.unique(data.hashes, return_index=True)[1]] = True
    chosen = np.flatnonzero(first[rows])
    pairs = chosen[:-1][np.diff(rows[chosen]) <= 2]
    after = chosen[1:][np.diff(rows[chosen]) <= 2]
    alike = {}
    for name, numbers in columns.items():
        correlation = max((_serial(x, pairs, after, _tests(columns)) for x in numbers.T[:8]), default=0.0)
        if correlation > OF_NEIGHBORS:
            alike[name] = round(correlation, 4)
    if not alike:
        return []
    text = (
        f"rows next to each other are alike in {_listed(alike)}: their order tells something, such as time or place, "
    )
    text += "and rows split at random are tested beside those that were learned from"
    remedy = "a column that tells when (--time), or who or where (--group), tests on what is new"
    return [Finding("time_order", "warning", None, text, remedy, {"serial correlation": alike})]


# ----------------------------------------------------------------------------------------------------------- statistics


def _tests(columns: Mapping[str, np.ndarray]) -> int:
    return sum(min(8, numbers.shape[1]) for numbers in columns.values())


def _between(x: np.ndarray, stretch: np.ndarray, tests: int) -> float:
    """The share of the variance of ranks between stretches, beyond chance; 0 where chance gives as much."""
    there = ~np.isnan(x)
    parts = [x[there & (stretch == at)] for at in range(STRETCHES)]
    parts = [part for part in parts if len(part) > 2]
    n = int(there.sum())
    if len(parts) < 3 or n < FEWEST or np.ptp(x[there]) == 0:
        return 0.0
    statistic, chance = stats.kruskal(*parts)
    return float((statistic - len(parts) + 1) / (n - len(parts))) if chance * tests < CHANCE / 2 else 0.0


def _serial(x: np.ndarray, pairs: np.ndarray, after: np.ndarray, tests: int) -> float:
    """The correlation of ranks of rows next to each other; 0 where chance gives as much."""
    there = ~np.isnan(x[pairs]) & ~np.isnan(x[after])
    if there.sum() < FEWEST or np.ptp(x[pairs][there]) == 0 or np.ptp(x[after][there]) == 0:
        return 0.0
    correlation = float(stats.spearmanr(x[pairs][there], x[after][there]).statistic)
    chance = stats.norm.sf(correlation * np.sqrt(there.sum()))
    return correlation if chance * tests < CHANCE / 2 else 0.0


def _is_sorted(x: np.ndarray) -> bool:
    """Whether nearly every step between rows, gaps and ties aside, goes one way."""
    steps = np.diff(x[~np.isnan(x)])
    steps = steps[steps != 0]
    return bool(len(steps) > 5 and max((steps > 0).mean(), (steps < 0).mean()) > 0.98)


def _is_clock(x: np.ndarray, ranks: np.ndarray) -> bool:
    """Whether a column only says again what time it is."""
    there = ~np.isnan(x)
    if there.sum() < FEWEST or np.ptp(x[there]) == 0:
        return False
    return bool(abs(stats.spearmanr(x[there], ranks[there]).statistic) > 0.95)


def _explains_order(numbers: np.ndarray) -> bool:
    """Whether rows are sorted by this column, or stand category by category, or number by number."""
    if numbers.shape[1] == 1:
        there = numbers[~np.isnan(numbers[:, 0]), 0]
        values, runs = len(np.unique(there)), 1 + int(np.count_nonzero(np.diff(there)))
        return _is_sorted(there) or 1 < values == runs <= len(there) / 2
    kinds = np.nan_to_num(numbers).argmax(1)
    return bool(1 + (np.diff(kinds) != 0).sum() <= 2 * len(np.unique(kinds)))


def _listed(names: Mapping[str, float]) -> str:
    """The first of them that drift most."""
    ordered = sorted(names, key=lambda name: -names[name])
    return ", ".join(ordered[:3]) + (f" and {len(ordered) - 3:,} more" if len(ordered) > 3 else "")
