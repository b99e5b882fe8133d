"""Which type each kind of field goes to, by the surest claim, and with which reason."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fromraw.columns.base import Sample
from fromraw.columns.category import Category
from fromraw.errors import Refused
from fromraw.parts import parts
from fromraw.sources.base import Field

random = np.random.default_rng(0)
WORDS = np.array(["plum", "pear", "fig", "oak", "elm", "ash", "yew", "fir"])
SENTENCES = [" ".join(random.choice(WORDS, 12)) for _ in range(60)]


def surest(cells: Any, name: str = "x", **more: Any) -> tuple[str, str]:
    table = pa.table({name: cells})
    sample = Sample([Field(name, table.schema[0].type)], table, **more)
    claims = []
    for kind, part in parts("columns").items():
        try:
            claims += [(claim.sure, kind, claim.reason) for claim in part.cls.recognize(sample)]
        except Refused:
            continue
    _, kind, reason = max(claims)
    return kind, reason


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (random.normal(size=60), "number"),
        (random.integers(0, 1000, 60), "number"),
        ([1, 2, 3, 4] * 15, "number"),
        ([0, 1] * 30, "category"),
        ([True, False] * 30, "category"),
        (["01234", "00123", "98765"] * 20, "category"),
        (["a", "b", "?"] * 20, "category"),
        ([f"c{row:03}" for row in range(60)], "identifier"),
        (list(range(100, 160)), "identifier"),
        (["v1"] * 60, "constant"),
        ([None] * 60, "constant"),
        (SENTENCES, "text"),
        (["2020-01-31", "2020-02-01 12:30", "unknown"] * 20 + ["2021-01-01"] * 400, "date"),
        (pa.array([0, 86400] * 30, pa.timestamp("s")), "date"),
    ],
    ids=range(14),
)
def test_a_field_goes_to_the_type_that_a_person_would_say(cells: Any, kind: str) -> None:
    assert surest(cells)[0] == kind


def test_few_whole_numbers_are_categories_where_they_are_predicted() -> None:
    assert surest([3, 4, 5, 6] * 15, output=True)[0] == "category"
    assert surest([3.5, 4.5] * 30, output=True)[0] == "number"
    assert surest(list(random.integers(0, 500, 60)), output=True)[0] == "number"


def test_reasons_count() -> None:
    assert surest([f"c{row:03}" for row in range(60)]) == (
        "identifier",
        "60 different values in 60 rows: an identifier",
    )
    assert surest(["5"] * 3 + ["-"] + ["7", "8", "9"] * 20)[1] == '5 to 9; "-" in 1 (missing)'
    assert surest(["v"] * 60, rows=900)[1] == '"v" in all of the 60 rows looked at: a constant'
    assert surest(SENTENCES)[1] == "free text, median 12 words: this version does not read text"


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("store_id", 20, "category"),
        ("zipCode", 20, "category"),
        ("Phone", 60, "identifier"),
        ("invoice number", 60, "identifier"),
        ("order_no", 60, "identifier"),
        ("education-num", 16, "number"),
        ("number_of_rooms", 9, "number"),
        ("num_rooms", 9, "number"),
        ("total_number", 60, "number"),
        ("decoder", 20, "number"),
        ("acid", 60, "number"),
        ("idle", 60, "number"),
        ("pclass", 3, "number"),
    ],
)
def test_a_name_tells_codes_from_amounts(name: str, values: int, kind: str) -> None:
    digits = random.permutation(np.arange(240) % values) + 10_000
    assert surest(digits if kind == "category" else digits[: max(60, values)], name)[0] == kind


def test_few_whole_numbers_far_apart_are_codes_and_round_ones_amounts() -> None:
    assert surest([200, 301, 302, 404, 503] * 20)[0] == "category"
    assert surest([100, 200, 400, 500, 800] * 20)[0] == "number"
    assert surest([2016, 2017, 2019, 2020, 2021] * 20)[0] == "number"


def test_of_a_sample_it_is_told_how_many_values_all_rows_have() -> None:
    """In 2,000 of a million rows, 40,000 towns are nearly all different; they are no identifiers."""
    towns = [f"town {town}" for town in random.integers(0, 40_000, 2000)]
    assert surest(towns, rows=1_000_000)[0] == "category"
    assert surest([f"h{row}" for row in range(2000)], rows=1_000_000)[0] == "identifier"


def test_an_id_of_64_bits_keeps_all_its_digits() -> None:
    ids = [2**62 + 1, 2**62 + 3, 2**62 + 5]
    for cells in (pa.array(ids * 20), pa.array([str(i) for i in ids] * 20)):
        assert surest(cells)[0] == "category"
        column = Category("x", ["x"])
        column.fit([pa.record_batch({"x": cells})])
        assert sorted(map(int, column.values)) == ids


def test_floats_and_shuffled_numbers_are_no_identifiers() -> None:
    assert surest(np.arange(60.0))[0] == "number"
    assert surest(random.permutation(60))[0] == "number"
    assert surest(random.permutation(60), name="customer_id")[0] == "identifier"
    assert surest(random.permutation(60), name="humid")[0] == "number"
