"""Intervals hold what 95% promises; run as a script with a number of data sets a cell, this prints the coverage."""

import math
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from fromraw.evaluation.intervals import (
    Interval,
    mean_interval,
    median_interval,
    paired_difference,
    score_difference,
    score_interval,
    share_interval,
)

ERRORS = (0.0, math.inf)
SHARE = (0.0, 1.0)


def roc_auc(truth: np.ndarray, answer: np.ndarray) -> float:
    """The share of pairs in order (Mann and Whitney 1947), for answers without ties; NaN without both classes."""
    positives = int(truth.sum())
    pairs = positives * (len(truth) - positives)
    ranks_of_positives = np.flatnonzero(truth[np.argsort(answer)]) + 1
    return (ranks_of_positives.sum() - positives * (positives + 1) / 2) / pairs if pairs else math.nan


def macro_f1(truth: np.ndarray, answer: np.ndarray, classes: int = 3) -> float:
    table = np.bincount(truth * classes + answer, minlength=classes**2).reshape(classes, classes)
    rows = table.sum(0) + table.sum(1)
    return float((2 * np.diag(table)[rows > 0] / rows[rows > 0]).mean())


# Hand-worked and known values


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [
        # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 1998, table I
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_a_share_of_independent_rows_has_wilsons_interval(hits, rows, low, high):
    interval = share_interval(np.arange(rows) < hits)
    assert interval.value == hits / rows
    assert (round(interval.low, 4), round(interval.high, 4)) == (low, high)


def test_a_mean_of_symmetric_values_has_students_interval():
    interval = mean_interval(np.array([1.0, 2.0, 3.0, 4.0, 5.0]))
    half = 2.776445 * math.sqrt(2.5 / 5)  # t of 4 degrees of freedom, variance 2.5
    assert interval.value == 3
    assert (interval.low, interval.high) == pytest.approx((3 - half, 3 + half))


def test_a_mean_by_equal_groups_is_the_mean_of_their_means():
    values, groups = np.array([0.0, 2.0, 1.0, 3.0, 2.0, 4.0]), np.array(list("aabbcc"))
    by_group, of_means = mean_interval(values, groups=groups), mean_interval(np.array([1.0, 2.0, 3.0]))
    assert (by_group.value, by_group.low, by_group.high) == pytest.approx((of_means.value, of_means.low, of_means.high))
    assert by_group.units == 3


def test_a_score_that_is_a_mean_has_the_means_interval():
    values = np.random.default_rng(0).lognormal(size=50)
    assert score_interval(lambda rows: values[rows].mean(), 50).low == pytest.approx(mean_interval(values).low)
    assert score_interval(lambda rows: values[rows].mean(), 50).high == pytest.approx(mean_interval(values).high)


def test_weights_count_as_repeated_rows_of_one_group():
    weighted = mean_interval(np.array([1.0, 5.0, 2.0]), weights=np.array([2, 1, 3]))
    repeated = mean_interval(np.array([1.0, 1, 5, 2, 2, 2]), groups=np.array([0, 0, 1, 2, 2, 2]))
    assert (weighted.value, weighted.low, weighted.high) == pytest.approx((repeated.value, repeated.low, repeated.high))


# Promises


@pytest.mark.parametrize("rows", [2, 9, 30, 300, 3000])
@pytest.mark.parametrize("grouped", [False, True])
def test_low_value_and_high_stand_in_order_and_within_bounds(rows, grouped):
    random = np.random.default_rng(rows)
    hits, errors = random.random(rows) < 0.9, random.lognormal(size=rows)
    groups = random.integers(0, max(2, rows // 5), rows) if grouped else None
    for interval, (lowest, highest) in [
        (share_interval(hits, groups), SHARE),
        (mean_interval(errors, groups=groups, bounds=ERRORS), ERRORS),
        (score_interval(lambda chosen: hits[chosen].mean() ** 2, rows, groups, bounds=SHARE), SHARE),
        (median_interval(errors, groups), ERRORS),
        (paired_difference(hits, errors < 2, groups), (-1, 1)),
    ]:
        assert lowest <= interval.low <= interval.value <= interval.high <= highest


def test_the_order_of_rows_and_the_names_of_groups_change_nothing():
    random = np.random.default_rng(1)
    truth, answer, groups = random.random(90) < 0.4, random.random(90), random.integers(0, 20, 90)
    shuffled, names = random.permutation(90), random.permutation(20).astype(str)

    def ends(truth, answer, groups):
        of_auc = score_interval(lambda i: roc_auc(truth[i], answer[i]), 90, groups, bounds=SHARE)
        of_mean = mean_interval(answer, groups=groups)
        of_share = share_interval(truth, groups)
        return [of_auc.low, of_auc.high, of_mean.low, of_mean.high, of_share.low, of_share.high]

    again = ends(truth[shuffled], answer[shuffled], names[groups[shuffled]])
    assert again == pytest.approx(ends(truth, answer, groups))


@pytest.mark.parametrize("rows", [30, 3000])
def test_a_perfect_score_is_not_certain(rows):
    truth = np.arange(rows) % 3 == 0
    for groups in (None, np.arange(rows) // 2):
        perfect = [
            share_interval(truth == truth, groups),
            score_interval(lambda i: roc_auc(truth[i], truth[i] + i / rows / 2), rows, groups, bounds=SHARE),
            score_interval(lambda i: 1 - np.square(0.0 * i).mean(), rows, groups, bounds=(-math.inf, 1.0)),
        ]
        assert all(interval.value == interval.high == 1 for interval in perfect)
        assert all(2 / rows < 1 - interval.low < 7 / rows for interval in perfect)  # the rule of three: 3 / rows
        no_loss = score_interval(lambda i: 0.0, rows, groups, bounds=ERRORS)
        assert no_loss.low == no_loss.value == 0 < 2 / rows < no_loss.high < 7 / rows


def test_systems_that_always_agree_may_still_differ():
    hits = np.arange(100) % 4 > 0
    agree = paired_difference(hits, hits)
    assert agree.low == pytest.approx(-agree.high)
    assert 0.02 < agree.high < 0.06


def test_a_perfect_score_of_one_rare_class_is_as_uncertain_as_that_class():
    truth = np.arange(1000) < 5
    interval = score_interval(lambda i: roc_auc(truth[i], 1.0 - i / 1000), 1000, bounds=SHARE, rests_on=5)
    assert interval.low == pytest.approx(share_interval(np.ones(5, dtype=bool)).low, abs=0.01)


def test_a_score_that_hangs_on_one_row_or_group_is_unknown():
    truth, answer = np.arange(30) == 4, np.arange(30.0)
    interval = score_interval(lambda i: roc_auc(truth[i], answer[i]), 30, bounds=SHARE)
    assert (interval.low, interval.high) == SHARE
    one_group = share_interval(answer > 3, np.zeros(30))
    assert (one_group.low, one_group.high) == SHARE


def test_no_rows_or_an_undefined_score_have_no_interval():
    def refuse(rows):
        raise ValueError("only one class")

    nothing = [share_interval(np.zeros(0, dtype=bool)), mean_interval(np.zeros(0)), median_interval(np.zeros(0))]
    for interval in [*nothing, score_interval(refuse, 9), score_interval(refuse, 0)]:
        assert np.isnan([interval.value, interval.low, interval.high]).all()


def test_under_ten_groups_are_too_few_however_many_rows():
    hits = np.arange(900) % 7 > 0
    assert share_interval(hits, np.arange(900) % 9).too_few
    assert not share_interval(hits, np.arange(900) % 10).too_few
    assert not share_interval(hits).too_few


def test_pairing_narrows_the_difference_of_like_systems():
    random = np.random.default_rng(2)
    errors = random.lognormal(size=200)
    others = errors + 0.1 + 0.05 * random.normal(size=200)
    difference = paired_difference(others, errors)
    assert difference.low < 0.1 < difference.high
    assert difference.high - difference.low < 0.02
    same_by_score = score_difference(lambda i: others[i].mean(), lambda i: errors[i].mean(), 200)
    assert (same_by_score.low, same_by_score.high) == pytest.approx((difference.low, difference.high))


def test_the_root_of_a_mean_square_has_the_roots_of_its_ends():
    squares = mean_interval(np.square(np.random.default_rng(3).normal(size=40)), bounds=ERRORS)
    root = squares.through(math.sqrt)
    assert (root.value**2, root.low**2, root.high**2) == pytest.approx((squares.value, squares.low, squares.high))


def test_scores_are_computed_a_bounded_number_of_times():
    for rows, at_most in [(200, 201), (2_000, 201), (30_000, 41)]:
        calls = []
        score_interval(lambda chosen, calls=calls: calls.append(0) or chosen.mean(), rows)
        assert len(calls) == at_most


def test_groups_must_name_one_group_a_row():
    with pytest.raises(ValueError, match="one group a row, 10 in all, got 9"):
        score_interval(lambda rows: 1.0, 10, np.arange(9))


# Coverage. A cell: how rows come (independent, or in unequal groups that share a part of the variance), and how good.

Cell = tuple[str, int, float, float]  # "rows" or "groups", how many, correlation within groups, how good


def cells(levels: tuple[float, ...] = (0.6, 0.8, 0.9, 0.97)) -> Iterator[Cell]:
    for level in levels:
        yield from (("rows", rows, 0.0, level) for rows in (30, 120, 1000))
        yield from (("groups", groups, shared, level) for groups in (12, 30, 100) for shared in (0.05, 0.2))


def draw_groups(kind: str, number: int, random: np.random.Generator) -> np.ndarray:
    """Each row's group: rows alone, or groups of very unequal sizes, 12 rows on average (most 2 to 40)."""
    if kind == "rows":
        return np.arange(number)
    sizes = np.maximum(1, np.round(12 * random.lognormal(-0.32, 0.8, number))).astype(int)
    return np.repeat(np.arange(number), sizes)


def draw_normal(groups: np.ndarray, shared: float, random: np.random.Generator) -> np.ndarray:
    """Standard normal numbers, of which rows of a group share a part of the variance."""
    of_groups = random.normal(size=groups[-1] + 1)[groups]
    return math.sqrt(shared) * of_groups + math.sqrt(1 - shared) * random.normal(size=len(groups))


def draw_hits(groups: np.ndarray, shared: float, share: float, random: np.random.Generator) -> np.ndarray:
    """Beta-binomial hits: each group has its own share, and `shared` is the correlation of two of its rows."""
    if not shared:
        return random.random(len(groups)) < share
    both = 1 / shared - 1
    return random.random(len(groups)) < random.beta(share * both, (1 - share) * both, groups[-1] + 1)[groups]


def try_share(groups, given, shared, share, random) -> tuple[Interval, float]:
    return share_interval(draw_hits(groups, shared, share, random), given), share


def try_mean(groups, given, shared, spread, random) -> tuple[Interval, float]:
    errors = np.exp(spread * draw_normal(groups, shared, random))
    return mean_interval(errors, groups=given, bounds=ERRORS), math.exp(spread**2 / 2)


def try_median(groups, given, shared, spread, random) -> tuple[Interval, float]:
    return median_interval(np.exp(spread * draw_normal(groups, shared, random)), given), 1.0


def try_roc_auc(groups, given, shared, area, random) -> tuple[Interval, float]:
    from scipy.stats import norm

    truth = random.random(len(groups)) < 0.3
    answer = draw_normal(groups, shared, random) + truth * math.sqrt(2) * norm.ppf(area)
    return score_interval(lambda i: roc_auc(truth[i], answer[i]), len(groups), given, bounds=SHARE), area


def try_macro_f1(groups, given, shared, share, random) -> tuple[Interval, float]:
    classes = np.array([0.6, 0.3, 0.1])
    truth = random.choice(3, p=classes, size=len(groups))
    wrong = (truth + random.integers(1, 3, len(groups))) % 3
    answer = np.where(draw_hits(groups, shared, share, random), truth, wrong)
    answered = classes * share + (1 - classes) * (1 - share) / 2
    expected = float((2 * classes * share / (classes + answered)).mean())
    return score_interval(lambda i: macro_f1(truth[i], answer[i]), len(groups), given, bounds=SHARE), expected


def try_difference(groups, given, shared, share, random) -> tuple[Interval, float]:
    """Two systems that miss alike in half of the rows; the second hits 3 in 100 less."""
    luck, other = random.random(len(groups)), draw_hits(groups, shared, share, random)
    hits = draw_hits(groups, shared, share, random)
    rival = np.where(luck < 0.5, hits, other) & (random.random(len(groups)) > 0.03)
    return paired_difference(hits, rival, given), share * 0.03


Trial = Callable[..., tuple[Interval, float]]
SPREADS = (0.5, 1.0)
TRIALS: dict[str, tuple[Trial, list[Cell], int]] = {
    "share": (try_share, list(cells()), 80),
    "mean": (try_mean, list(cells(SPREADS)), 120),
    "median": (try_median, list(cells(SPREADS)), 80),
    "difference": (try_difference, list(cells()), 60),
    "roc_auc": (try_roc_auc, list(cells()), 15),
    "macro_f1": (try_macro_f1, list(cells()), 15),
}


def measure_coverage(trial: Trial, cell: Cell, repeats: int, seed: int = 0) -> float:
    """In what part of generated data sets the interval holds the expected score."""
    kind, number, shared, level = cell
    random = np.random.default_rng([seed, number, round(1000 * shared), round(1000 * level)])
    covered = 0
    for _ in range(repeats):
        groups = draw_groups(kind, number, random)
        interval, expected = trial(groups, None if kind == "rows" else groups, shared, level, random)
        covered += interval.low <= expected <= interval.high
    return covered / repeats


@pytest.mark.parametrize("name", TRIALS)
def test_95_percent_intervals_cover_about_95_percent(name):
    trial, grid, repeats = TRIALS[name]
    assert 0.93 <= np.mean([measure_coverage(trial, cell, repeats) for cell in grid]) <= 0.98


def print_coverage(repeats: int, names: list[str]) -> None:
    for name in names or TRIALS:
        trial, grid, _ = TRIALS[name]
        coverage = {cell: measure_coverage(trial, cell, repeats) for cell in grid}
        print(f"\n{name}: mean {np.mean(list(coverage.values())):.3f}, {repeats} data sets a cell")
        for rows in dict.fromkeys(cell[:3] for cell in grid):
            line = "  ".join(f"{cell[3]:g}: {value:.3f}" for cell, value in coverage.items() if cell[:3] == rows)
            print(f"  {rows[1]:>5} {rows[0]:6}  correlation {rows[2]:.2f}   {line}", flush=True)


if __name__ == "__main__":
    print_coverage(int(sys.argv[1]), sys.argv[2:])
