"""Tested rows that are unlike those trained on are found; tested rows that are like them are not."""

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from fromraw.audits.base import Trained
from fromraw.audits.unlike import UnlikeTested
from fromraw.errors import Refused
from fromraw.evaluation.unlike import Unlike


def _trained(distances: np.ndarray, valid: int, groups: Any = None) -> Trained:
    judgment = SimpleNamespace(unlike=Unlike({}, {}, 1.0, valid), distances=distances)
    data = SimpleNamespace(source=SimpleNamespace(things="rows"))
    ground = SimpleNamespace(rows=SimpleNamespace(groups=groups), data=data)
    return cast(Trained, SimpleNamespace(judgment=judgment, ground=ground))


def _distances(flagged: int, rows: int) -> np.ndarray:
    return np.where(np.arange(rows) < flagged, 1.5, 0.5).astype(np.float32)


def test_tested_rows_from_elsewhere_are_found() -> None:
    finding = UnlikeTested().find(_trained(_distances(40, 300), 999))[0]
    assert finding.text == "40 of 300 tested rows are unlike anything trained on, where about 3 would be"
    assert finding.evidence["chance"] < 1e-6


def test_few_validation_rows_leave_the_threshold_uncertain() -> None:
    assert UnlikeTested().find(_trained(_distances(40, 300), 20)) == []
    assert UnlikeTested().find(_trained(_distances(300, 300), 20))


def test_it_cries_wolf_in_one_of_a_hundred_at_most() -> None:
    random, wolf = np.random.default_rng(1), 0
    for _ in range(1000):
        valid = np.sort(random.exponential(size=150))
        threshold = valid[Unlike({}, {}, 1.0, 150).rank - 1]
        wolf += bool(UnlikeTested().find(_trained(random.exponential(size=200) / threshold, 150)))
    assert wolf <= 5


def test_groups_are_not_asked_row_by_row() -> None:
    with pytest.raises(Refused):
        UnlikeTested().find(_trained(_distances(40, 300), 999, np.arange(300)))
