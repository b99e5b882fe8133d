"""How numbers are written: found over a column's cells, and read alike ever after."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fromraw.columns.spelling import PLAIN, Spelling, find_spelling, to_numbers
from fromraw.columns.units import find_unit, several_units

NAN = float("nan")

SPELLED = [
    (["1.234,56", "7,5"], [1234.56, 7.5]),
    (["1,234.56", "7.5"], [1234.56, 7.5]),
    (["1.234.567", "1.234"], [1234567, 1234]),
    (["1,234,567", "1,234"], [1234567, 1234]),
    (["0,125", "1,234"], [0.125, 1.234]),
    (["1 234,5", "12\u202f345,5", "1\u00a0234\u00a0567"], [1234.5, 12345.5, 1234567]),
    (["1'234.50", "12\u2019345.00"], [1234.5, 12345]),
    (["12,34,567", "1,00,000.50"], [1234567, 100000.5]),
    (["-1,5", "+2,5", "\u22123,5", "(4,5)", "5,5-"], [-1.5, 2.5, -3.5, -4.5, -5.5]),
    (["$1,234.50", "-$2.00", "($3.00)", "4.00"], [1234.5, -2, -3, 4]),
    (["1.234,50 €", "2,00 €", "3 €"], [1234.5, 2, 3]),
    (["R$ 1.234,50", "R$ 2,00"], [1234.5, 2]),
    (["12 kg", "3KG", "4.5 kg"], [12, 3, 4.5]),
    (["1 day", "12 days", "3 Days"], [1, 12, 3]),
    (["5%", "12.5 %", "-3%"], [5, 12.5, -3]),
    (["1e3", "2.5E-2", "1,000"], [1000, 0.025, 1000]),
    (["1,5e3", "2,5"], [1500, 2.5]),
    (["1:02:45", "30:00:00", "0:05"], [3765, 108000, 5]),
    (["2 days 01:00:00", "0 days 00:30:00"], [176400, 1800]),
]


@pytest.mark.parametrize(("texts", "expected"), SPELLED, ids=[texts[0] for texts, _ in SPELLED])
def test_numbers_are_read_as_people_write_them(texts: list[str], expected: list[float]) -> None:
    spelling = find_spelling(pa.array(texts)).spelling
    numbers, bad = to_numbers(pa.array(texts), spelling)
    np.testing.assert_allclose(numbers, expected, rtol=1e-15)
    assert not bad.any()


@given(
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30),
    st.sampled_from([",.", ".,", " ,", "'.", "\u202f,"]),
)
@settings(max_examples=60)
def test_money_in_any_country_is_the_same_money(cents: list[int], marks: str) -> None:
    thousands, point = marks
    texts = [f"{cent / 100:,.2f}".replace(",", "\0").replace(".", point).replace("\0", thousands) for cent in cents]
    numbers, bad = to_numbers(pa.array(texts), find_spelling(pa.array(texts)).spelling)
    np.testing.assert_allclose(numbers, np.array(cents) / 100, rtol=1e-14)
    assert not bad.any()


@pytest.mark.parametrize(
    ("texts", "known", "told", "numbers", "is_open"),
    [
        (["1.234", "5.678"], "", "", [1.234, 5.678], True),
        (["1,234", "5,678"], "", "", [1234, 5678], True),
        (["1.234", "5.678"], ",", "", [1234, 5678], False),
        (["1,234", "5,678"], ",", "", [1.234, 5.678], False),
        (["1.234", "5.678"], ".", "", [1.234, 5.678], False),
        (["1.234", "5.678"], "", "comma", [1234, 5678], False),
        (["1.234", "5.6"], ",", "", [1.234, 5.6], False),
        (["1.234", "5,6"], ".", "", [1234, 5.6], False),
        (["12", "900"], "", "", [12, 900], False),
    ],
)
def test_an_open_mark_is_settled_by_the_column_then_by_the_table_or_said(
    texts: list[str], known: str, told: str, numbers: list[float], is_open: bool
) -> None:
    found = find_spelling(pa.array(texts), known, told)
    assert to_numbers(pa.array(texts), found.spelling)[0].tolist() == numbers
    assert bool(found.open) == is_open


def test_what_the_spelling_does_not_allow_is_no_number() -> None:
    texts = [
        "1.23.456",
        "1,23",
        "12 34",
        "1..2",
        "--3",
        "((4))",
        "5 kg",
        "$",
        "%",
        "1.2.3",
        "0.123.456",
        "1 2345",
        "e5",
    ]
    for spelling in (Spelling(grouped=True), Spelling("comma", True), PLAIN):
        allowed = {"1,23"} if spelling.decimal == "comma" else set()
        numbers, bad = to_numbers(pa.array(texts), spelling)
        assert {text for text, wrong in zip(texts, bad, strict=True) if not wrong} == allowed
        assert np.isnan(numbers[bad]).all()


@pytest.mark.parametrize(
    ("texts", "unit"),
    [
        (["12 kg", "5 kg"], "kg"),
        (["12", "5"], ""),
        (["c1", "c2"], ""),
        (["A 12", "B 5"], ""),
        (["12A", "13B", "7C"], ""),
        (["USD 12", "USD 7"], "USD"),
        (["12 km/h", "9.5 km/h"], "km/h"),
        (["3 m²", "41 m²"], "m²"),
        (["17 sq ft", "8 sq ft"], "sq ft"),
        (["1st", "2nd", "3rd"], ""),
        (["12 kg"] * 4 + ["3 lb"], ""),
        (["2020-01-01", "2021-01-01"], ""),
        (["12:30", "13:45"], ""),
        (["10-20", "20-30"], ""),
    ],
)
def test_a_unit_stands_beside_nearly_all_numbers(texts: list[str], unit: str) -> None:
    assert find_unit(pa.array(texts)) == unit


def test_several_units_are_named_and_not_made_into_one() -> None:
    assert sorted(several_units(pa.array(["12 kg", "3 lb", "7 g"]))) == ["g", "kg", "lb"]
    assert several_units(pa.array(["$5", "7 €"])) == ["$", "€"]
    assert several_units(pa.array(["12A", "13B"])) == several_units(pa.array(["1st", "2nd"])) == []
