"""Whether some rows are answered worse than the rest: by how much, and how likely chance makes as much of it.

Of zeros and ones by Fisher's exact test (Fisher, JRSS 1935), else by t with the variance of all rows, as if they were
dealt anew, and by Welch's (Biometrika 1947), whichever is more careful: a few rows that are alike hide how much rows
vary. Where rows come in groups, groups must bear it out too. Of several at once by Holm's steps,
weighted ("A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 1979).
"""

import math

import numpy as np
from scipy import stats

_FEW_GROUPS = 5
"""Groups, below which how they vary is taken from the rest alone."""


def gap(loss: np.ndarray, inside: np.ndarray) -> float:
    """By how much the mean loss inside is above that of the rest, in standard deviations of the rest; infinite where
    the rest does not vary."""
    some, rest = loss[inside], loss[~inside]
    step, spread = float(some.mean() - rest.mean()), float(rest.std())
    return step / spread if spread > 0 else math.copysign(math.inf, step) if step else 0.0


def deviations(loss: np.ndarray, inside: np.ndarray) -> float:
    """The same step in its standard errors: what candidates are ranked by."""
    some, rest = loss[inside], loss[~inside]
    error = loss.std() * math.sqrt(1 / len(some) + 1 / len(rest))
    return float((some.mean() - rest.mean()) / error) if error > 0 else 0.0


def chance(loss: np.ndarray, inside: np.ndarray, groups: np.ndarray | None = None) -> float:
    """How likely a step at least as high is, were all rows alike. loss: (n,), higher is worse; inside: (n,) bool;
    groups: (n,) of which rows are not independent."""
    by_row = _by_row(loss, inside)
    return by_row if groups is None else max(by_row, _by_group(loss, inside, groups))


def correct(chances: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(k,) the same chances, corrected for being some of so many: Holm's steps, where what is likelier to be found may
    be given more of the level. weights: (k,), above 0."""
    order = np.argsort(chances / weights, kind="stable")
    left = np.cumsum(weights[order][::-1])[::-1]
    corrected = np.empty(len(chances))
    corrected[order] = np.minimum(np.maximum.accumulate(chances[order] * left / weights[order]), 1.0)
    return corrected


def _by_row(loss: np.ndarray, inside: np.ndarray) -> float:
    some, rest = loss[inside], loss[~inside]
    if np.isin(loss, (0.0, 1.0)).all():
        return float(stats.hypergeom.sf(some.sum() - 1, len(loss), int(loss.sum()), len(some)))
    dealt = float(loss.var(ddof=1)) * (1 / len(some) + 1 / len(rest)), len(loss) - 2.0
    return max(_t(some, rest, dealt), _t(some, rest, _welch(some, rest)))


def _welch(some: np.ndarray, rest: np.ndarray) -> tuple[float, float]:
    """The squared error of the difference, and its degrees of freedom."""
    shares = [float(part.var(ddof=1)) / len(part) for part in (some, rest)]
    over = sum(s**2 / (len(part) - 1) for s, part in zip(shares, (some, rest), strict=True))
    return sum(shares), sum(shares) ** 2 / over if over > 0 else 1.0


def _t(some: np.ndarray, rest: np.ndarray, error: tuple[float, float]) -> float:
    square, freedom = error
    step = float(some.mean() - rest.mean())
    if square <= 0:
        return float(step <= 0)
    return float(stats.t.sf(step / math.sqrt(square), max(freedom, 1.0)))


def _by_group(loss: np.ndarray, inside: np.ndarray, groups: np.ndarray) -> float:
    """By how much groups vary: of their parts inside and outside, where several are inside; else of those outside."""
    some, rest = _means(loss[inside], groups[inside]), _means(loss[~inside], groups[~inside])
    if len(rest) < _FEW_GROUPS:
        return 1.0
    if len(some) < _FEW_GROUPS:
        square = float(rest.var(ddof=1)) * (1 / len(some) + 1 / len(rest))
        return _t(some, rest, (square, len(rest) - 1.0))
    _, unit = np.unique(groups, return_inverse=True)
    pull = np.where(inside, (loss - loss[inside].mean()) / inside.sum(), 0.0)
    pull -= np.where(inside, 0.0, (loss - loss[~inside].mean()) / (~inside).sum())
    units = np.bincount(unit, pull)
    sizes = np.bincount(unit[inside])
    worth = sizes.sum() ** 2 / (sizes.astype(float) ** 2).sum()
    square = float((units**2).sum()) * len(units) / (len(units) - 1)
    return _t(loss[inside], loss[~inside], (square, worth - 1))


def _means(loss: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """(groups,) each one's mean."""
    _, unit, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(unit, loss) / sizes)
