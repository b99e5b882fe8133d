"""Bounded time: learn from a small part first, then from ever larger ones, as long as the next is expected to fit.

The parts are the beginnings of one random order, the same each time, so that a part of so many rows can be learned from
again without a clock. Whatever happens to the machine in between, the last part that was learned from is kept.
"""

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

import numpy as np
from threadpoolctl import threadpool_limits

T = TypeVar("T")

FIRST = 256
"""Rows of the first part."""
GROWTH = 4
"""The next part is at most so many times as large: 4/3 of the last one's time is what all of them take."""
MARGIN = 0.7
"""Of the time that is left, what the next part is expected to take at most."""
SERIAL = 20_000
"""Rows up to which one thread is enough: where cores are shared, two can be 30 times slower than one."""
POWER = 1.3
"""Time is expected to grow like rows to this power: methods here are linear, but for a matrix to be solved."""


def shuffled(rows: np.ndarray) -> np.ndarray:
    """The one random order."""
    return rows[np.random.default_rng(0).permutation(len(rows))]


def first_rows(rows: np.ndarray) -> np.ndarray:
    """Those that every part of that size or more holds: choices are made on them, the same whatever the time."""
    return shuffled(rows)[:FIRST]


def grow(
    learn: Callable[[np.ndarray], T], rows: np.ndarray, wanted: int | None, seconds: float, most: int | None = None
) -> tuple[T, int]:
    """What was learned from the largest part, and how many rows that had.

    wanted: so many rows, whatever the time; most: never more than these (for memory).
    """
    rows = shuffled(rows)[: most or None]
    if wanted is not None:
        return _learn(learn, rows[:wanted]), min(wanted, len(rows))
    began, count = monotonic(), len(rows) if len(rows) <= 2 * FIRST else FIRST
    while True:
        start = monotonic()
        learned = _learn(learn, rows[:count])
        took, left = monotonic() - start, seconds - (monotonic() - began)
        larger = min(len(rows), int(count * min(GROWTH, _fits(MARGIN * left, took))))
        if larger == count or (larger < len(rows) and larger < 1.5 * count):
            return learned, count
        count = larger


def _learn(learn: Callable[[np.ndarray], T], rows: np.ndarray) -> T:
    with threads_for(len(rows)):
        return learn(rows)


def threads_for(rows: int, serial: int = SERIAL) -> threadpool_limits:
    """One thread where rows are few: more would wait for each other at every step."""
    return threadpool_limits(1 if rows <= serial else None)


def _fits(left: float, took: float) -> float:
    """How many times as many rows fit into the time that is left."""
    return float((max(left, 0.0) / max(took, 1e-6)) ** (1 / POWER))
