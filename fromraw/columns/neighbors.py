"""Whether numbers side by side are steps of one recording: neighbors then go together far more than shuffled ones."""

from dataclasses import dataclass

import numpy as np

FEWEST_STEPS = 8
_FEWEST_ROWS = 5
_SHUFFLES = 200


@dataclass(frozen=True)
class Neighbors:
    """together, shuffled, spread: mean correlation, over rows, of columns side by side; of the same columns shuffled,
    and its standard deviation from shuffle to shuffle. jumps: mean squared step from column to column, as a share of
    that of the shuffled."""

    together: float
    shuffled: float
    spread: float
    jumps: float

    @property
    def are_steps(self) -> bool:
        gain = self.together - self.shuffled
        return self.jumps < 0.5 and gain > 3 * self.spread and gain > 0.25 * (1 - self.shuffled)

    def in_words(self) -> str:
        return f"neighbors correlate {self.together:.2f}, shuffled {self.shuffled:.2f}"


def compare(values: np.ndarray) -> Neighbors | None:
    """Of (rows, steps) numbers; None where there are too few to tell. nan counts as the column's mean."""
    values = values[~np.isnan(values).all(1)]
    if len(values) < _FEWEST_ROWS or values.shape[1] < FEWEST_STEPS:
        return None
    means = np.nan_to_num(np.nanmean(np.where(np.isnan(values).all(0), 0, values), 0))
    values = np.where(np.isnan(values), means, values)
    centered = values - means
    norms = np.sqrt(np.square(centered).sum(0))
    correlation = (centered.T @ centered) / np.maximum(np.outer(norms, norms), 1e-300)
    random, steps = np.random.default_rng(0), values.shape[1]
    orders = np.array([random.permutation(steps) for _ in range(_SHUFFLES)])
    by_order = correlation[orders[:, :-1], orders[:, 1:]].mean(1)
    jumps = np.mean([np.square(np.diff(values[:, order], axis=1)).mean() for order in orders[:10]])
    return Neighbors(
        together=float(np.diagonal(correlation, 1).mean()),
        shuffled=float(by_order.mean()),
        spread=float(by_order.std()),
        jumps=float(np.square(np.diff(values, axis=1)).mean() / max(float(jumps), 1e-300)),
    )
