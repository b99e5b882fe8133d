"""What a number of test rows can tell apart, and when that is said."""

import numpy as np
import pyarrow as pa
import pytest

from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes
from fromraw.findings.base import Case, Finding
from fromraw.findings.too_few import TooFew, paired_points, paired_ratio, unpaired_points


def find(rows: int, group: bool = False, number: bool = False, share: float = 0.5) -> list[Finding]:
    """In a table of which a tenth is tested."""
    random = np.random.default_rng(0)
    label = random.normal(size=rows) if number else np.where(random.random(rows) < share, "yes", "no")
    columns = {"x": random.normal(size=rows), "who": np.arange(rows) // 40, "label": label}
    wishes = Wishes(group="who") if group else Wishes(ignored=("who",))
    return TooFew().find(Case(open_data(pa.table(columns), wishes)))


@pytest.mark.parametrize("paired", [True, False])
def test_the_difference_is_found_in_8_of_10_simulated_tests(paired: bool) -> None:
    random, rows, start = np.random.default_rng(0), 300, 0.85
    gain = (paired_points if paired else unpaired_points)(start, rows)
    assert gain is not None
    better = random.random((4000, rows)) >= 1 - start - gain
    wrong = ~better  # half of the better one's mistakes are the other's too
    shared = wrong & (random.random(wrong.shape) < 0.5)
    alone = better & (random.random(wrong.shape) < (1 - start - (1 - start - gain) / 2) / (start + gain))
    worse = ~(shared | alone) if paired else random.random(better.shape) < start
    ahead = better.mean(1) - worse.mean(1)
    each = (better.astype(int) - worse).std(1) if paired else np.hypot(better.std(1), worse.std(1))
    assert np.mean(ahead / each * np.sqrt(rows) > 1.96) == pytest.approx(0.8, abs=0.04)


def test_the_ratio_of_errors_is_found_in_8_of_10_simulated_tests() -> None:
    random, rows = np.random.default_rng(0), 200
    ratio = paired_ratio(rows)
    a, b = random.multivariate_normal([0, 0], [[1, 0.7], [0.7, 1]], (4000, rows)).transpose(2, 0, 1)
    a = a * (1 + ratio)
    plus, minus = a + b, a - b  # Pitman's test: these are uncorrelated where both vary alike
    r = (plus * minus).mean(1) / np.sqrt((plus**2).mean(1) * (minus**2).mean(1))
    assert np.mean(r / np.sqrt((1 - r**2) / (rows - 2)) > 1.97) == pytest.approx(0.8, abs=0.05)


def test_few_test_rows_are_warned_of_more_are_noted_and_enough_are_not() -> None:
    assert [f.gravity for f in find(400)] == ["warning"]
    assert [f.gravity for f in find(1500)] == ["note"]
    assert find(4000) == []


def test_numbers_are_told_by_the_ratio_of_their_errors() -> None:
    assert [f.gravity for f in find(400, number=True)] == ["warning"]
    assert find(4000, number=True) == []


def test_rows_of_a_group_are_worth_less() -> None:
    (found,) = find(4000, group=True)
    assert found.evidence["groups"] == 10
    assert found.evidence["worth"] == pytest.approx(400 / (1 + 39 * 0.1), abs=0.1)


def test_a_rare_category_asks_for_more_rows() -> None:
    (found,) = find(4000, share=0.02)
    assert "do not tell 98.9% right from 100%" in found.text
