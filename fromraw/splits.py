"""Who is train, valid and test: the source's own split, else by a hash of each row's contents.

Rows are ranked by hash within each category, whole groups at a time, so the same data are always split the same way,
in whatever order they stand. Copies of a row share its hash, and so its side.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from fromraw.errors import DataError, UsageError
from fromraw.how_many import how_many
from fromraw.randomness import mix

TRAIN, VALID, TEST, NONE = 0, 1, 2, -1
NAMES = ("train", "valid", "test")
MOST_HELD_OUT = 10_000
"""Rows of valid, and of test, beyond which more tell nothing new."""
FEW_ROWS, FEW_GROUPS, MOST_ROWS = 50, 10, 2000
"""Test rows, or groups of them, that are too few: by rule all rows are then tested in folds, unless they are so many
that several nets would each have too little of the minutes."""
FOLDS, LEAST_OF_FOLD = 5, 5
"""By rule, and the rows that each must have."""


@dataclass(frozen=True)
class Split:
    """side: (n,) int8, one of TRAIN, VALID, TEST, NONE; how: in words; groups: (n,) int64 or None; tested_on: whose
    rows the scores are of: `test`; `valid` where the test rows were spared or there are none; `folds` where all rows
    are tested, each by nets that did not learn from its fold; `none` where nothing is scored; spared: how many; folds:
    how many, 0 where there are none; is_ours: whether test rows were drawn by contents, neither
    the data's own nor by time."""

    side: np.ndarray
    how: str
    groups: np.ndarray | None = None
    tested_on: str = "test"
    own_valid: bool = False
    spared: int = 0
    folds: int = 0
    is_ours: bool = False

    @property
    def tested(self) -> np.ndarray:
        """(n,) bool, the rows that are scored."""
        return self.side == (TRAIN if self.folds else TEST)

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
    spare_test: bool = False,
    folds: int | None = 0,
    untested: bool = False,
) -> Split:
    """Decide every row's side.

    hashes: (n,) uint64, of contents; own: (n,) int8, the source's split; categories: (n,) int, to keep shares alike;
    groups: (n,) int64, rows that stay together; times: (n,), to test on the latest; usable: (n,) bool, rows with an
    output; spare_test: the test rows stay untouched, valid is tested and another valid is cut from train; folds: all
    rows are for training, and tested in so many parts, where they are two at least; None: by rule, where test rows
    would be too few; untested: no row is held out but for valid, as somebody else scores. Raises DataError where too
    few rows are left to train.
    """
    usable = np.ones(len(hashes), bool) if usable is None else usable
    if folds and folds > 1:
        return _in_folds(hashes, own, groups, usable, folds)
    side = np.where(usable, TRAIN if own is None else own, NONE).astype(np.int8)
    if untested:
        side[side == TEST] = TRAIN
    own_valid, own_test = (bool((side == s).any()) for s in (VALID, TEST))
    how = _in_words(own, own_valid, own_test, groups, times)
    cut = _Cut(hashes, categories, groups, times if own is None else None)
    share = held_out_share(int((side == TRAIN).sum()))
    rest = 1.0
    if not (own_test or own_valid or untested):
        side[cut(np.flatnonzero(side == TRAIN), share)] = TEST
        rest -= share
    if not own_valid:
        side[cut(np.flatnonzero(side == TRAIN), share / rest)] = VALID
    untouched = int((side == TEST).sum())
    spared = not untested and (spare_test or not untouched)
    if spared:
        side[side == TEST] = NONE
        side[side == VALID] = TEST
        side[cut(np.flatnonzero(side == TRAIN), share)] = VALID
    if (side == TRAIN).sum() < 2:
        raise DataError(f"{int(usable.sum())} usable rows leave too few to learn from; more are needed.")
    if not (untested or (side == TEST).any()):
        raise DataError(
            f"none of {int(usable.sum())} usable rows can be held out: {_why_none(categories, groups, side)}."
        )
    of_own, tested_on = own_valid and not spared, "none" if untested else "valid" if spared else "test"
    is_ours = own is None and times is None and not spared and not untested
    if folds is None and is_ours and (few := _too_few(side, groups, hashes)):
        split = _in_folds(hashes, own, groups, usable, FOLDS)
        return replace(split, how=f"{split.how}; {few} (--folds 1 undoes it)")
    return Split(side, how, groups, tested_on, of_own, untouched if spared else 0, is_ours=is_ours)


def _too_few(side: np.ndarray, groups: np.ndarray | None, hashes: np.ndarray) -> str:
    """Why folds are needed, in words; nothing where they are not, or cannot be made."""
    rows, tested = int((side != NONE).sum()), int((side == TEST).sum())
    together = hashes if groups is None else groups
    units, among = (len(np.unique(together[chosen])) for chosen in (side != NONE, side == TEST))
    enough = units >= FOLDS and rows >= LEAST_OF_FOLD * FOLDS
    if groups is not None and among < FEW_GROUPS and enough and rows <= MOST_ROWS:
        return f"the {how_many(among, 'groups')} of one test part would be too few"
    return f"the {tested} rows of one test part would be too few" if tested < FEW_ROWS and enough else ""


def _in_folds(
    hashes: np.ndarray, own: np.ndarray | None, groups: np.ndarray | None, usable: np.ndarray, folds: int
) -> Split:
    if own is not None and (own[usable] != TRAIN).any():
        raise UsageError(f"the data have a split of their own, so --folds {folds} cannot cut them anew; leave it out.")
    units = len(np.unique((hashes if groups is None else groups)[usable]))
    if units < folds:
        what = "different rows" if groups is None else "groups"
        raise DataError(f"--folds {folds} needs {folds} {what} at least; there are {units}.")
    side = np.where(usable, TRAIN, NONE).astype(np.int8)
    return Split(side, f"{folds} folds {_in_words(None, False, False, groups, None)}", groups, "folds", folds=folds)


def _why_none(categories: np.ndarray | None, groups: np.ndarray | None, side: np.ndarray) -> str:
    if groups is not None:
        return "they are of one group (--group none parts it)"
    if categories is not None and np.unique(categories[side == TRAIN], return_counts=True)[1].max() == 1:
        return "no answer comes twice"
    return "they are copies of a few different ones"


def _in_words(
    own: np.ndarray | None, own_valid: bool, own_test: bool, groups: np.ndarray | None, times: np.ndarray | None
) -> str:
    if own_valid:
        return "the data's own" if own_test else "the data's own; no test rows"
    if own is not None and own_test:
        return "the data's own, valid cut from train" + (" by group" if groups is not None else "")
    if times is not None:
        return "by time, the latest rows last"
    return "by group, the same every time" if groups is not None else "by contents, the same every time"


@dataclass(frozen=True)
class _Cut:
    """Chooses a share of some rows: the latest, or those that rank lowest by hash."""

    hashes: np.ndarray
    categories: np.ndarray | None
    groups: np.ndarray | None
    times: np.ndarray | None

    def __call__(self, rest: np.ndarray, share: float) -> np.ndarray:
        return self._by_hash(rest, share) if self.times is None else self._by_time(rest, self.times[rest], share)

    def _by_time(self, rest: np.ndarray, times: np.ndarray, share: float) -> np.ndarray:
        """The latest share of the rows; rows of one moment stay together."""
        edge = np.sort(times)[min(len(rest) - 1, int(np.ceil(len(rest) * (1 - share))))]
        return rest[times >= edge]

    def _by_hash(self, rest: np.ndarray, share: float) -> np.ndarray:
        """The lowest-ranking groups (single rows where there are none), ranked within each category."""
        keys = self.hashes if self.groups is None else self.groups
        units, first, unit_of, size = np.unique(keys[rest], return_index=True, return_inverse=True, return_counts=True)
        rank = mix(units.astype(np.uint64)) if self.groups is not None else units
        alike = self.categories is None or self.groups is not None
        stratum = np.zeros(len(units), np.int64) if alike else self.categories[rest][first]  # type: ignore[index]
        order = np.lexsort((rank, stratum))
        strata = np.split(order, np.flatnonzero(np.diff(stratum[order])) + 1)
        wanted = _whole_shares([int(size[members].sum()) for members in strata], share, rank)
        chosen = np.zeros(len(units), bool)
        for members, want in zip(strata, wanted, strict=True):
            ends = np.cumsum(size[members])
            chosen[members[(ends - size[members] / 2) < want]] = True
        if not chosen.any():  # few and large units: one of them, where its category has others
            several = max(strata, key=len)
            chosen[several[: len(several) > 1]] = True
        return rest[chosen[unit_of]]


def _whole_shares(rows: Sequence[int], share: float, rank: np.ndarray) -> list[int]:
    """Of each category's rows a whole number, right on average and, to less than one row, in all; never all rows."""
    fraction = float(mix(rank.min(keepdims=True, initial=np.iinfo(np.uint64).max))[0] >> np.uint64(11)) * 2.0**-53
    shares, taken = [], 0
    for count, end in zip(rows, np.cumsum(rows) * share + fraction, strict=True):
        shares.append(min(int(end) - taken, count - 1))
        taken += shares[-1]
    return shares


def thin(
    rows: np.ndarray,
    share: float,
    seed: int,
    hashes: np.ndarray,
    categories: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """A share of the rows, as a random smaller data set would hold them: of each category, groups and copies whole.

    rows: row numbers; the others: (n,) of all rows. Thinned again by the same seed, a smaller share of the same order.
    """
    key = np.uint64(seed)
    own = None if groups is None else mix(groups.astype(np.uint64) ^ key).view(np.int64)
    cut = _Cut(mix(hashes ^ key), categories, own, None)
    return np.sort(cut(rows, share))


def folds_of(rows: np.ndarray, hashes: np.ndarray, groups: np.ndarray | None, count: int) -> np.ndarray:
    """(len(rows),) int64, each row's fold in 0..count-1: equal rows and groups whole, sizes as equal as these allow."""
    units, unit_of = np.unique(hashes[rows] if groups is None else groups[rows], return_inverse=True)
    order = np.argsort(mix(mix(units.astype(np.uint64))), kind="stable")
    size = np.bincount(unit_of, minlength=len(units))[order]
    fold = np.empty(len(units), np.int64)
    fold[order] = np.minimum((np.cumsum(size) - size / 2) * count // max(1, size.sum()), count - 1)
    return fold[unit_of]


@dataclass(frozen=True)
class Rows:
    """Who is who among the rows that were prepared. sides: (n,); hashes: (n,); groups: (n,) or None; folds: in how many
    parts all rows are tested, 0 where some are for nothing else; idle: (n,) bool, rows of folds that are tested and not
    learned from, None where there are none."""

    sides: np.ndarray
    hashes: np.ndarray
    groups: np.ndarray | None = None
    folds: int = 0
    idle: np.ndarray | None = None

    @property
    def tested(self) -> np.ndarray:
        """The rows that are scored, in order."""
        return self.of(TRAIN, VALID) if self.folds else self.of(TEST)

    @property
    def trials(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """(rows to learn from, rows to test) of each fold; of the split, where there are no folds."""
        if not self.folds:
            return [(self.of(TRAIN, VALID), self.of(TEST))]
        return [self.of_member(fold, self.folds) for fold in range(self.folds)]

    def of(self, *sides: int) -> np.ndarray:
        """The rows of one or several sides, in order."""
        return np.flatnonzero(np.isin(self.sides, sides))

    def groups_of(self, rows: np.ndarray) -> np.ndarray | None:
        return None if self.groups is None else self.groups[rows]

    def of_member(self, fold: int | None, folds: int) -> tuple[np.ndarray, np.ndarray]:
        """(train, valid) of a member: all but its fold, and its fold; the split's own where there are no folds."""
        if fold is None or not folds:
            return self.of(TRAIN), self.of(VALID)
        pool = self.of(TRAIN, VALID)
        each = folds_of(pool, self.hashes, self.groups, folds)
        train = pool[each != fold]
        return train if self.idle is None else train[~self.idle[train]], pool[each == fold]
