"""Who is train, valid and test: the source's own split, else by a hash of each row's contents.

Rows are ranked by hash within each category, whole groups at a time, so the same data are always split the same way,
in whatever order they stand. Copies of a row share its hash, and so its side.
"""

from dataclasses import dataclass

import numpy as np

from fromraw.errors import DataError
from fromraw.randomness import mix

TRAIN, VALID, TEST, NONE = 0, 1, 2, -1
NAMES = ("train", "valid", "test")
WORDS = {
    **dict.fromkeys(("train", "training"), TRAIN),
    **dict.fromkeys(("valid", "val", "validation", "dev"), VALID),
    **dict.fromkeys(("test", "testing"), TEST),
}
MOST_HELD_OUT = 10_000
"""Rows of valid, and of test, beyond which more tell nothing new."""


@dataclass(frozen=True)
class Split:
    """side: (n,) int8, one of TRAIN, VALID, TEST, NONE; how: in words; groups: (n,) int64 or None."""

    side: np.ndarray
    how: str
    groups: np.ndarray | None = None

    def rows(self, side: int) -> np.ndarray:
        """The rows of one side, in order."""
        return np.flatnonzero(self.side == side)

    def counts(self) -> dict[str, int]:
        return {name: int((self.side == side).sum()) for side, name in enumerate(NAMES)}


def held_out_share(rows: int) -> float:
    """Of valid, and of test: a tenth, less where rows are many."""
    return min(0.1, MOST_HELD_OUT / max(1, rows))


def split_rows(
    hashes: np.ndarray,
    *,
    own: np.ndarray | None = None,
    categories: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    times: np.ndarray | None = None,
    usable: np.ndarray | None = None,
) -> Split:
    """Decide every row's side.

    hashes: (n,) uint64, of contents; own: (n,) int8, the source's split; categories: (n,) int, to keep shares alike;
    groups: (n,) int64, rows that stay together; times: (n,), to test on the latest; usable: (n,) bool, rows with an
    output. Raises DataError where too few rows are left to train.
    """
    usable = np.ones(len(hashes), bool) if usable is None else usable
    side = np.where(usable, TRAIN, NONE).astype(np.int8) if own is None else np.where(usable, own, NONE).astype(np.int8)
    missing = [s for s in (VALID, TEST) if not (side == s).any()]
    if own is not None and TEST in missing and VALID not in missing:
        missing = []
        how = "the data's own; no test rows"
    else:
        how = "the data's own" if not missing else _in_words(own, missing, groups, times)
    free = side == TRAIN
    share = held_out_share(int(free.sum()))
    cut = _cut_by_time if times is not None and own is None else _cut_by_hash
    for number, target in enumerate(reversed(missing)):
        rest = np.flatnonzero(side == TRAIN)
        count = share / (1 - share * number)
        key = times if cut is _cut_by_time else hashes
        side[cut(rest, key, count, categories, groups)] = target
    if (side == TRAIN).sum() < 2:
        raise DataError(f"{int(usable.sum())} usable rows leave too few to learn from; at least 10 are needed.")
    return Split(side, how, groups)


def _in_words(own: np.ndarray | None, missing: list[int], groups: np.ndarray | None, times: np.ndarray | None) -> str:
    if own is not None:
        return "the data's own, valid cut from train" + (", by group" if groups is not None else "")
    if times is not None:
        return "by time, the latest rows last"
    return "by group, the same every time" if groups is not None else "by contents, the same every time"


def _cut_by_time(
    rest: np.ndarray, times: np.ndarray, share: float, categories: np.ndarray | None, groups: np.ndarray | None
) -> np.ndarray:
    """The latest share of the rows; rows of one moment stay together."""
    ordered = np.sort(times[rest])
    edge = ordered[min(len(rest) - 1, int(np.ceil(len(rest) * (1 - share))))]
    return rest[times[rest] >= edge]


def _cut_by_hash(
    rest: np.ndarray, hashes: np.ndarray, share: float, categories: np.ndarray | None, groups: np.ndarray | None
) -> np.ndarray:
    """The rows of the lowest-ranking groups (single rows where there are none), ranked within each category."""
    units, unit_of = np.unique(hashes[rest] if groups is None else groups[rest], return_inverse=True)
    rank_key = mix(units.astype(np.uint64)) if groups is not None else units
    first = np.full(len(units), -1, np.int64)
    first[unit_of[::-1]] = np.arange(len(rest))[::-1]
    stratum = np.zeros(len(units), np.int64) if categories is None or groups is not None else categories[rest][first]
    size = np.bincount(unit_of, minlength=len(units))
    order = np.lexsort((rank_key, stratum))
    chosen = np.zeros(len(units), bool)
    for members in np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1):
        ends = np.cumsum(size[members])
        want = _whole_share(int(ends[-1]), share, rank_key[members[0]])
        chosen[members[(ends - size[members] / 2) < want]] = True
    return rest[chosen[unit_of]]


def _whole_share(rows: int, share: float, key: np.uint64) -> int:
    """A whole number of rows that is right on average: the fraction is rounded by the hash, and one of two or more
    rows always stays on each side that can spare it."""
    exact = rows * share
    fraction = float(mix(np.array([key], np.uint64))[0] >> np.uint64(11)) * 2.0**-53
    return min(int(exact) + (fraction < exact % 1), rows - 1)


def folds_of(rows: np.ndarray, hashes: np.ndarray, groups: np.ndarray | None, count: int) -> np.ndarray:
    """(len(rows),) int64, each row's fold in 0..count-1: equal rows and groups whole, sizes as equal as these allow."""
    units, unit_of = np.unique(hashes[rows] if groups is None else groups[rows], return_inverse=True)
    order = np.argsort(mix(mix(units.astype(np.uint64))), kind="stable")
    size = np.bincount(unit_of, minlength=len(units))[order]
    fold = np.empty(len(units), np.int64)
    fold[order] = np.minimum((np.cumsum(size) - size / 2) * count // max(1, size.sum()), count - 1)
    return fold[unit_of]
