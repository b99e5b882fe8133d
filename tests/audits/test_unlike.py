"""Tested rows that are unlike those trained on are found; tested rows that are like them are not."""

import numpy as np

from fromraw.audits.unlike import too_many
from fromraw.evaluation.unlike import Unlike


def _distances(flagged: int, rows: int) -> np.ndarray:
    return np.where(np.arange(rows) < flagged, 1.5, 0.5)


def test_tested_rows_from_elsewhere_are_found() -> None:
    finding = too_many(Unlike({}, {}, 1.0, 999), _distances(40, 300), "rows")[0]
    assert finding.text == "40 of 300 tested rows are unlike anything trained on, where about 3 would be"
    assert finding.evidence["chance"] < 1e-6


def test_few_validation_rows_leave_the_threshold_uncertain() -> None:
    assert too_many(Unlike({}, {}, 1.0, 20), _distances(40, 300), "rows") == []
    assert too_many(Unlike({}, {}, 1.0, 20), _distances(300, 300), "rows")


def test_it_cries_wolf_in_one_of_a_hundred_at_most() -> None:
    random, unlike, wolf = np.random.default_rng(1), Unlike({}, {}, 1.0, 150), 0
    for _ in range(1000):
        threshold = np.sort(random.exponential(size=150))[unlike.rank - 1]
        wolf += bool(too_many(unlike, random.exponential(size=200) / threshold, "rows"))
    assert wolf <= 5
