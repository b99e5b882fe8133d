"""95% intervals for test scores: how far a score may lie from what endless such rows would give.

One idea serves every score. Leave out each independent unit in turn (a row, or a whole group where rows come in
groups) and see how the score moves; that gives its variance, its skewness and, with a t quantile, an interval. It costs
one score a unit, resamples nothing, and holds for any score that changes smoothly with its rows. (Tukey, "Bias
and confidence in not quite large samples", Annals of Mathematical Statistics 1958; Efron and Stein, "The jackknife
estimate of variance", Annals of Statistics 1981.)

The interval's shape follows the score's bounds:

- Bounded on both sides, like accuracy or ROC AUC: Wilson's interval, for as many independent rows as would vary as
  much. It stays within the bounds, and has a width also where the score is perfect. (Wilson, "Probable inference, the
  law of succession, and statistical inference", JASA 1927; Kish, "Survey sampling", 1965, for the design effect; Korn
  and Graubard, "Confidence intervals for proportions with small expected number of positive counts estimated from
  survey data", Survey Methodology 1998, for both together.)
- Otherwise, like errors and log loss: t, stretched where the rows are skewed (Hall, "On the removal of skewness by
  transformation", JRSS B 1992), on a log scale toward a bound.

What they do not include: the variance of another training.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from jaxtyping import Bool, Float, Int, Real, Shaped
from scipy import stats

Score: TypeAlias = Callable[[np.ndarray], float]
Bounds: TypeAlias = tuple[float, float]

UNBOUNDED: Bounds = (-np.inf, np.inf)
_LEVEL = 0.975  # the upper end of 95%, both sides
_FEW_UNITS = 10
_MANY_ROWS, _BLOCKS, _BLOCKS_OF_MANY = 2_000, 200, 40  # scores computed at most, up to and above so many rows
_USUAL_CORRELATION = 0.1  # between rows of a group, assumed until misses tell otherwise
_LONGEST_STEP = 3.0  # away from a bound on a log scale: 20 times as far, where few units would send it to infinity


@dataclass(frozen=True)
class Interval:
    """A score and the 95% interval around it; `units` counts the rows, or groups, that are independent."""

    value: float
    low: float
    high: float
    method: str
    units: int

    @property
    def too_few(self) -> bool:
        """True under 10 independent units, where no interval says much."""
        return self.units < _FEW_UNITS

    def through(self, function: Callable[[float], float]) -> "Interval":
        """The interval of a rising function of the score, as rmse is the root of the mean squared error."""
        value, low, high = (float(function(number)) for number in (self.value, self.low, self.high))
        return replace(self, value=value, low=low, high=high)


def share_interval(hits: Bool[np.ndarray, " rows"], groups: Shaped[np.ndarray, " rows"] | None = None) -> Interval:
    """The share of rows that are hits, as accuracy: Wilson's interval, by groups for as many rows as they are worth."""
    if groups is not None or not len(hits):
        return mean_interval(hits, groups=groups, bounds=(0.0, 1.0))
    share = float(hits.mean())
    low, high = _wilson(share, float(len(hits)), float(stats.norm.ppf(_LEVEL)))
    return Interval(share, min(low, share), max(high, share), "Wilson", len(hits))


def mean_interval(
    values: Shaped[np.ndarray, " rows"],
    weights: Real[np.ndarray, " rows"] | None = None,
    groups: Shaped[np.ndarray, " rows"] | None = None,
    *,
    bounds: Bounds = UNBOUNDED,
) -> Interval:
    """The weighted mean of a value per row (a ratio of sums).

    `bounds` are those of the values, as (0, inf) for errors.
    """
    group, sizes = _number_groups(groups, len(values))
    weights = np.ones(len(values)) if weights is None else weights
    totals = np.bincount(group, values * weights, minlength=len(sizes))
    weight = np.bincount(group, weights, minlength=len(sizes))
    with np.errstate(invalid="ignore", divide="ignore"):
        value = totals.sum() / weight.sum()
        left_out = value - (totals - value * weight) / (weight.sum() - weight)
    return _interval(float(value), left_out, weight, _Rows(sizes), bounds)


def score_interval(
    score: Score,
    rows: int,
    groups: Shaped[np.ndarray, " rows"] | None = None,
    *,
    bounds: Bounds = UNBOUNDED,
    rests_on: float | int | None = None,
    seed: int = 0,
) -> Interval:
    """Any score of a set of rows.

    `score` gets the indices of the rows that count; it may give NaN, or raise ValueError, where it is undefined.
    It is called at most 201 times, 41 above 2,000 rows: units are then dealt to blocks, by `seed`, and blocks left out.
    A score that is undefined without one of them, as ROC AUC without its only positive row, is known no better than
    its bounds. `rests_on` says how many rows a perfect score rests on where they are fewer than all: for ROC AUC, those
    of the rarer class. Not for medians, which do not change smoothly: see `median_interval`.
    """
    group, sizes = _number_groups(groups, rows)
    block = _deal_blocks(len(sizes), rows, seed)[group]
    value = _score_or_nan(score, np.arange(rows))
    left_out = _leave_out(score, block)
    return _interval(value, left_out, np.bincount(block, minlength=len(left_out)), _Rows(sizes, rests_on), bounds)


def leave_out(
    score: Score, rows: int, groups: Shaped[np.ndarray, " rows"] | None = None, *, seed: int = 0
) -> Float[np.ndarray, " blocks"]:
    """A score without each independent unit in turn, or without blocks of them where they are many: of systems that are
    tested on the same rows, how their scores vary together."""
    group, sizes = _number_groups(groups, rows)
    return _leave_out(score, _deal_blocks(len(sizes), rows, seed)[group])


def _leave_out(score: Score, block: Int[np.ndarray, " rows"]) -> Float[np.ndarray, " blocks"]:
    blocks = int(block.max(initial=-1)) + 1
    return np.array([_score_or_nan(score, np.flatnonzero(block != left)) for left in range(blocks)])


def median_interval(values: Real[np.ndarray, " rows"], groups: Shaped[np.ndarray, " rows"] | None = None) -> Interval:
    """The median of a value per row: the interval of the share of rows below it, read off the sorted values.

    Woodruff, "Confidence intervals for medians and other position measures", JASA 1952.
    """
    if not len(values):
        return _undefined(0)
    median = float(np.median(values))
    below = mean_interval((values < median) + 0.5 * (values == median), groups=groups, bounds=(0.0, 1.0))
    low, high = np.quantile(values, [below.low, below.high], method="inverted_cdf")
    return Interval(median, min(float(low), median), max(float(high), median), "Woodruff", below.units)


def paired_difference(
    a: Shaped[np.ndarray, " rows"],
    b: Shaped[np.ndarray, " rows"],
    groups: Shaped[np.ndarray, " rows"] | None = None,
    *,
    bounds: Bounds | None = None,
) -> Interval:
    """The mean of `a` less that of `b` on the same rows; of hits (bool), the difference of two accuracies."""
    if bounds is None:
        bounds = (-1.0, 1.0) if a.dtype == b.dtype == bool else UNBOUNDED
    return mean_interval(a.astype(float) - b.astype(float), groups=groups, bounds=bounds)


def score_difference(
    score_a: Score,
    score_b: Score,
    rows: int,
    groups: Shaped[np.ndarray, " rows"] | None = None,
    *,
    bounds: Bounds = UNBOUNDED,
    rests_on: float | int | None = None,
    seed: int = 0,
) -> Interval:
    """One system's score less another's, on the same rows and left-out rows; `bounds` are those of one score."""
    span = bounds[1] - bounds[0]

    def difference(chosen: np.ndarray) -> float:
        return score_a(chosen) - score_b(chosen)

    return score_interval(difference, rows, groups, bounds=(-span, span), rests_on=rests_on, seed=seed)


@dataclass(frozen=True)
class _Rows:
    """How the rows come: the number in each independent unit, and how many a score rests on where they are fewer."""

    sizes: Int[np.ndarray, " units"]
    rests_on: float | int | None = None

    @property
    def number(self) -> float:
        return float(self.sizes.sum() if self.rests_on is None else self.rests_on)

    @property
    def usual_effect(self) -> float:
        return usual_effect(self.sizes)


def usual_effect(sizes: Int[np.ndarray, " units"]) -> float:
    """The design effect of groups of these sizes under the usual correlation: rows held for one independent row."""
    return 1 + (float(sizes @ sizes / sizes.sum()) - 1) * _USUAL_CORRELATION


@dataclass(frozen=True)
class _Spread:
    """How a score varies with its units: its standard error, its skewness, and the t quantile for so many units."""

    error: float
    skewness: float
    quantile: float


def _interval(
    value: float,
    left_out: Float[np.ndarray, " blocks"],
    weight: Real[np.ndarray, " blocks"],
    rows: _Rows,
    bounds: Bounds,
) -> Interval:
    """The interval of a score, from its values with each block left out and the weight of each block."""
    units = len(rows.sizes)
    if not np.isfinite(value):
        return _undefined(units)
    if len(left_out) < 2 or not np.isfinite(left_out).all():
        return Interval(value, *bounds, "bounds: the score hangs on one unit", units)
    spread = _measure_spread(left_out, weight)
    if np.isfinite(bounds).all():
        method, (low, high) = "jackknife, Wilson", _between_bounds(value, spread, rows, bounds)
    else:
        method, (low, high) = "jackknife, t", _beyond_bounds(value, spread, rows, bounds)
    return Interval(value, min(low, value), max(high, value), method, units)


def _measure_spread(left_out: Float[np.ndarray, " blocks"], weight: Real[np.ndarray, " blocks"]) -> _Spread:
    """The jackknife's variance and skewness, and t for as many equal blocks as the unequal ones are worth (Kish)."""
    pull = left_out.mean() - left_out
    pull[np.abs(pull) < 1e-12 * np.abs(left_out).max()] = 0.0  # rounding is no spread
    squares = float(pull @ pull)
    skewness = float((pull**3).sum()) / squares**1.5 if squares else 0.0
    equal_blocks = weight.sum() ** 2 / float((weight.astype(float) ** 2).sum())
    quantile = float(stats.t.ppf(_LEVEL, max(equal_blocks - 1, 1)))
    return _Spread(float(np.sqrt((1 - 1 / len(pull)) * squares)), skewness, quantile)


def _between_bounds(value: float, spread: _Spread, rows: _Rows, bounds: Bounds) -> Bounds:
    """Wilson's interval for the independent rows that would vary as much as the score does.

    The design effect (rows held for one independent row) is measured well only where many rows miss, so the usual
    one counts as one miss more. For a difference in (-1, 1) that adds the variance of two rows, one won by each system,
    as do Bonett and Price, "Adjusted Wald confidence interval for a difference of binomial proportions based on paired
    data", Journal of Educational and Behavioral Statistics 2012.
    """
    span = bounds[1] - bounds[0]
    share = min(max((value - bounds[0]) / span, 0.0), 1.0)
    misses = rows.number * min(share, 1 - share)
    measured = rows.number * (spread.error / span) ** 2 / (share * (1 - share)) if misses else 0.0
    effect = (misses * measured + rows.usual_effect) / (misses + 1)
    low, high = _wilson(share, rows.number / effect, spread.quantile)
    return bounds[0] + span * low, bounds[0] + span * high


def _beyond_bounds(value: float, spread: _Spread, rows: _Rows, bounds: Bounds) -> Bounds:
    """Student's t, or Hall's correction for skewness or t of the log where they reach further; toward a bound, the log.

    On the bound nothing tells how far to reach: as far as Wilson's interval of a perfect share does, in the score's
    unit.
    """
    down, up = (max(spread.quantile, quantile) * spread.error for quantile in _skewed_quantiles(spread))
    low, high = value - down, value + up
    if np.isfinite(bounds[0]):
        low, away = _step_by_log(bounds[0], value, spread.quantile * spread.error)
        high = max(high, away)
    if np.isfinite(bounds[1]):
        high, away = _step_by_log(bounds[1], value, spread.quantile * spread.error)
        low = min(low, away)
    pad = _wilson(0.0, rows.number / rows.usual_effect, spread.quantile)[1]
    return (low - pad if value == bounds[1] else low), (high + pad if value == bounds[0] else high)


def _skewed_quantiles(spread: _Spread) -> tuple[float, float]:
    """How many standard errors to go down and up, by Hall's cubic transformation; t's own where nothing is skewed."""
    skewness, ends = spread.skewness, np.array([spread.quantile, -spread.quantile])
    if abs(skewness) > 1e-6:
        ends = 3 / skewness * (np.cbrt(1 + skewness * (ends - skewness / 6)) - 1)
    return float(ends[0]), -float(ends[1])


def _step_by_log(bound: float, value: float, distance: float) -> tuple[float, float]:
    """Toward the bound and away from it, by a distance on a log scale: the bound is never passed."""
    gap = value - bound
    if gap == 0:
        return value, value
    step = distance / abs(gap)
    return bound + gap * float(np.exp(-step)), bound + gap * float(np.exp(min(step, _LONGEST_STEP)))


def _wilson(share: float, rows: float, quantile: float) -> Bounds:
    """Wilson's interval of a share of independent rows."""
    extra = quantile**2 / rows
    half = np.sqrt(extra * (share * (1 - share) + extra / 4))
    low, high = (share + extra / 2 - half) / (1 + extra), (share + extra / 2 + half) / (1 + extra)
    return max(float(low), 0.0), min(float(high), 1.0)


def _number_groups(
    groups: Shaped[np.ndarray, " rows"] | None, rows: int
) -> tuple[Int[np.ndarray, " rows"], Int[np.ndarray, " units"]]:
    """Each row's unit, counted from 0, and each unit's rows; without groups every row is its own."""
    if groups is None:
        return np.arange(rows), np.ones(rows, dtype=int)
    if len(groups) != rows:
        raise ValueError(f"groups must name one group a row, {rows} in all, got {len(groups)}.")
    _, group, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    return group, sizes


def _deal_blocks(units: int, rows: int, seed: int) -> Int[np.ndarray, " units"]:
    """Each unit's block: its own where units are few enough, else units are dealt at random to equally many."""
    blocks = _BLOCKS if rows <= _MANY_ROWS else _BLOCKS_OF_MANY
    if units <= blocks:
        return np.arange(units)
    return np.random.default_rng(seed).permutation(np.arange(units) % blocks)


def _score_or_nan(score: Score, rows: Int[np.ndarray, " some"]) -> float:
    """The score of some rows; NaN where there is none or the score refuses them."""
    try:
        return float(score(rows)) if len(rows) else float("nan")
    except ValueError:
        return float("nan")


def _undefined(units: int) -> Interval:
    return Interval(float("nan"), float("nan"), float("nan"), "undefined", units)
