"""How errors fall with rows: floor + scale * rows ** -exponent, fitted to a few trainings, with what is unsure of it.

Errors of learners fall as a power of the rows toward a floor: Figueroa, Zeng-Treitler, Kandula, Ngo, "Predicting sample
size required for classification performance", BMC Medical Informatics and Decision Making 2012; Hestness et al., "Deep
learning scaling is predictable, empirically", 2017; with what is known against it: Viering, Loog, "The shape of
learning curves: a review", IEEE PAMI 2022. A handful of noisy trainings does not fix an exponent: a slow law with no
floor fits them as well as a fast one with a high floor. So no single law is told but many: each is fitted to errors
drawn anew within the noise of trainings (parametric bootstrap), for an exponent drawn among those that fit the errors
that were seen, in proportion to how well they do.

The noise of trainings is in proportion to the error, and is measured by how far they lie from the best law: both what
trainings on as many rows differ by and what no such law can follow is in it.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, Real

EXPONENTS = np.geomspace(0.1, 2.0, 31)
"""The plausible ones: of deep nets 0.07 to 0.35 (Hestness), 0.5 to 1 by theory, steeper where all is soon learned."""
DRAWS = 2000
PARAMETERS = 3
FEWEST_TRAININGS = PARAMETERS + 2


@dataclass(frozen=True)
class Laws:
    """Equally likely laws (draws,); noise: of each, the variance of a training as a share of its squared error; finest:
    the smallest error that counts in it."""

    floors: Float[np.ndarray, " draws"]
    scales: Float[np.ndarray, " draws"]
    exponents: Float[np.ndarray, " draws"]
    noise: Float[np.ndarray, " draws"]
    finest: float = 0.0

    def errors(self, rows: float | int) -> Float[np.ndarray, " draws"]:
        """That each law tells of so many rows."""
        return self.floors + self.scales * float(rows) ** -self.exponents

    def trainings(self, rows: float | int, seed: int = 1) -> Float[np.ndarray, " draws"]:
        """The error of one training on so many rows by each law, its noise with it."""
        errors = self.errors(rows)
        deviation = np.sqrt(self.noise) * np.maximum(np.abs(errors), self.finest)
        return errors + deviation * np.random.default_rng(seed).standard_normal(len(errors))


def fit_laws(
    rows: Int[np.ndarray, " trainings"],
    errors: Real[np.ndarray, " trainings"],
    *,
    lowest: float = 0.0,
    finest: float = 0.0,
    seed: int = 0,
) -> Laws:
    """Laws that may have led to the errors of trainings on so many rows: of five at least, on three sizes at least.

    lowest: no error is below it; finest: the smallest difference that there can be between two errors.
    """
    random, free = np.random.default_rng(seed), len(rows) - PARAMETERS
    level = _level(rows, errors, finest)
    seen = _fit(rows, errors[None], level, lowest)  # (1, exponents)
    misfit, best = seen.misfit[0], int(seen.misfit[0].argmin())
    variance = max(misfit[best] / free, (finest / level.max()) ** 2 / 12, 1e-18)
    noise = variance * free / random.chisquare(free, DRAWS)
    likely = np.exp((misfit[best] - misfit) / (2 * noise[:, None])).cumsum(1)
    chosen = (likely > random.random((DRAWS, 1)) * likely[:, -1:]).argmax(1)
    center = seen.floors[0, best] + seen.scales[0, best] * rows ** -EXPONENTS[best]
    away = np.sqrt(noise[:, None]) * np.maximum(np.abs(center), finest) * random.standard_normal((DRAWS, len(rows)))
    drawn = _fit(rows, errors + away, level, lowest)
    each = np.arange(DRAWS), chosen
    return Laws(drawn.floors[each], drawn.scales[each], EXPONENTS[chosen], noise, finest)


@dataclass(frozen=True)
class _Fits:
    """The best floor and scale for each drawing of the errors and each exponent, and the weighted squares left."""

    floors: Float[np.ndarray, "draws exponents"]
    scales: Float[np.ndarray, "draws exponents"]
    misfit: Float[np.ndarray, "draws exponents"]


def _fit(rows: np.ndarray, errors: np.ndarray, level: np.ndarray, lowest: float) -> _Fits:
    """Least squares of errors (draws, trainings), each as a share of its level; scale at least 0, floor at least the
    lowest: where one of them ends at its bound, the other is fitted with it there."""
    x = rows[:, None].astype(float) ** -EXPONENTS  # (trainings, exponents)
    weight = level**-2.0 / (level**-2.0).sum()
    mean_x, mean_y = weight @ x, (errors @ weight)[:, None]
    scales = np.maximum(((errors - mean_y) * weight) @ (x - mean_x) / (weight @ (x - mean_x) ** 2), 0.0)
    floors = mean_y - scales * mean_x
    if np.isfinite(lowest):
        through = np.maximum(((errors - lowest) * weight) @ x / (weight @ x**2), 0.0)
        scales, floors = np.where(floors < lowest, through, scales), np.maximum(floors, lowest)
    off = errors[:, :, None] - floors[:, None] - scales[:, None] * x
    return _Fits(floors, scales, np.einsum("t,dte->de", level**-2.0, off**2))


def _level(rows: np.ndarray, errors: np.ndarray, finest: float) -> np.ndarray:
    """(trainings,) how great an error of that many rows is: the mean of those that were seen."""
    level = np.array([abs(errors[rows == count].mean()) for count in rows])
    return np.maximum(level, max(finest, 1e-3 * level.max(), 1e-12))
