"""What more rows would bring: the same for scores that rise and that fall, and nothing where little was tried."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fromraw.decoders.base import Score
from fromraw.evaluation.more_rows import Outlook, Trained, look_ahead

ACCURACY = Score("accuracy", "", lambda records: 0.0, as_="share", bounds=(0.0, 1.0))
MISSES = replace(ACCURACY, name="misses", higher_is_better=False)
UNBOUNDED = replace(ACCURACY, name="return", as_="mean", bounds=(-np.inf, np.inf))


def trained(values: list[float], left_out: Any = lambda value: [value - 0.01, value + 0.01] * 50) -> list[Trained]:
    """Two trainings each on 800, 400, 200 and 100 rows, 0.01 apart."""
    return [
        Trained(halvings, 800 >> halvings, value + off, value - 0.05, value + 0.05, left_out(value + off))
        for off in (-0.005, 0.005)
        for halvings, value in enumerate(values)
    ]


RISING = [0.9, 0.86, 0.8, 0.71]


def test_sizes_and_the_last_gain_are_means_of_the_trainings() -> None:
    outlook = look_ahead(ACCURACY, trained(RISING), tested=100)
    assert [size.rows for size in outlook.sizes] == [100, 200, 400, 800]
    assert [size.value for size in outlook.sizes] == pytest.approx(RISING[::-1])
    assert {size.trainings for size in outlook.sizes} == {2}
    assert outlook.gained == pytest.approx(0.04)


def test_another_doubling_gains_less_than_the_last_of_a_law() -> None:
    """Errors 0.29, 0.20, 0.14, 0.10 fall by a factor of 0.7: 0.07 should come next, so 0.03 be gained."""
    after = look_ahead(ACCURACY, trained(RISING), tested=100).next
    assert after is not None
    assert after.rows == 1600
    assert after.low < 0.03 < after.high
    assert after.value == pytest.approx(0.028, abs=0.008)


def test_a_score_that_falls_is_told_as_one_that_rises() -> None:
    up = look_ahead(ACCURACY, trained(RISING), tested=100)
    down = look_ahead(MISSES, [replace(t, value=1 - t.value) for t in trained(RISING)], tested=100)
    assert down.gained == pytest.approx(up.gained)
    assert up.next is not None
    assert down.next is not None
    assert (down.next.low, down.next.high) == pytest.approx((up.next.low, up.next.high))
    assert down.band[-1][2] == pytest.approx(1 - up.band[-1][2])


def test_a_score_without_a_best_may_go_on_for_ever() -> None:
    """Up by 3 with each doubling: the law's floor, of what is missing to 0, lies beyond the 12 that were reached."""
    outlook = look_ahead(UNBOUNDED, trained([12.0, 9.0, 6.0, 3.0]), tested=100)
    assert outlook.next is not None
    assert outlook.law is not None
    assert outlook.law["floor"] < -15
    assert 1.5 < outlook.next.value < 3


def test_more_rows_hardly_help_where_a_gain_would_not_show() -> None:
    flat = trained([0.901, 0.9, 0.9, 0.899])
    assert look_ahead(ACCURACY, flat, tested=100).expected < 0.02  # type: ignore[operator]
    hits = lambda value: [(9000 * value - 45 * (place < 90)) / 8900 for place in range(100)]  # noqa: E731
    moved = [replace(t, left_out=hits(t.value) if t.halvings else hits(t.value)[::-1]) for t in flat]
    assert look_ahead(ACCURACY, moved, tested=100).is_exhausted  # the sizes are right on other rows
    assert not look_ahead(ACCURACY, trained(RISING), tested=100).is_exhausted


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_few_trainings_tell_nothing_of_more_rows(count: int) -> None:
    outlook = look_ahead(ACCURACY, trained(RISING)[:count], tested=100)
    assert outlook.next is None
    assert (outlook.gained is None) == (count == 1)
    assert not outlook.is_exhausted


def test_it_is_read_back_as_it_was_written() -> None:
    outlook = look_ahead(ACCURACY, trained(RISING), tested=100)
    assert Outlook.read(outlook.plain()) == outlook
