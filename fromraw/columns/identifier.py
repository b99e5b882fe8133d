"""Identifiers: they name a row and say nothing of it, so that a net could only learn them by heart."""

import re

import numpy as np
import pyarrow as pa

from fromraw.columns.cells import Look, plain
from fromraw.columns.unread import Unread
from fromraw.parts import part

_NAMED = re.compile(r"(^|[_\s.-])(id|uuid|guid|index|idx)$|^unnamed: 0$|^$", re.IGNORECASE)
_CAMEL = re.compile(r"[a-z](ID|Id|UUID)$")
FEWEST = 10
"""In fewer rows than this, all being different means nothing."""


@part("identifier")
class Identifier(Unread):
    """A name for a row."""

    type = "identifier"

    @classmethod
    def judge(cls, look: Look, rows: int) -> tuple[float, str] | None:
        if look.filled < FEWEST or pa.types.is_floating(plain(look.cells).type):
            return None
        if look.are_numbers and not look.are_whole:
            return None
        counts = f"{look.values:,} different values in {look.filled:,} rows"
        if _is_named(look.field.name) and 2 * look.values > look.filled:
            return 0.88, f"{counts}, and its name: an identifier"
        if look.are_numbers:
            return (0.88, f"{counts}, counting up: an identifier") if _counts_up(look.numbers, rows) else None
        if look.values >= 0.98 * look.filled:
            return 0.82, f"{counts}: an identifier"
        return None

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        return pa.record_batch({"id": pa.array([f"h{seed:02}_{row:05}" for row in range(rows)], pa.string())})


def _is_named(name: str) -> bool:
    return bool(_NAMED.search(name) or _CAMEL.search(name))


def _counts_up(numbers: np.ndarray, rows: int) -> bool:
    """Row after row greater, without great gaps (of a sample: of the rows that it is taken from)."""
    return bool(np.all(np.diff(numbers) > 0) and numbers[-1] - numbers[0] < 1.5 * max(rows, len(numbers)))
