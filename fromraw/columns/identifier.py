"""Identifiers: they name a row and say nothing of it, so that a net could only learn them by heart."""

import numpy as np
import pyarrow as pa

from fromraw.columns.cells import plain
from fromraw.columns.look import Look
from fromraw.columns.names import names_codes, names_rows
from fromraw.columns.unread import Unread
from fromraw.how_many import how_many
from fromraw.parts import part

FEWEST = 10
"""In fewer rows than this, all being different means nothing."""


@part("identifier")
class Identifier(Unread):
    """A name for a row."""

    type = "identifier"
    names_rows = True

    @classmethod
    def judge(cls, look: Look, rows: int) -> tuple[float, str] | None:
        if look.filled < FEWEST or pa.types.is_floating(plain(look.cells).type):
            return None
        if look.are_numbers and not look.are_whole:
            return None
        seen = " looked at" if look.is_partial else ""
        counts = f"{how_many(look.values, 'different values')} in {how_many(look.filled, 'rows')}{seen}"
        named = names_rows(look.field.name) or (look.are_digits and names_codes(look.field.name, look.values))
        if named and 2 * look.values_in_all > look.filled_in_all:
            return 0.88, f"{counts}, and its name: an identifier"
        if look.are_numbers:
            return (0.88, f"{counts}, counting up: an identifier") if _counts_up(look.numbers, rows) else None
        if look.values_in_all >= 0.98 * look.filled_in_all:
            return 0.82, f"{counts}: an identifier"
        return None

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        return pa.record_batch({"id": pa.array([f"h{seed:02}_{row:05}" for row in range(rows)], pa.string())})


def _counts_up(numbers: np.ndarray, rows: int) -> bool:
    """Row after row greater, without great gaps (of a sample: of the rows that it is taken from)."""
    return bool(np.all(np.diff(numbers) > 0) and numbers[-1] - numbers[0] < 1.5 * max(rows, len(numbers)))
