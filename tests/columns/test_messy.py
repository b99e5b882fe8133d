"""What each column of messy.csv ought to be, as a person would say who knows what it holds."""

import csv
import importlib.util
import io
import json
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fromraw.describing.recognizing import Known, Wishes, as_rows, of_role, recognize
from fromraw.describing.survey import survey
from fromraw.errors import UsageError
from fromraw.sources.opening import open_source

MESSY = Path(__file__).with_name("messy.csv")
NUMBER = ("number", "input")
CATEGORY = ("category", "input")
DATE = ("date", "input")
IDENTIFIER = ("identifier", "left out")
CONSTANT = ("constant", "left out")
TEXT = ("text", "left out")

# name: type and role, and a piece of the reason
EXPECTED = {
    # Plain numbers stay numbers, many values or few. Of two values a category says as much as a number, and says it
    # better: how many there are of each.
    "age": (NUMBER, "18 to 90"),
    "visits": (NUMBER, "0 to 9"),
    "children": (NUMBER, "0 to 4"),
    "population": (NUMBER, ""),
    "salary": (NUMBER, ""),
    "latitude": (NUMBER, ""),
    "longitude": (NUMBER, ""),
    "kelvin": (NUMBER, ""),
    "smoker": (CATEGORY, "2 values"),
    "minus_or_plus": (CATEGORY, "2 values"),
    "rating": (NUMBER, "1 to 5"),
    "half_stars": (NUMBER, "1 to 5"),
    # A year is a number: what it does goes on from year to year, and nothing of it comes round again.
    "year_built": (NUMBER, "1950 to 2020"),
    "month": (NUMBER, "1 to 12"),
    "hour": (NUMBER, "0 to 23"),
    "score_100": (NUMBER, "0 to 100"),
    "delta": (NUMBER, ""),
    "floor_as_float": (NUMBER, "0 to 12"),
    "dose_mg": (NUMBER, "50 to 400"),
    "number_of_rooms": (NUMBER, "1 to 9"),
    "num_employees": (NUMBER, ""),
    "steps_today": (NUMBER, ""),
    "weight_g": (NUMBER, ""),
    "probability": (NUMBER, ""),
    "tiny": (NUMBER, "e-"),
    "big_floats": (NUMBER, ""),
    "bytes_sent": (NUMBER, ""),
    "temperature_f": (NUMBER, ""),
    # Numbers as people and programs write them.
    "comma_thousands": (NUMBER, '"," parts thousands'),
    "point_thousands": (NUMBER, "decimal comma"),
    "space_thousands": (NUMBER, "decimal comma"),
    "thin_space_thousands": (NUMBER, "decimal comma"),
    "hard_space_thousands": (NUMBER, "thousands"),
    "apostrophe_thousands": (NUMBER, "thousands"),
    "indian_thousands": (NUMBER, "thousands"),
    "whole_with_commas": (NUMBER, "thousands"),
    "decimal_comma": (NUMBER, "decimal comma"),
    "points_settled": (NUMBER, "thousands"),
    "points_open": (NUMBER, "1.087 to 99.987"),  # the file's other columns settle the mark
    "commas_open": (NUMBER, "thousands"),
    "percent": (NUMBER, "0% to 100%"),
    "percent_spaced": (NUMBER, "%"),
    "dollars": (NUMBER, "$"),
    "euros_after": (NUMBER, "€"),
    "pounds": (NUMBER, "£"),
    "usd_word": (NUMBER, "USD"),
    "krona": (NUMBER, "kr"),
    "mixed_money": (TEXT, "units"),
    "weight": (NUMBER, "kg"),
    "speed": (NUMBER, "km/h"),
    "power_hp": (NUMBER, "bhp"),
    "mixed_weight": (TEXT, "units"),
    "degrees": (NUMBER, "°C"),
    "accounting": (NUMBER, "parentheses"),
    "signed": (NUMBER, "-"),
    "true_minus": (NUMBER, "-8.99"),
    "padded": (NUMBER, ""),
    "exponents": (NUMBER, ""),
    "number_and_na": (NUMBER, "(missing)"),
    "number_and_unknown": (NUMBER, '"unknown" in 12'),
    "below_detection": (NUMBER, '"<0.5" in 15'),
    "sentinel_999": (NUMBER, "999 in 24"),
    "sentinel_minus_1": (NUMBER, "-1 in 30"),
    "mostly_numbers": (CATEGORY, "numbers"),
    # Whole numbers and words that only name something.
    "row_number": (IDENTIFIER, ""),
    "customer_id": (IDENTIFIER, "300 different values in 300 rows"),
    "invoiceNo": (IDENTIFIER, ""),
    "store_id": (CATEGORY, "name"),
    "snowflake": (IDENTIFIER, ""),
    "account_64": (CATEGORY, "40 values"),
    "uuid": (IDENTIFIER, ""),
    "sha1": (IDENTIFIER, ""),
    "device_uuid": (CATEGORY, "12 values"),
    "zip": (CATEGORY, "leading zeros"),
    "plz": (CATEGORY, "name"),
    "zip_plus_4": (IDENTIFIER, ""),
    "postcode_uk": (CATEGORY, "values"),
    "county_fips": (CATEGORY, "leading zeros"),
    "naics_code": (CATEGORY, "name"),
    "response": (CATEGORY, "codes"),
    "diagnosis": (CATEGORY, "25 values"),
    "item_class": (CATEGORY, "name"),
    "product_code": (CATEGORY, "40 values"),
    "sku": (CATEGORY, "50 values"),
    "barcode": (CATEGORY, "60 values"),
    "phone": (IDENTIFIER, ""),
    "phone_digits": (IDENTIFIER, "name"),
    "phone_us": (IDENTIFIER, ""),
    "ssn": (IDENTIFIER, ""),
    "iban": (IDENTIFIER, ""),
    "license_plate": (IDENTIFIER, ""),
    "version": (CATEGORY, "5 values"),
    "ip": (IDENTIFIER, ""),
    "hex_flags": (CATEGORY, "4 values"),
    "bits": (CATEGORY, "leading zeros"),
    "cluster": (CATEGORY, "3 values"),
    # Categories, names and free text.
    "sex": (CATEGORY, "2 values"),
    "is_member": (CATEGORY, "2 values"),
    "consent": (("category", "output"), "2 values"),
    "opted_in": (CATEGORY, "2 values"),
    "plan": (CATEGORY, '"Basic" and "basic " differ only in case and space'),
    "country": (CATEGORY, '"NA" in'),
    "city": (CATEGORY, "12 values"),
    "blood_type": (CATEGORY, "7 values"),
    "grade": (CATEGORY, "5 values"),
    "size": (CATEGORY, "4 values"),
    "age_range": (CATEGORY, "5 values"),
    "income_band": (CATEGORY, "4 values"),
    "weekday": (CATEGORY, "7 values"),
    "month_name": (CATEGORY, "6 values"),
    "quarter": (CATEGORY, "4 values"),
    "likert": (CATEGORY, "5 values"),
    "color_hex": (CATEGORY, "4 values"),
    "first_name": (CATEGORY, "20 values"),
    "full_name": (IDENTIFIER, "300 different"),
    "email": (IDENTIFIER, "300 different"),
    "address": (TEXT, "free text"),
    "notes": (TEXT, "free text"),
    "review_title": (TEXT, "free text"),
    "comment_rare": (TEXT, "free text"),
    "words_short": (CATEGORY, "values"),
    "long_tail": (CATEGORY, "values"),
    "height_ft": (CATEGORY, "12 values"),
    "dimensions": (TEXT, "several numbers"),
    "fractions": (CATEGORY, "4 values"),
    # Days, moments, times of day and durations.
    "iso_day": (DATE, "YYYY-MM-DD"),
    "iso_moment": (DATE, "YYYY-MM-DD hh:mm:ss"),
    "iso_zulu": (DATE, "in UTC"),
    "iso_offset": (DATE, "in UTC"),
    "iso_millis": (DATE, "YYYY-MM-DD"),
    "minutes_only": (DATE, "hh:mm"),
    "day_points": (DATE, "DD.MM.YYYY"),
    "day_points_short": (DATE, "DD.MM.YY"),
    "day_first": (DATE, "DD/MM/YYYY"),
    "month_first": (DATE, "MM/DD/YYYY"),
    "day_or_month": (DATE, "overrule"),
    "month_first_clock": (DATE, "MM/DD/YYYY"),
    "year_slashes": (DATE, "YYYY/MM/DD"),
    "compact_day": (DATE, "YYYYMMDD"),
    "compact_moment": (DATE, "YYYYMMDD"),
    "english_day": (DATE, "DD Mon YYYY"),
    "american_day": (DATE, "Month DD, YYYY"),
    "oracle_day": (DATE, "DD-Mon-YY"),
    "mail_moment": (DATE, "DD Mon YYYY"),
    "year_month": (DATE, "YYYY-MM"),
    "created_epoch": (DATE, "seconds since 1970"),
    "updated_epoch_ms": (DATE, "milliseconds since 1970"),
    "signup_or_unknown": (DATE, '"unknown" in 12'),
    "day_or_missing": (DATE, "30% missing"),
    "two_formats": (DATE, "YYYY-MM-DD"),
    "same_day": (CONSTANT, "2020-03-01"),
    "time_of_day": (DATE, "time of day"),
    "time_am_pm": (DATE, "time of day"),
    "lap_time": (DATE, "time of day"),
    "duration": (NUMBER, "seconds"),
    "duration_words": (TEXT, "several numbers"),
    # Cells that hold more than one thing.
    "json": (TEXT, "JSON"),
    "python_list": (TEXT, "list"),
    "tags": (TEXT, 'parted by ";"'),
    "genres": (CATEGORY, "values"),
    "url": (IDENTIFIER, ""),
    "path": (IDENTIFIER, ""),
    "coordinates": (TEXT, "several numbers"),
    "html": (TEXT, "free text"),
    # Columns that tell nothing, or nearly nothing, or rarely.
    "constant": (CONSTANT, "web"),
    "constant_number": (CONSTANT, "1"),
    "nearly_constant": (CATEGORY, '"eu" in 299'),
    "nearly_constant_number": (CATEGORY, '"0" in 299'),
    "empty": (CONSTANT, "empty"),
    "only_na": (CONSTANT, ""),
    "flag_or_empty": (CATEGORY, "missing"),
    "mostly_missing": (NUMBER, "missing"),
    "mostly_missing_word": (CATEGORY, "missing"),
    "mixed_kinds": (CATEGORY, "numbers"),
}


@cache
def cells() -> pa.Table:
    return survey(open_source(str(MESSY))).sample.combine_chunks()


@cache
def known() -> dict[str, Known]:
    source = open_source(str(MESSY))
    return recognize(source, survey(source), Wishes(outputs=("consent",)))


def told(name: str, words: str) -> Known:
    """One column, whose type a person names."""
    source = open_source(cells().select([name, "consent"]))
    return recognize(source, survey(source), Wishes(outputs=("consent",), types={name: words}))[name]


@pytest.mark.parametrize("name", EXPECTED)
def test_a_column_is_what_a_person_would_say_of_it(name: str) -> None:
    expected, words = EXPECTED[name]
    row = as_rows(known())[name]
    assert (row["type"], row["role"]) == expected, row["reason"]
    assert words in row["reason"]


def test_every_column_is_expected_to_be_something() -> None:
    assert set(known()) == set(EXPECTED)
    assert len(known()) >= 120


def test_the_table_is_what_its_script_writes() -> None:
    spec = importlib.util.spec_from_file_location("write_messy", MESSY.with_name("write_messy.py"))
    assert spec
    assert spec.loader
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    table = script.columns()
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([list(table), *zip(*table.values(), strict=True)])
    assert text.getvalue() == MESSY.read_text(encoding="utf-8")


OVERRULED = [
    ("day_or_month", "date:mdy", "MM/DD/YYYY"),
    ("points_open", "number:comma", "1.087 to 99.987 (decimal comma"),
    ("commas_open", "number:comma", "1,247 to 99,122 (decimal comma"),
    ("lap_time", "number", "H:MM:SS, in seconds"),
    ("time_of_day", "number", "M:SS, in seconds"),
    ("year_built", "date", "YYYY in 300"),
    ("plz", "number", ""),
    ("zip", "number", ""),
]


@pytest.mark.parametrize(("name", "words", "reason"), OVERRULED)
def test_a_person_overrules_what_the_cells_leave_open(name: str, words: str, reason: str) -> None:
    found = told(name, words)
    assert found.column.type == words.split(":")[0]
    assert reason in found.reason
    (batch,) = cells().select([name]).to_batches()
    found.column.fit([batch])
    assert found.column.prepare(batch, np.arange(300))[0]["present"].all()


def test_a_word_for_missing_is_a_name_where_a_person_says_so() -> None:
    assert told("country", "category:literal").reason.startswith("5 values")


def test_a_choice_that_does_not_exist_is_answered_with_those_that_do() -> None:
    with pytest.raises(UsageError, match=r'no choice "mdyy" in --type day_or_month=date; did you mean "mdy"\?'):
        told("day_or_month", "date:mdyy")


def test_a_cell_is_read_alike_alone_and_by_a_column_loaded_from_what_a_run_keeps() -> None:
    for name, column in of_role(known(), "input").items():
        (batch,) = cells().select(list(column.fields)).to_batches()
        column.fit([batch])
        twin = type(column)(name, column.fields, **json.loads(json.dumps(column.settings)))
        twin.load(json.loads(json.dumps(column.state())))
        whole, _ = column.prepare(batch, np.arange(300))
        for row in (0, 150):
            alone, _ = twin.prepare(batch.slice(row, 1), np.arange(row, row + 1))
            assert all(np.array_equal(alone[key][0], np.asarray(whole[key])[row]) for key in whole), name
