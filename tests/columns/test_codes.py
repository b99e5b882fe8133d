"""Which names say that digits only name something, and which say that they count."""

import pytest

from fromraw.columns.codes import names_codes, names_rows


@pytest.mark.parametrize(
    "name", ["zip", "Zip Code", "postal_code", "phone", "phone_number", "telNo", "icd_2", "customerID", "invoice no"]
)
def test_codes_and_keys_are_told_by_the_end_of_the_name(name: str) -> None:
    assert names_codes(name, 1000)


@pytest.mark.parametrize(
    "name", ["mobile_visits", "lines_of_code", "phone_calls", "price_index", "uv_index", "air_quality_index"]
)
def test_what_is_counted_or_measured_is_no_code(name: str) -> None:
    assert not names_codes(name, 1000)


@pytest.mark.parametrize(
    ("name", "rows"),
    [("index", True), ("row_index", True), ("key", True), ("primary key", True), ("idx", True), ("house_key", False)],
)
def test_an_index_names_rows_where_it_stands_alone_or_is_a_rows(name: str, rows: bool) -> None:
    assert names_rows(name) == rows
