"""Digits that only name something: zip codes, phone numbers, keys. Told by the column's name (names.py), or by them.

Whole numbers that are codes are where simple rules of type inference fail most (Shah, Lacanlale, Kumar, Yang, Kumar,
"Towards benchmarking feature type inference for AutoML platforms", SIGMOD 2021), and names are the best evidence there.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.names import FEW

_DIGITS = r"^\s*\d+\s*$"


def are_codes(numbers: np.ndarray) -> bool:
    """Whole numbers of one length, few, repeated, with wide and uneven gaps: 200, 301, 404, 503. Amounts are rounder
    (50, 100, 400) or closer (2018, 2019, 2021)."""
    values = np.unique(numbers)
    if not 2 < len(values) <= FEW or len(numbers) < 8 * len(values) or values[0] < 100:
        return False
    same_length = len(str(int(values[0]))) == len(str(int(values[-1])))
    sparse = len(values) < 0.2 * float(values[-1] - values[0] + 1)
    return same_length and sparse and int(np.gcd.reduce(values.astype(np.int64))) == 1


def beyond_floats(texts: pa.Array) -> bool:
    """Whether nearly all are whole numbers of which a float would lose digits, so that they can be no amounts."""
    long = pc.and_(pc.match_substring_regex(texts, r"^\s*[+-]?\d{16,}\s*$"), pc.is_valid(texts))
    return len(texts) > 0 and int(pc.sum(long).as_py()) >= 0.95 * len(texts)


def are_digits(texts: pa.Array) -> bool:
    """Whether nearly all cells are digits and nothing else."""
    return len(texts) > 0 and int(pc.sum(pc.match_substring_regex(texts, _DIGITS)).as_py()) >= 0.95 * len(texts)
