"""Digits that only name something: zip codes, phone numbers, keys. Told by the column's name, or by the digits.

Whole numbers that are codes are where simple rules of type inference fail most (Shah, Lacanlale, Kumar, Yang, Kumar,
"Towards benchmarking feature type inference for AutoML platforms", SIGMOD 2021), and names are the best evidence there.
"""

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CODES = _set("""
code codes zip zipcode zips postal postcode postalcode plz fips naics sic icd ean upc gtin isbn issn sku
barcode phone telephone tel mobile fax ssn iban bic vin imei npi mcc cas
""")
"""Words that say of digits that they are a code, where they stand last: `mobile_visits` are counted."""
_KINDS = _set("class type kind category cat cluster status")
"""Words that say so of a few whole numbers, where they stand last."""
_KEYS = _set("id uuid guid idx pk fk rowid")
"""Words for what names a row, where they stand last; `id` also where it stands first."""
_PLACES = _set("index key")
"""Such words too, where they stand alone or behind a word for a row: a `price_index` is an amount."""
_ROWS = _set("row record sample item line entry case observation obs image file primary foreign")
_NUMBERED = _set("no nr nbr")
"""Of what comes before ("invoice no")."""
_THINGS = _set("""
account batch card case catalog claim contract customer employee flight invoice license lot member model
order part passport patient phone policy receipt reference registration serial social tax ticket tracking
vat
""")
"""Things that have a number each; of others ("education number") there is a number."""
_TIMES = _set("""
time timestamp ts date datetime epoch created updated modified at on since when seen login day start end
expires utc unix
""")
_DIGITS = r"^\s*\d+\s*$"
_FEW = 40
"""Codes told by their gaps alone are at most so many."""


def words_of(name: str) -> list[str]:
    """`customerID`, `customer_id` and `Customer Id` as customer, id."""
    parted = re.sub(r"([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])", r"\1\3 \2\4", name)
    return [word for word in re.split(r"[^\w]+|_+", parted.lower()) if word]


def names_rows(name: str) -> bool:
    """Whether the name says that each row has its own: an id, a key, an index."""
    words = words_of(name)
    if not words or name.lower() == "unnamed: 0":
        return True
    numbered = (len(words) > 1 and words[-1] in _NUMBERED) or (
        words[-1] in ("num", "number") and bool(_THINGS & set(words))
    )
    placed = words[-1] in _PLACES and set(words[:-1]) <= _ROWS
    return words[-1] in _KEYS or words[0] in ("id", "uuid", "guid") or placed or numbered


def names_codes(name: str, values: int) -> bool:
    """Whether the name says that digits are a code, which `values` different ones of are seen."""
    words = words_of(name)
    while len(words) > 1 and (words[-1].isdigit() or words[-1] in ("number", "num", "digits", *_NUMBERED)):
        words.pop()
    coded = bool(words) and words[-1] in _CODES and "of" not in words
    return coded or (bool(words) and words[-1] in _KINDS and values <= _FEW) or names_rows(name)


def names_times(name: str) -> bool:
    return bool(_TIMES & set(words_of(name)))


def are_codes(numbers: np.ndarray) -> bool:
    """Whole numbers of one length, few, repeated, with wide and uneven gaps: 200, 301, 404, 503. Amounts are rounder
    (50, 100, 400) or closer (2018, 2019, 2021)."""
    values = np.unique(numbers)
    if not 2 < len(values) <= _FEW or len(numbers) < 8 * len(values) or values[0] < 100:
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
