"""What a column's name says of it: that it names rows, codes, who a row is of, or when it was.

All words that mean something are here, each list with what it means. Names are taken apart into words, so that
`customerID`, `customer_id` and `Customer Id` say the same. That whole numbers are codes, names tell best (codes.py).
"""

import re


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
"""Words that say, wherever they stand, that a whole number may be a moment."""
_WHO = _set("""
patient subject participant person user customer client member speaker household family donor student session
encounter specimen pid subj
""")
"""Whom or what a row is of, of whom there may be several rows: last, or before a word of _NUMBERS."""
_NUMBERS = _set("id no nr num number code name")
"""What tells one of these from another."""
_OF_ONE = _set("id uuid guid")
"""Where they stand last, behind another word, also an id that rows may share."""
_CLOCKS = _set("t time date day week month year hour minute second step tick cycle epoch timestamp")
"""Numbers that say when, where they stand last, also in the plural."""
FEW = 40
"""Codes that are told by the word for a kind, or by their gaps alone, are at most so many."""


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
    return coded or (bool(words) and words[-1] in _KINDS and values <= FEW) or names_rows(name)


def names_times(name: str) -> bool:
    return bool(_TIMES & set(words_of(name)))


def names_who(name: str) -> bool:
    """Whether the name says whom or what a row is of: `patient`, `Subject No`, `userid`."""
    words = words_of(name)
    if len(words) > 1 and words[-1] in _NUMBERS:
        words.pop()
    return bool(words) and (words[-1] in _WHO or any(words[-1] == who + end for who in _WHO for end in _NUMBERS))


def names_an_id(name: str) -> bool:
    """Whether the name ends as that of an id does, which rows may share: `visit_id`, `shopId`."""
    words = words_of(name)
    return len(words) > 1 and words[-1] in _OF_ONE


def names_clock(name: str) -> bool:
    """Whether the name says of numbers that they count time: `day`, `elapsed_hours`, `t`."""
    words = words_of(name)
    return bool(words) and (words[-1] in _CLOCKS or words[-1].removesuffix("s") in _CLOCKS)
