"""What one thing tells of the answer by itself, judged on rows that it was not learned from.

A thing is a number a row (float64, nan where missing) or a category a row (int64). The rule that is learned from it is
a small one: a tree of few leaves, counts, a rising or falling curve. Rows are dealt to folds by their contents, groups
whole, so what was learned by heart counts for nothing. (Stone, "Cross-validatory choice and assessment of statistical
predictions", JRSS B 1974.)
"""

from collections.abc import Iterator

import numpy as np
from scipy import stats
from sklearn.isotonic import IsotonicRegression
from sklearn.metrics import roc_auc_score
from sklearn.tree import DecisionTreeClassifier

from fromraw.describing.dataset import DataSet
from fromraw.splits import folds_of

FOLDS = 4
_LEAVES = 8
"""Of a tree, at least; two for each category where that is more."""


def deal(dataset: DataSet, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) each row's fold, and (n,) its independent unit: its group, or its copies and itself."""
    split, hashes = dataset.split, dataset.survey.hashes
    units = hashes[rows] if split.groups is None else split.groups[rows]
    return folds_of(rows, hashes, split.groups, FOLDS), np.unique(units, return_inverse=True)[1]


def chances(thing: np.ndarray, answer: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(n, K) cross-fitted probabilities of the categories, of which `answer` (n,) has 0 to K - 1."""
    told = np.zeros((len(answer), int(answer.max(initial=0)) + 1))
    learn = _by_tree if thing.dtype.kind == "f" else _by_counts
    for train, rest in _parted(fold):
        told[rest] = learn(thing[train], answer[train], thing[rest], told.shape[1])
    return told


def guesses(thing: np.ndarray, answer: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(n,) cross-fitted numbers for a numeric `answer` (n,); of a number the best of a line and a monotone curve."""
    learners = (_by_line, _by_curve) if thing.dtype.kind == "f" else (_by_means,)
    told = np.zeros((len(learners), len(answer)))
    for train, rest in _parted(fold):
        for guess, learn in zip(told, learners, strict=True):
            guess[rest] = learn(thing[train], answer[train], thing[rest])
    return told[np.abs(told - answer).mean(1).argmin()]


def most_misses(share: float, units: int, level: float) -> float:
    """The share of misses that so many independent rows do not rule out: the upper bound of Clopper and Pearson, "The
    use of confidence or fiducial limits illustrated in the case of the binomial", Biometrika 1934."""
    hits = units * (1 - share)
    return float(stats.beta.ppf(1 - level, units * share + 1, hits)) if hits > 0 else 1.0


def along(thing: np.ndarray, is_one: np.ndarray, fold: np.ndarray) -> np.ndarray:
    """(n,) the numbers themselves, turned round where more of it means less of `is_one` in the other folds; nan in the
    middle. What a net that takes to it gradually would make of it, for which fewer rows are enough than for a tree."""
    missing = np.isnan(thing)
    rank = stats.rankdata(np.where(missing, np.nanmedian(thing) if not missing.all() else 0.0, thing))
    told = np.zeros(len(thing))
    for train, rest in _parted(fold):
        falls = rank[train][is_one[train]].sum() < rank[train].mean() * is_one[train].sum()
        told[rest] = len(rank) - rank[rest] if falls else rank[rest]
    return told


def told_apart(chance: np.ndarray, is_one: np.ndarray, unit: np.ndarray, level: float) -> tuple[float, float, float]:
    """ROC AUC of `chance` (n,) for `is_one` (n,) bool, with an interval that misses on each side with this probability.

    Wilson's interval for as many rows as would vary as much: Hanley and McNeil, "The meaning and use of the area under
    a receiver operating characteristic curve", Radiology 1982, for the variance.
    """
    area = float(roc_auc_score(is_one, chance))
    ones, others = len(np.unique(unit[is_one])), len(np.unique(unit[~is_one]))
    a = min(max(area, 1 - area), 1 - 1e-6)
    variance = a * (1 - a) + (ones - 1) * (a / (2 - a) - a**2) + (others - 1) * (2 * a**2 / (1 + a) - a**2)
    extra = float(stats.norm.ppf(1 - level)) ** 2 * variance / (ones * others) / (a * (1 - a))
    half = np.sqrt(extra * (area * (1 - area) + extra / 4))
    return area, float((area + extra / 2 - half) / (1 + extra)), float((area + extra / 2 + half) / (1 + extra))


def _parted(fold: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    for number in np.unique(fold):
        if not (fold == number).all():
            yield np.flatnonzero(fold != number), np.flatnonzero(fold == number)


def _by_tree(thing: np.ndarray, answer: np.ndarray, asked: np.ndarray, categories: int) -> np.ndarray:
    tree = DecisionTreeClassifier(max_leaf_nodes=max(_LEAVES, 2 * categories), min_samples_leaf=2, random_state=0)
    tree.fit(thing[:, None], answer)
    told = np.zeros((len(asked), categories))
    told[:, tree.classes_] = tree.predict_proba(asked[:, None])
    return told


def _by_counts(thing: np.ndarray, answer: np.ndarray, asked: np.ndarray, categories: int) -> np.ndarray:
    counts = np.zeros((int(max(thing.max(initial=0), asked.max(initial=0))) + 1, categories))
    np.add.at(counts, (thing, answer), 1)
    counts += np.bincount(answer, minlength=categories) / len(answer)
    return (counts / counts.sum(1, keepdims=True))[asked]


def _by_means(thing: np.ndarray, answer: np.ndarray, asked: np.ndarray) -> np.ndarray:
    size = int(max(thing.max(initial=0), asked.max(initial=0))) + 1
    count, total = np.bincount(thing, minlength=size), np.bincount(thing, answer, minlength=size)
    return np.where(count > 0, total / np.maximum(count, 1), answer.mean())[asked]


def _by_line(thing: np.ndarray, answer: np.ndarray, asked: np.ndarray) -> np.ndarray:
    middle, spread = thing.mean(), thing.std() or 1.0
    slope, offset = np.polyfit((thing - middle) / spread, answer, 1)
    return slope * (asked - middle) / spread + offset


def _by_curve(thing: np.ndarray, answer: np.ndarray, asked: np.ndarray) -> np.ndarray:
    rising = stats.spearmanr(thing, answer).statistic >= 0
    return IsotonicRegression(increasing=bool(rising), out_of_bounds="clip").fit(thing, answer).predict(asked)
