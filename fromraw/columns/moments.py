"""Mean, standard deviation and the like of numbers that come in batches, in float64, without holding them.

Batches are merged as in Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
variances", COMPSTAT 1982. Quantiles are those of evenly spaced rows, at most 65,536 of them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

_KEPT = 1 << 16
QUANTILES = np.linspace(0, 1, 101)


class Moments:
    """What is known of the finite numbers added so far. Those that are nan count as missing."""

    def __init__(self) -> None:
        self.rows = self.count = 0
        self.mean = self.squares = 0.0
        self.low, self.high = np.inf, -np.inf
        self.whole = True
        self.quantiles: list[float] = []
        self._kept, self._stride = np.zeros(0), 1

    def add(self, numbers: np.ndarray) -> None:
        """(n,) float64, nan where missing."""
        start, self.rows = self.rows, self.rows + len(numbers)
        self._keep(numbers[(-start) % self._stride :: self._stride])
        numbers = numbers[~np.isnan(numbers)]
        if not len(numbers):
            return
        mean, total = float(numbers.mean()), self.count + len(numbers)
        step = mean - self.mean
        self.squares += float(np.square(numbers - mean).sum()) + step * step * self.count * len(numbers) / total
        self.mean += step * len(numbers) / total
        self.count = total
        self.low, self.high = min(self.low, float(numbers.min())), max(self.high, float(numbers.max()))
        self.whole = self.whole and bool(np.all(numbers == np.round(numbers)))

    def _keep(self, numbers: np.ndarray) -> None:
        """Every `stride`-th row; half of them are let go when they become too many."""
        self._kept = np.concatenate([self._kept, numbers])
        while len(self._kept) > 2 * _KEPT:
            self._kept, self._stride = self._kept[::2], self._stride * 2

    @property
    def scale(self) -> float:
        """The standard deviation; 1 where it is 0 or not known."""
        deviation = float(np.sqrt(self.squares / self.count)) if self.count else 0.0
        return deviation if np.isfinite(deviation) and deviation > 1e-12 * abs(self.mean) else 1.0

    def outside(self, standardized: np.ndarray) -> list[tuple[int, str]]:
        """Places, and 'above' or 'below', of standardized numbers (n,) float32 beyond all that were added."""
        if not self.count:
            return []
        low, high = ((np.array([self.low, self.high]) - self.mean) / self.scale).astype(np.float32)
        beyond = np.flatnonzero((standardized < low) | (standardized > high))
        return [(int(place), "above" if standardized[place] > high else "below") for place in beyond]

    def state(self) -> dict[str, Any]:
        """JSON's values. missing: the share of rows."""
        kept = self._kept[~np.isnan(self._kept)]
        if len(kept):
            self.quantiles = np.quantile(kept, QUANTILES).tolist()
        return {
            "rows": self.rows,
            "count": self.count,
            "missing": 1 - self.count / self.rows if self.rows else 0.0,
            "mean": self.mean,
            "squares": self.squares,
            "low": self.low if self.count else None,
            "high": self.high if self.count else None,
            "whole": self.whole,
            "quantiles": self.quantiles,
        }

    def handed_on(self, ranges: bool) -> dict[str, Any]:
        """What `mean` and `scale` come from; with ranges the least and the greatest, which are numbers of rows."""
        kept = {"count": self.count, "mean": self.mean, "squares": self.squares}
        return {**kept, "low": self.low, "high": self.high} if ranges and self.count else kept

    @classmethod
    def of(cls, state: Mapping[str, Any]) -> "Moments":
        """What `state` or `handed_on` gave. No more can be added. Without a range, nothing is outside of it."""
        moments = cls()
        for name in ("count", "mean", "squares"):
            setattr(moments, name, state[name])
        for name in ("rows", "whole", "quantiles"):
            setattr(moments, name, state.get(name, getattr(moments, name)))
        if moments.count:
            moments.low, moments.high = state.get("low", -np.inf), state.get("high", np.inf)
        return moments
