"""What more rows would bring: a score's learning curve by size, and by how much it should gain when rows double.

What is told is a prediction: of the score that a training on twice the rows would get on the same tested rows, less the
mean of those that were trained on all rows. The noise of trainings is in it, whatever the exponent may be too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from fromraw.decoders.base import Score
from fromraw.evaluation.power_law import FEWEST_TRAININGS, Laws, fit_laws

FEWEST_SIZES = 3
ENDS = (0.025, 0.5, 0.975)
BAND = 25
"""Places at which the law is told for a figure."""


@dataclass(frozen=True)
class Trained:
    """One training: how many times the rows were halved, how many were left, the score with its interval, and the score
    without each block of the tested rows in turn."""

    halvings: int
    rows: int
    value: float
    low: float
    high: float
    left_out: Sequence[float]


@dataclass(frozen=True)
class SizeScore:
    """The mean of the trainings on so many rows; low and high: the mean ends of their intervals, by tested rows."""

    rows: int
    trainings: int
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Gain:
    """By how much the score is better (above 0 is better, also for errors) on `rows` than on half of them; low and
    high: of 95% of trainings."""

    rows: int
    low: float
    value: float
    high: float


@dataclass(frozen=True)
class Outlook:
    """sizes: by rows; gained: by the last doubling that was tried; next: by one more, None where too few were
    tried; law: the median floor, scale and exponent, of errors; band: [rows, low, middle, high] of scores; expected:
    the most that the law may gain, the noise of a training left aside; seen: the smallest gain that the tested rows
    can show, None where more training may yet bring one."""

    score: str
    sizes: list[SizeScore]
    gained: float | None = None
    next: Gain | None = None
    law: Mapping[str, float] | None = None
    band: Sequence[Sequence[float]] = ()
    expected: float | None = None
    seen: float | None = None

    @property
    def is_exhausted(self) -> bool:
        """Whether more rows would hardly help: what they may bring is less than tested rows could show."""
        return self.expected is not None and self.seen is not None and self.expected < self.seen

    def plain(self) -> dict[str, Any]:
        """As curve.json holds it."""
        return asdict(self)

    @classmethod
    def read(cls, plain: Mapping[str, Any]) -> "Outlook":
        """From what `plain` gave."""
        sizes = [SizeScore(**size) for size in plain["sizes"]]
        return cls(**{**plain, "sizes": sizes, "next": Gain(**plain["next"]) if plain["next"] else None})


def look_ahead(score: Score, trained: Sequence[Trained], tested: int) -> Outlook:
    """From the trainings on all rows and on parts of them; tested: rows that the score is of."""
    by_size = {halvings: [t for t in trained if t.halvings == halvings] for halvings in {t.halvings for t in trained}}
    sizes = sorted((_mean(several) for several in by_size.values()), key=lambda size: size.rows)
    if len(sizes) < 2:
        return Outlook(score.name, sizes)
    better = 1.0 if score.higher_is_better else -1.0
    gained = better * (sizes[-1].value - sizes[-2].value)
    if len(sizes) < FEWEST_SIZES or len(trained) < FEWEST_TRAININGS:
        return Outlook(score.name, sizes, gained)
    form, laws = _Errors(score), _laws(score, by_size, tested)
    whole = sizes[-1].rows
    doubled = form.error(sizes[-1].value) - laws.trainings(2 * whole)
    low, middle, high = (float(end) for end in np.quantile(doubled, ENDS))
    expected = float(np.quantile(laws.errors(whole) - laws.errors(2 * whole), ENDS[-1]))
    law = {name: float(np.median(getattr(laws, f"{name}s"))) for name in ("floor", "scale", "exponent")}
    band = [_told(form, laws, rows) for rows in np.geomspace(sizes[0].rows, 2 * whole, BAND)]
    return Outlook(score.name, sizes, gained, Gain(2 * whole, low, middle, high), law, band, expected,
                   _seen(by_size))  # fmt: skip


@dataclass(frozen=True)
class _Errors:
    """A score as an error, which falls toward `lowest`: what is missing to the best that there is."""

    score: Score

    @property
    def best(self) -> float:
        end = self.score.bounds[1 if self.score.higher_is_better else 0]
        return end if np.isfinite(end) else 0.0

    @property
    def lowest(self) -> float:
        """0, or no bound where there is no best."""
        return 0.0 if np.isfinite(self.score.bounds[1 if self.score.higher_is_better else 0]) else -np.inf

    def error(self, value: Any) -> Any:
        return self.best - value if self.score.higher_is_better else value - self.best

    def value(self, error: Any) -> Any:
        return self.best - error if self.score.higher_is_better else self.best + error


def _mean(several: Sequence[Trained]) -> SizeScore:
    ends = np.array([[t.value, t.low, t.high] for t in several], float)  # what has no bound is null in curve.json
    value, low, high = map(float, ends.mean(0))
    return SizeScore(round(float(np.mean([t.rows for t in several]))), len(several), value, low, high)


def _laws(score: Score, by_size: Mapping[int, Sequence[Trained]], tested: int) -> Laws:
    form = _Errors(score)
    rows = np.array([_mean(several).rows for several in by_size.values() for _ in several])
    errors = np.array([form.error(t.value) for several in by_size.values() for t in several])
    finest = 1 / tested if score.as_ == "share" else 0.0
    return fit_laws(rows, errors, lowest=form.lowest, finest=finest)


def _told(form: _Errors, laws: Laws, rows: float | int) -> list[float]:
    """[rows, low, middle, high] of the score of one training on so many rows."""
    low, middle, high = np.quantile(form.value(laws.trainings(rows)), ENDS)
    return [round(float(rows), 1), float(low), float(middle), float(high)]


def _seen(by_size: Mapping[int, Sequence[Trained]]) -> float:
    """Half the 95% interval of the last doubling's gain by the tested rows, which both sizes share (jackknife)."""
    first, second = (np.array([t.left_out for t in by_size[key]], float).mean(0) for key in sorted(by_size)[:2])
    pull = (first.mean() - first) - (second.mean() - second)
    error = float(np.sqrt((1 - 1 / len(pull)) * (pull @ pull)))
    return float(stats.t.ppf(ENDS[-1], max(1, len(pull) - 1))) * error
