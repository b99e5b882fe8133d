"""Moments counted from the beginning of 1970, in seconds or fractions of them, as computers count."""

from dataclasses import dataclass

import numpy as np

_FIRST, _LAST = 631_152_000.0, 2_524_608_000.0
"""1990 and 2050: counts from outside are not taken for moments."""


@dataclass(frozen=True)
class Epoch:
    """per_second: counts in a second; words: what is counted."""

    per_second: float
    words: str


EPOCHS = {
    "seconds": Epoch(1.0, "seconds since 1970"),
    "milliseconds": Epoch(1e3, "milliseconds since 1970"),
    "microseconds": Epoch(1e6, "microseconds since 1970"),
    "nanoseconds": Epoch(1e9, "nanoseconds since 1970"),
}


def epoch_of(numbers: np.ndarray) -> str:
    """Which of EPOCHS all these would be moments of, between 1990 and 2050; "" for none."""
    for name, epoch in EPOCHS.items():
        if len(numbers) and numbers.min() >= _FIRST * epoch.per_second and numbers.max() <= _LAST * epoch.per_second:
            return name
    return ""
