"""Numbers far from all others are told by column and row, and the long tail of good data is not."""

import numpy as np
import pyarrow as pa
import pytest

from fromraw.describing.dataset import open_data
from fromraw.findings.base import Case, Finding
from fromraw.findings.outliers import Outliers, far_from_others
from tests.findings.clean import clean_numbers
from tests.findings.planted import with_a_slip, with_missing_codes, with_odd_answers


def find(table: pa.Table) -> list[Finding]:
    return Outliers().find(Case(open_data(table)))


def test_a_code_for_missing_is_said_with_how_often_it_stands() -> None:
    (found,) = find(with_missing_codes(1))
    assert (found.gravity, found.column, found.evidence["count"], found.options) == ("warning", "x1", 8, ())
    assert "x1 is -999 in 8 rows" in found.text


def test_a_slip_is_found_by_its_row_and_without_its_value() -> None:
    table = with_a_slip(1)
    (found,) = find(table)
    row = int(np.argmax(table.column("score").to_numpy())) + 1
    assert (found.column, found.evidence["where"]) == ("score", [f"row {row}"])
    assert f"1 number (row {row}) is at least" in found.text
    assert "1e+06" not in found.text
    assert "1,000,000" not in found.text


def test_answers_in_another_unit_are_found_together() -> None:
    (found,) = find(with_odd_answers(1))
    assert (found.column, found.evidence["count"]) == ("price", 3)


def test_minus_one_next_to_counts_is_a_code_only_where_it_is_frequent() -> None:
    random = np.random.default_rng(0)
    days = random.integers(0, 30, 400)
    for cells, told in ((3, False), (200, True)):
        table = clean_numbers(1).append_column("days", pa.array(np.where(np.arange(400) < cells, -1, days)))
        assert bool([f for f in find(table) if f.column == "days"]) is told


@pytest.mark.parametrize("power", [1.0, 3.0])
def test_tails_that_fall_by_a_power_are_told_as_rarely_as_is_said(power: float) -> None:
    random = np.random.default_rng(0)
    told = sum(far_from_others(random.pareto(power, 300) + 1, 0.05)[0].any() for _ in range(400))
    assert told <= 33  # of 400 at one in 20: 20, and three deviations


def test_the_gap_is_measured_by_the_tail_before_it() -> None:
    fell = np.concatenate([np.linspace(-1, 1, 201), [30.0, 31.0]])
    far, times = far_from_others(fell, 0.001)
    assert np.flatnonzero(far).tolist() == [201, 202]
    assert times == pytest.approx(30, rel=0.05)
    assert not far_from_others(np.linspace(-1, 1, 201), 0.001)[0].any()
