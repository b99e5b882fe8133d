"""Which names say that digits only name something, which that they count; who a row is of, and when it was."""

import pytest

from fromraw.columns.names import names_an_id, names_clock, names_codes, names_rows, names_who


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


@pytest.mark.parametrize("name", ["patient", "Patient_ID", "patientid", "user.id", "SubjectNo", "donor_name", "pid"])
def test_who_a_row_is_of_is_told_by_the_last_word_but_for_a_number(name: str) -> None:
    assert names_who(name)
    assert not names_who(f"{name}_age")


@pytest.mark.parametrize(("name", "tells"), [("visit_id", True), ("shopId", True), ("id", False), ("valid", False)])
def test_an_id_that_rows_may_share_has_a_word_before_it(name: str, tells: bool) -> None:
    assert names_an_id(name) == tells


@pytest.mark.parametrize(
    ("name", "tells"),
    [
        ("day", True),
        ("elapsed_hours", True),
        ("t", True),
        ("timeStep", True),
        ("daylight", False),
        ("time_spent", False),
    ],
)
def test_numbers_that_count_time_are_told_by_the_last_word(name: str, tells: bool) -> None:
    assert names_clock(name) == tells
