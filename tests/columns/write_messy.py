"""Writes messy.csv, 300 rows of columns as real files have them: `python tests/columns/write_messy.py`.

What each column ought to be is in test_messy.py.
"""

import csv
import json
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from random import Random
from typing import Any

ROWS = 300
random = Random(20190131)
START = datetime(2015, 1, 1)


def words_of(text: str) -> list[str]:
    return text.split()


def column(cell: Callable[[int], Any]) -> list[str]:
    """A cell a row, from the row's number."""
    return [str(cell(row)) for row in range(ROWS)]


def some(*words: Any, weights: Sequence[float] | None = None) -> list[str]:
    """One of a few words a row."""
    return column(lambda row: random.choices(words, weights)[0])


def seldom(cells: list[str], *words: str, share: float = 0.04) -> list[str]:
    """Some cells replaced by other words, each of them at least once."""
    places = random.sample(range(ROWS), max(len(words), round(share * ROWS)))
    changed = list(cells)
    for number, place in enumerate(places):
        changed[place] = words[number % len(words)]
    return changed


def whole(low: int, high: int) -> list[str]:
    return column(lambda row: random.randint(low, high))


def grouped(value: float, thousands: str, decimal: str, digits: int = 2) -> str:
    text = f"{value:,.{digits}f}"
    return text.replace(",", "\0").replace(".", decimal).replace("\0", thousands)


def amounts(thousands: str, decimal: str, written: str = "{}", most: float = 90_000) -> list[str]:
    return column(lambda row: written.format(grouped(random.uniform(3, most), thousands, decimal)))


def moments(pattern: str, days: int = 2000, zone: Any = None) -> list[str]:
    def cell(row: int) -> str:
        moment = START + timedelta(days=random.randrange(days), seconds=random.randrange(86400))
        return moment.replace(tzinfo=zone).strftime(pattern)

    return column(cell)


def early(pattern: str) -> list[str]:
    """Dates whose days are all 12 or less, so that day and month cannot be told apart."""
    return column(lambda row: datetime(2016 + row % 4, random.randint(1, 12), random.randint(1, 12)).strftime(pattern))


def epochs(unit: int) -> list[str]:
    return column(lambda row: (1_500_000_000 + random.randrange(80_000_000)) * unit + random.randrange(unit))


def clock(pattern: str = "{:02}:{:02}:{:02}", hours: int = 24) -> list[str]:
    return column(lambda row: pattern.format(random.randrange(hours), random.randrange(60), random.randrange(60)))


FIRST = words_of("Ada Ben Cleo Dan Eva Finn Gus Hana Ida Jon Kim Lea Max Nora Otto Pia Quin Rosa Sam Tess")
LAST = words_of("Adler Brandt Cole Dunn Ekholm Frey Gomez Hart Ivers Jung Kaya Lund Moser Novak Oduya Petit Quist")
WORDS = words_of("the order came late and box was broken please send a new one thanks very good service never again")
CITIES = words_of("Berlin Paris Rome Oslo Lima Cairo Delhi Kyoto Quito Turin Porto Ghent")


def said(fewest: int, most: int) -> str:
    return " ".join(random.choices(WORDS, k=random.randint(fewest, most)))


def digits(count: int) -> str:
    return "".join(random.choices("0123456789", k=count))


def parts(separator: str, words: Sequence[str], most: int = 4) -> list[str]:
    return column(lambda row: separator.join(random.sample(words, random.randint(1, most))))


def repeated(cell: Callable[[], str], values: int) -> list[str]:
    return some(*[cell() for _ in range(values)])


def hexadecimal(length: int) -> str:
    return f"{random.getrandbits(4 * length):0{length}x}"


def columns() -> dict[str, list[str]]:
    """All columns by name."""
    return numbers() | spelled() | codes() | words() | dates() | structures() | gaps()


def numbers() -> dict[str, list[str]]:
    """Plain numbers, that must stay numbers."""
    kelvin = column(lambda row: round(random.gauss(290, 9), 2))
    return {
        "age": whole(18, 90),
        "visits": column(lambda row: min(10, int(random.expovariate(0.5)))),
        "children": whole(0, 4),
        "population": column(lambda row: int(random.lognormvariate(9, 2)) + 40 * row),
        "salary": random.sample([str(n) for n in range(20_000, 150_000)], ROWS),
        "latitude": column(lambda row: round(random.uniform(-60, 70), 5)),
        "longitude": column(lambda row: round(random.uniform(-180, 180), 5)),
        "kelvin": kelvin,
        "smoker": some(0, 1, weights=(4, 1)),
        "minus_or_plus": some(-1, 1),
        "rating": some(1, 2, 3, 4, 5, weights=(1, 2, 4, 6, 5)),
        "half_stars": some(*[n / 2 for n in range(2, 11)]),
        "year_built": whole(1950, 2020),
        "month": whole(1, 12),
        "hour": whole(0, 23),
        "score_100": whole(0, 100),
        "delta": column(lambda row: random.randint(-500, 500)),
        "floor_as_float": column(lambda row: float(random.randint(0, 12))),
        "dose_mg": some(50, 100, 150, 200, 400),
        "number_of_rooms": whole(1, 9),
        "num_employees": whole(1, 4000),
        "steps_today": whole(200, 24_000),
        "weight_g": whole(1000, 9999),
        "probability": column(lambda row: round(random.random(), 6)),
        "tiny": column(lambda row: f"{random.lognormvariate(-20, 3):.4e}"),
        "big_floats": column(lambda row: f"{random.lognormvariate(20, 2):.1f}"),
        "bytes_sent": column(lambda row: random.randrange(10**9, 10**12)),
        "temperature_f": column(lambda row: f"{random.gauss(60, 15):.0f}"),
    }


def spelled() -> dict[str, list[str]]:
    """Numbers as people and programs write them."""
    plain = amounts("", ".")
    return {
        "comma_thousands": amounts(",", "."),
        "point_thousands": amounts(".", ","),
        "space_thousands": amounts(" ", ","),
        "thin_space_thousands": amounts("\u202f", ","),
        "hard_space_thousands": amounts("\u00a0", "."),
        "apostrophe_thousands": amounts("'", "."),
        "indian_thousands": column(lambda row: f"{random.randint(1, 99)},{digits(2)},{digits(3)}"),
        "whole_with_commas": column(lambda row: f"{random.randint(1, 9_999_999):,}"),
        "decimal_comma": amounts("", ","),
        "points_settled": seldom(column(lambda row: f"{random.randint(1, 99)}.{digits(3)}"), "1.234.567", "2.000.100"),
        "points_open": column(lambda row: f"{random.randint(1, 99)}.{digits(3)}"),
        "commas_open": column(lambda row: f"{random.randint(1, 99)},{digits(3)}"),
        "percent": column(lambda row: f"{random.randint(0, 100)}%"),
        "percent_spaced": column(lambda row: f"{random.uniform(0, 100):.1f} %".replace(".", ",")),
        "dollars": amounts(",", ".", "${}"),
        "euros_after": amounts(".", ",", "{} €"),
        "pounds": amounts(",", ".", "£{}"),
        "usd_word": amounts(",", ".", "USD {}"),
        "krona": amounts(" ", ",", "{} kr"),
        "mixed_money": column(lambda row: f"{random.choice('$€')}{random.uniform(1, 99):.2f}"),
        "weight": column(lambda row: f"{random.randint(2, 140)} kg"),
        "speed": column(lambda row: f"{random.uniform(20, 200):.1f} km/h"),
        "power_hp": column(lambda row: f"{random.uniform(40, 300):.2f} bhp"),
        "mixed_weight": column(lambda row: f"{random.randint(2, 900)} {random.choice(['kg', 'lb', 'g'])}"),
        "degrees": column(lambda row: f"{random.uniform(-20, 40):.1f}°C"),
        "accounting": column(
            lambda row: random.choice(("{}", "({})")).format(grouped(random.uniform(1, 9e4), ",", "."))
        ),
        "signed": column(lambda row: f"{random.uniform(-9, 9):+.2f}"),
        "true_minus": column(lambda row: f"{random.uniform(-9, 9):.2f}".replace("-", "\u2212")),
        "padded": column(lambda row: f"  {random.uniform(0, 9):.2f} "),
        "exponents": column(lambda row: f"{random.uniform(1, 9):.3f}E{random.randint(-9, 9):+03d}"),
        "number_and_na": seldom(plain, "n/a", "-", "NULL", "?"),
        "number_and_unknown": seldom(plain, "unknown"),
        "below_detection": seldom(column(lambda row: f"{random.uniform(0.5, 20):.2f}"), "<0.5", share=0.05),
        "sentinel_999": seldom(whole(18, 90), "999", share=0.08),
        "sentinel_minus_1": seldom(whole(1, 60), "-1", share=0.1),
        "mostly_numbers": seldom(whole(0, 500), "high", "low", "broken", share=0.35),
    }


def codes() -> dict[str, list[str]]:
    """Whole numbers and words that only name something."""
    return {
        "row_number": column(lambda row: row),
        "customer_id": random.sample([str(n) for n in range(10_000, 99_999)], ROWS),
        "invoiceNo": column(lambda row: 100_200 + 7 * row + random.randrange(7)),
        "store_id": whole(1, 45),
        "snowflake": column(lambda row: random.randrange(10**18, 9 * 10**18)),
        "account_64": repeated(lambda: str(random.randrange(10**18, 9 * 10**18)), 40),
        "uuid": column(lambda row: uuid.UUID(int=random.getrandbits(128), version=4)),
        "sha1": column(lambda row: hexadecimal(40)),
        "device_uuid": repeated(lambda: str(uuid.UUID(int=random.getrandbits(128), version=4)), 12),
        "zip": repeated(lambda: f"{random.randint(501, 99_950):05}", 90),
        "plz": repeated(lambda: str(random.randint(10_115, 99_998)), 60),
        "zip_plus_4": column(lambda row: f"{random.randint(10_000, 99_999)}-{digits(4)}"),
        "postcode_uk": repeated(lambda: f"SW{random.randint(1, 9)} {random.randint(1, 9)}AA", 30),
        "county_fips": repeated(lambda: f"{random.randint(1, 56):02}{digits(3)}", 50),
        "naics_code": repeated(lambda: str(random.randint(110_000, 929_999)), 24),
        "response": some(200, 301, 302, 404, 500, 503, weights=(70, 5, 5, 10, 5, 5)),
        "diagnosis": repeated(lambda: f"{random.choice('ABCDE')}{digits(2)}.{digits(1)}", 25),
        "item_class": some(20, 30, 45, 50, 60, 75, 80, 120, 190),
        "product_code": repeated(lambda: f"{random.choice('XYZ')}-{digits(4)}", 40),
        "sku": repeated(lambda: digits(8), 50),
        "barcode": repeated(lambda: f"4{digits(12)}", 60),
        "phone": column(lambda row: f"+49 30 {digits(7)}"),
        "phone_digits": column(lambda row: f"1555{digits(7)}"),
        "phone_us": column(lambda row: f"({random.randint(201, 989)}) {digits(3)}-{digits(4)}"),
        "ssn": column(lambda row: f"{random.randint(100, 899)}-{digits(2)}-{digits(4)}"),
        "iban": column(lambda row: f"DE{digits(20)}"),
        "license_plate": column(lambda row: f"{random.choice('BHKM')}-{random.choice('ABCD')}X {digits(4)}"),
        "version": some("1.0.2", "1.1.0", "1.10.3", "2.0.0", "2.1.4"),
        "ip": column(lambda row: ".".join(str(random.randint(1, 254)) for _ in range(4))),
        "hex_flags": some("0x0A", "0x1B", "0xFF", "0x10"),
        "bits": some("0001", "0010", "0100", "1000", "1100"),
        "cluster": some("c1", "c2", "c3"),
    }


def words() -> dict[str, list[str]]:
    """Categories, names and free text."""
    return {
        "sex": some("M", "F"),
        "is_member": some("True", "False"),
        "consent": some("yes", "no", weights=(9, 1)),
        "opted_in": some("Y", "N"),
        "plan": some("Basic", "basic ", "Plus", "Pro", weights=(20, 8, 9, 4)),
        "country": some("DE", "FR", "US", "NA", "GB", weights=(9, 7, 9, 1, 5)),
        "city": some(*CITIES),
        "blood_type": some("A+", "A-", "B+", "B-", "O+", "O-", "AB+"),
        "grade": some("A", "B", "C", "D", "F"),
        "size": some("S", "M", "L", "XL"),
        "age_range": some("18-24", "25-34", "35-44", "45-54", "55+"),
        "income_band": some("<$10k", "$10k-$50k", "$50k-$100k", ">$100k"),
        "weekday": some("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        "month_name": some("January", "February", "March", "May", "June", "October"),
        "quarter": some("Q1", "Q2", "Q3", "Q4"),
        "likert": some("strongly disagree", "disagree", "neutral", "agree", "strongly agree"),
        "color_hex": some("#ff0000", "#00ff00", "#0000ff", "#ffffff"),
        "first_name": some(*FIRST),
        "full_name": column(lambda row: f"{random.choice(FIRST)} {random.choice('ABCDEFGH')}. {LAST[row % 17]}-{row}"),
        "email": column(lambda row: f"{random.choice(FIRST).lower()}{row}@example.org"),
        "address": column(lambda row: f"{random.randint(1, 999)} {random.choice(LAST)} St, {random.choice(CITIES)}"),
        "notes": column(lambda row: said(6, 30)),
        "review_title": column(lambda row: said(3, 7).capitalize() + "!"),
        "comment_rare": column(lambda row: said(5, 20) if random.random() < 0.15 else ""),
        "words_short": column(lambda row: random.choice(WORDS)),
        "long_tail": column(lambda row: f"tag{int(random.paretovariate(0.6)) % 120}"),
        "height_ft": column(lambda row: f"5'{random.randint(0, 11)}\""),
        "dimensions": column(
            lambda row: f"{random.randint(1, 99)} x {random.randint(1, 99)} x {random.randint(1, 99)}"
        ),
        "fractions": some("1/2", "1/4", "3/4", "1/8"),
    }


def dates() -> dict[str, list[str]]:
    """Days, moments, times of day and durations."""
    summer = timezone(timedelta(hours=2))
    both = [
        day if row % 2 else other
        for row, (day, other) in enumerate(zip(moments("%Y-%m-%d"), moments("%d.%m.%Y"), strict=True))
    ]
    return {
        "iso_day": moments("%Y-%m-%d"),
        "iso_moment": moments("%Y-%m-%d %H:%M:%S"),
        "iso_zulu": moments("%Y-%m-%dT%H:%M:%SZ", zone=UTC),
        "iso_offset": moments("%Y-%m-%dT%H:%M:%S+02:00", zone=summer),
        "iso_millis": moments("%Y-%m-%dT%H:%M:%S.123Z", zone=UTC),
        "minutes_only": moments("%Y-%m-%d %H:%M"),
        "day_points": moments("%d.%m.%Y"),
        "day_points_short": moments("%d.%m.%y"),
        "day_first": moments("%d/%m/%Y"),
        "month_first": moments("%m/%d/%Y"),
        "day_or_month": early("%d/%m/%Y"),
        "month_first_clock": moments("%m/%d/%Y %I:%M %p"),
        "year_slashes": moments("%Y/%m/%d"),
        "compact_day": moments("%Y%m%d"),
        "compact_moment": moments("%Y%m%d%H%M%S"),
        "english_day": moments("%d %b %Y"),
        "american_day": moments("%B %d, %Y"),
        "oracle_day": moments("%d-%b-%y"),
        "mail_moment": moments("%a, %d %b %Y %H:%M:%S +0000"),
        "year_month": moments("%Y-%m"),
        "created_epoch": epochs(1),
        "updated_epoch_ms": epochs(1000),
        "signup_or_unknown": seldom(moments("%d.%m.%Y"), "unknown"),
        "day_or_missing": seldom(moments("%Y-%m-%d"), "", "n/a", share=0.3),
        "two_formats": both,
        "same_day": ["2020-03-01"] * ROWS,
        "time_of_day": clock("{:02}:{:02}"),
        "time_am_pm": moments("%I:%M %p"),
        "lap_time": clock(),
        "duration": clock("{}:{:02}:{:02}", hours=70),
        "duration_words": column(lambda row: f"{random.randint(1, 4)}h {random.randint(1, 59)}m"),
    }


def structures() -> dict[str, list[str]]:
    """Cells that hold more than one thing."""
    return {
        "json": column(lambda row: json.dumps({"n": random.randint(1, 99), "tag": random.choice(CITIES)})),
        "python_list": column(lambda row: str([random.randint(0, 99) for _ in range(random.randint(1, 5))])),
        "tags": parts(";", CITIES),
        "genres": parts("|", ["action", "comedy", "drama"], 2),
        "url": column(lambda row: f"https://example.org/item/{row}?ref={digits(3)}"),
        "path": column(lambda row: f"/home/{random.choice(FIRST).lower()}/scan_{row}.dcm"),
        "coordinates": column(lambda row: f"{random.uniform(-60, 70):.5f}, {random.uniform(-180, 180):.5f}"),
        "html": column(lambda row: f"<p>{said(3, 12)}</p>"),
    }


def gaps() -> dict[str, list[str]]:
    """Columns that tell nothing, or nearly nothing, or rarely."""
    return {
        "constant": ["web"] * ROWS,
        "constant_number": ["1"] * ROWS,
        "nearly_constant": seldom(["eu"] * ROWS, "us", share=0.004),
        "nearly_constant_number": seldom(["0"] * ROWS, "3", share=0.004),
        "empty": [""] * ROWS,
        "only_na": some("", "NA", "null"),
        "flag_or_empty": some("x", "", weights=(1, 2)),
        "mostly_missing": column(lambda row: f"{random.gauss(5, 2):.2f}" if random.random() < 0.06 else ""),
        "mostly_missing_word": column(lambda row: random.choice(CITIES[:3]) if random.random() < 0.1 else ""),
        "mixed_kinds": column(lambda row: (random.randint(1, 99), random.choice(CITIES), f"{row}-A")[row % 3]),
    }


if __name__ == "__main__":
    table = columns()
    with Path(__file__).with_name("messy.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(table)
        writer.writerows(zip(*table.values(), strict=True))
    print(f"messy.csv: {ROWS} rows, {len(table)} columns")
