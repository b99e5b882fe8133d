"""Chances against those that scipy and a count by hand give; corrections by hand."""

import math

import numpy as np
import pytest
from scipy import stats

from fromraw.evaluation.weaker import chance, correct, deviations, gap


def test_of_hits_the_chance_is_fishers() -> None:
    loss, inside = np.repeat([1.0, 0.0, 1.0, 0.0], [8, 2, 10, 80]), np.repeat([True, False], [10, 90])
    _, expected = stats.fisher_exact([[8, 2], [10, 80]], alternative="greater")
    assert chance(loss, inside) == pytest.approx(expected, rel=1e-9)


def test_of_numbers_the_chance_is_the_more_careful_of_welchs_and_of_all_rows_together() -> None:
    random = np.random.default_rng(0)
    loss, inside = np.concatenate([random.normal(1, 3, 20), random.normal(0, 1, 200)]), np.arange(220) < 20
    welch = stats.ttest_ind(loss[inside], loss[~inside], equal_var=False, alternative="greater").pvalue
    assert chance(loss, inside) == pytest.approx(welch, rel=1e-9)
    alike = np.where(inside, 5.0, np.where(np.arange(220) % 10 == 0, 5.0, 0.0))  # no spread inside
    assert 0 < chance(alike, inside) < 1e-12


def test_one_group_among_groups_that_vary_as_much_is_no_find() -> None:
    random = np.random.default_rng(1)
    groups = np.repeat(np.arange(40), 20)
    share = random.beta(2, 2, 40)
    share[0] = 0.95
    loss = (random.random(800) < share[groups]).astype(float)
    inside = groups == 0
    assert chance(loss, inside) < 1e-3
    assert chance(loss, inside, groups) > 0.01


def test_many_groups_inside_bear_a_step_out() -> None:
    random = np.random.default_rng(2)
    groups = np.repeat(np.arange(60), 10)
    inside = groups < 20
    loss = (random.random(600) < np.where(inside, 0.5, 0.1)).astype(float)
    assert chance(loss, inside, groups) < 1e-4


def test_too_few_groups_outside_tell_nothing() -> None:
    groups = np.repeat(np.arange(4), 50)
    assert chance((groups == 0).astype(float), groups == 0, groups) == 1.0


def test_equal_weights_are_holms_steps() -> None:
    assert correct(np.array([0.01, 0.04, 0.03]), np.ones(3)).tolist() == pytest.approx([0.03, 0.06, 0.06])


def test_half_the_level_goes_to_the_first() -> None:
    assert correct(np.array([0.004, 0.004]), np.array([1.0, 0.5])).tolist() == pytest.approx([0.006, 0.006])
    assert correct(np.array([0.9, 0.001]), np.array([2.0, 1.0])).tolist() == pytest.approx([0.9, 0.003])


def test_a_step_is_told_in_deviations_of_the_rest() -> None:
    loss, inside = np.array([3.0, 5.0, 1.0, 3.0]), np.array([True, True, False, False])
    assert gap(loss, inside) == 2.0
    assert math.isinf(gap(np.array([1.0, 1.0, 0.0, 0.0]), inside))
    assert gap(np.zeros(4), inside) == deviations(np.zeros(4), inside) == 0.0
