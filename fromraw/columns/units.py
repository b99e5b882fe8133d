"""What stands beside a number in its cell: "12 kg", "$5", "3,5 %". One unit a column; several are not made into one.

A word before a number is a unit only where it is money's ("USD 5"), for "A 12" and "c3" are names.
"""

import re
from collections import Counter

import pyarrow as pa
import pyarrow.compute as pc

_CURRENCIES = """
aed ars aud bgn brl cad chf clp cny cop czk dkk egp eur gbp hkd huf idr ils inr jpy krw kwd kzt mad mxn myr
ngn nok nzd pen php pkr pln qar ron rsd rub sar sek sgd thb try twd uah usd vnd zar rs rs. kr kr. fr. r$ us$
a$ c$ nz$ hk$ s$ nt$
"""
"""Currencies by their codes (ISO 4217) and usual short forms."""
MINUS = "\u2212"
_SIGNS = "$€£¥₹₽₩₺₪₫฿₴₦₱¢₸₡"
_PARTS = (
    rf"^\s*\(?[+\-{MINUS}]?\s*(?P<before>[^\d\s+\-{MINUS}(),.]{{0,3}}\.?)\s*[+\-{MINUS}]?"
    "(?P<number>[.,]?\\d(?:[\\d.,'\u2019\u00a0\u2009\u202f ]*\\d)?[.,]?(?:[eE][+\\-]?\\d+)?)"
    rf"[\s\x{{a0}}]*(?P<after>[^\d\s()+,.\-{MINUS}:;|/][^\d()+,:;|]{{0,11}}[²³23]?\.?)?\)?\s*$"
)
_ORDINALS = frozenset(("st", "nd", "rd", "th", "am", "pm"))
_MOST = 8
_ENOUGH = 0.95


def find_unit(texts: pa.Array) -> str:
    """The unit of nearly all cells that have one, as most of them write it; "" where there is none, or no one unit."""
    units, without, others = _units(texts)
    if not units:
        return ""
    (folded, spelled), *rest = sorted(units.items(), key=lambda pair: -pair[1].total())
    having = spelled.total()
    if having < _ENOUGH * (having + others + sum(counts.total() for _, counts in rest)) or having < without:
        return ""
    best = spelled.most_common(1)[0][0]
    return best[: len(folded)] if best.isalpha() else best


def several_units(texts: pa.Array) -> list[str]:
    """The units of a column whose numbers have several, such as kg and lb; [] where that is not so."""
    units, without, others = _units(texts)
    spelled = [counts.most_common(1)[0][0] for counts in units.values()]
    alike = all(len(unit) == 1 and unit.isalpha() for unit in spelled)
    if not 1 < len(units) <= _MOST or others + without > (1 - _ENOUGH) * len(texts) or alike or set(units) & _ORDINALS:
        return []
    return spelled


def _units(texts: pa.Array) -> tuple[dict[str, Counter[str]], int, int]:
    """{unit, folded: how it is spelled}, cells with a bare number, and cells with anything else."""
    found = pc.extract_regex(texts, _PARTS)
    joined = pc.binary_join_element_wise(pc.struct_field(found, "before"), pc.struct_field(found, "after"), "\t")
    units: dict[str, Counter[str]] = {}
    without = others = 0
    for row in pc.value_counts(joined).to_pylist():
        before, after = row["values"].split("\t") if row["values"] is not None else ("", "")
        if row["values"] is None or (before and (after or not _is_money(before))):
            others += row["counts"]
        elif before or after:
            unit = (before or after).strip()
            units.setdefault(_folded(unit), Counter())[unit] += row["counts"]
        else:
            without += row["counts"]
    return units, without, others


def _is_money(word: str) -> bool:
    return word.lower() in _CURRENCIES.split() or (
        word[-1] in _SIGNS and re.fullmatch(r"[A-Za-z]{0,3}.", word) is not None
    )


def _folded(unit: str) -> str:
    """Alike for kg and KG, day and days; not for m and M."""
    folded = unit.lower() if len(unit) > 1 else unit
    return folded[:-1] if len(folded) > 2 and folded.endswith("s") and folded.isalpha() else folded
