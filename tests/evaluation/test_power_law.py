"""How errors fall with rows: exact laws are told on, noisy ones with intervals that hold, and bounds are kept."""

import numpy as np
import pytest

from fromraw.evaluation.power_law import fit_laws

ROWS = np.array([120, 240, 480, 960] * 2)


def test_an_exact_law_is_told_on() -> None:
    """0.1 + 2 / sqrt(1920) = 0.1456."""
    laws = fit_laws(ROWS, 0.1 + 2 * ROWS**-0.5)
    low, middle, high = np.quantile(laws.trainings(1920), [0.025, 0.5, 0.975])
    assert middle == pytest.approx(0.1 + 2 * 1920**-0.5, abs=0.002)
    assert 0.140 < low < high < 0.151


@pytest.mark.parametrize(("floor", "exponent"), [(0.0, 0.3), (0.1, 1.0), (0.2, 0.15)])
def test_nineteen_of_twenty_intervals_hold_the_next_training(floor: float, exponent: float) -> None:
    random, held = np.random.default_rng(0), []
    law = lambda rows: floor + 0.4 * (rows / 120) ** -exponent  # noqa: E731
    for seed in range(60):
        errors = law(ROWS) * (1 + 0.05 * random.standard_normal(len(ROWS)))
        low, high = np.quantile(fit_laws(ROWS, errors, seed=seed).trainings(1920), [0.025, 0.975])
        held.append(low <= law(1920) * (1 + 0.05 * random.standard_normal()) <= high)
    assert np.mean(held) >= 0.88  # of 60 that hold with 95% each, fewer than 53 do once in 150 times


def test_noise_makes_the_interval_wider() -> None:
    random = np.random.default_rng(1).standard_normal(len(ROWS))
    wide = [
        np.ptp(np.quantile(fit_laws(ROWS, 0.3 * (1 + noise * random)).trainings(1920), [0.025, 0.975]))
        for noise in (0.01, 0.1)
    ]
    assert wide[1] > 5 * wide[0]


def test_no_law_is_below_the_lowest_error_nor_rises_with_rows() -> None:
    errors = np.array([0.2, 0.05, 0.01, 0.0, 0.25, 0.04, 0.02, 0.01])
    laws = fit_laws(ROWS, errors, finest=0.01)
    assert laws.floors.min() >= 0
    assert laws.scales.min() >= 0
    rising = fit_laws(ROWS, np.array([0.1, 0.2, 0.3, 0.4] * 2))
    assert (rising.errors(1920) <= rising.errors(960)).all()


def test_no_error_at_all_is_known_as_well_as_the_tested_rows_can_tell() -> None:
    laws = fit_laws(ROWS, np.zeros(8), finest=0.01)
    assert 0 < np.abs(laws.trainings(1920)).max() < 0.05
