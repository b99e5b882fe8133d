"""Dates as people and programs write them, as seconds since 1970; read over whole columns at a time.

A layout is the order of year, month and day, or another way to tell a moment. Day before month or after it is for all
cells of a column to settle: one day above 12 is enough. Months may be English words, years of two digits are 1969 to
2068 (POSIX), and a zone's offset is taken off, so that all moments are in UTC.
"""

import re
from functools import cache
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.cells import is_number, is_text, plain, to_texts
from fromraw.columns.epochs import EPOCHS
from fromraw.columns.spelling import digits_of, to_numbers

Layout = Literal[
    "ymd", "dmy", "mdy", "ym", "my", "y", "packed", "clock", "seconds", "milliseconds", "microseconds", "nanoseconds"
]
DAY = 86400.0
CALENDAR: tuple[Layout, ...] = ("ymd", "dmy", "mdy", "ym", "my", "packed", "clock")
"""What texts are tried as, the surest first."""
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?:{'|'.join(MONTHS)})[a-z]*"
_SHORT = r"(?P<y>\d{4}|\d{2})"
_YEAR, _MON, _MDAY = r"(?P<y>[12]\d{3})", rf"(?P<m>\d{{1,2}}|{_MONTH})", r"(?P<d>\d{1,2})"
_CLOCK = r"(?P<h>\d{1,2})(?::(?P<i>\d{2})(?::(?P<s>\d{2}(?:\.\d+)?))?)?\s*(?P<half>[ap]\.?m\.?)?"
_ZONE = r"\s*(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2})?(?:\s*\([a-z ]+\))?"
_TIME = rf"(?:[ t,]+{_CLOCK}{_ZONE})?"
_MARK = r"\s*[-/. ,]\s*"
_WEEKDAY = r"^\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_PATTERNS = {
    "ymd": rf"{_WEEKDAY}{_YEAR}{_MARK}{_MON}{_MARK}{_MDAY}{_TIME}\s*$",
    "dmy": rf"{_WEEKDAY}{_MDAY}(?:st|nd|rd|th)?{_MARK}{_MON}{_MARK},?\s*{_SHORT}{_TIME}\s*$",
    "mdy": rf"{_WEEKDAY}{_MON}{_MARK}{_MDAY}(?:st|nd|rd|th)?{_MARK},?\s*{_SHORT}{_TIME}\s*$",
    "ym": rf"^\s*{_YEAR}\s*[-/]\s*{_MON}\s*$",
    "my": rf"^\s*{_MON}\s*[-/ ]\s*{_YEAR}\s*$",
    "y": rf"^\s*{_YEAR}(?:\.0)?\s*$",
    "packed": r"^\s*(?P<y>(?:19|20)\d{2})(?P<m>\d{2})(?P<d>\d{2})(?:[t ]?(?P<h>\d{2})(?P<i>\d{2})(?P<s>\d{2})?z?)?\s*$",
    "clock": rf"^\s*{_CLOCK}\s*$",
}
_VERSION = r"^\s*(?:\d\.\d{1,2}|\d{1,2}\.\d)\.\d{2}(?:\s|$)"
"""1.5.19 is as often a version as a day."""


def to_seconds(cells: pa.Array, layout: str) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n,) seconds since 1970, nan where there is no date, and (n,) True where a cell is there but no date."""
    cells = plain(cells)
    if pa.types.is_time(cells.type):
        micro = pc.cast(pc.cast(cells, pa.time64("us")), pa.int64())
        return pc.cast(micro, pa.float64(), safe=False).to_numpy(zero_copy_only=False) / 1e6, np.zeros(len(cells), bool)
    if pa.types.is_date(cells.type) or pa.types.is_timestamp(cells.type):
        micro = pc.cast(pc.cast(cells, pa.timestamp("us"), safe=False), pa.int64(), safe=False)
        return pc.cast(micro, pa.float64(), safe=False).to_numpy(zero_copy_only=False) / 1e6, np.zeros(len(cells), bool)
    if layout in EPOCHS:
        numbers, bad = to_numbers(cells)
        return numbers / EPOCHS[layout].per_second, bad
    texts = to_texts(cells) if is_text(cells.type) or is_number(cells.type) else pa.nulls(len(cells), pa.string())
    seconds = read_dates(texts, layout)
    return seconds, np.isnan(seconds) & pc.is_valid(texts).to_numpy(zero_copy_only=False)


def read_dates(texts: pa.Array, layout: str) -> np.ndarray:
    """(n,) seconds; nan for what is none (31.02.2020 too). A year that stands first is one in any layout."""
    seconds = _read(texts, layout)
    if layout in ("dmy", "mdy") and np.isnan(seconds).any():
        seconds = np.where(np.isnan(seconds), _read(texts, "ymd"), seconds)
    return seconds


def _read(texts: pa.Array, layout: str) -> np.ndarray:
    pattern = _PATTERNS[layout]
    found = pc.extract_regex(pc.utf8_lower(texts), pattern)
    good = pc.is_valid(found).to_numpy(zero_copy_only=False)
    days = np.zeros(len(texts))
    if layout != "clock":
        days, real = _days(found, pattern, good)
        good = good & real
    if _SHORT in pattern:
        good = good & ~_match(texts, _VERSION)
    if "<h>" in pattern:
        of_day, real = _of_day(found, pattern, layout == "clock")
        return np.where(good & real, days * DAY + of_day, np.nan)
    return np.where(good, days * DAY, np.nan)


def _match(texts: pa.Array, pattern: str) -> np.ndarray:
    return pc.fill_null(pc.match_substring_regex(texts, pattern), False).to_numpy(zero_copy_only=False)


def _days(found: pa.Array, pattern: str, matched: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970, and whether the calendar has them."""
    year = digits_of(found, "y")
    if _SHORT in pattern:
        two = (pc.utf8_length(pc.fill_null(pc.struct_field(found, "y"), "")).to_numpy() == 2) & matched
        year = np.where(two, year + np.where(year < 69, 2000, 1900), year)
    month = _months(found) if "<m>" in pattern else np.ones(len(year))
    day = digits_of(found, "d") if "<d>" in pattern else np.ones(len(year))
    real = matched & (month >= 1) & (month <= 12) & (day >= 1)
    months = np.where(real, (year - 1970) * 12 + month - 1, 0).astype(np.int64).astype("datetime64[M]")
    first = months.astype("datetime64[D]")
    real &= day <= ((months + 1).astype("datetime64[D]") - first).astype(np.int64)
    return first.astype(np.int64) + day - 1, real


def _months(found: pa.Array) -> np.ndarray:
    """Months by number, of digits or of English words."""
    words = pc.utf8_slice_codeunits(pc.fill_null(pc.struct_field(found, "m"), ""), 0, 3)
    named = pc.add(pc.index_in(words, value_set=pa.array(MONTHS)), 1)
    digits = pc.if_else(pc.match_substring_regex(words, r"^\d+$"), words, "0")
    return pc.cast(pc.fill_null(pc.coalesce(named, pc.cast(digits, pa.int32())), 0), pa.float64()).to_numpy()


def _of_day(found: pa.Array, pattern: str, needs_minutes: bool) -> tuple[np.ndarray, np.ndarray]:
    """Seconds of the day in UTC, and whether a clock shows them."""
    hour, minute, second = (digits_of(found, piece) for piece in "his")
    real = (hour <= 24) & (minute < 60) & (second < 61)
    if "<half>" in pattern:
        half = pc.utf8_slice_codeunits(pc.fill_null(pc.struct_field(found, "half"), ""), 0, 1)
        with_half = pc.not_equal(half, "").to_numpy(zero_copy_only=False)
        real &= np.where(with_half, (hour >= 1) & (hour <= 12), True)
        after = pc.equal(half, "p").to_numpy(zero_copy_only=False)
        hour = np.where(with_half, hour % 12 + 12 * after, hour)
        if needs_minutes:
            told = pc.not_equal(pc.fill_null(pc.struct_field(found, "i"), ""), "").to_numpy(zero_copy_only=False)
            real &= with_half | told
    return hour * 3600 + minute * 60 + second - (_offsets(found) if "<zone>" in pattern else 0), real


def _offsets(found: pa.Array) -> np.ndarray:
    """Seconds that the zone is ahead of UTC."""
    zones = pc.replace_substring_regex(pc.fill_null(pc.struct_field(found, "zone"), ""), r"[a-z:]", "")
    if pc.all(pc.equal(zones, "")).as_py():
        return np.zeros(len(zones))
    behind = pc.starts_with(zones, "-").to_numpy(zero_copy_only=False)
    digits = pc.cast(pc.if_else(pc.equal(zones, ""), "0", pc.utf8_ltrim(zones, "+-")), pa.float64()).to_numpy()
    return np.where(behind, -1, 1) * (digits // 100 * 3600 + digits % 100 * 60)


# ------------------------------------------------------------------------------------------------------------- in words

_LETTERS = {"y": "YYYY", "m": "MM", "d": "DD", "h": "hh", "i": "mm", "s": "ss", "half": "AM", "zone": "+hh:mm"}


@cache
def _compiled(layout: str) -> re.Pattern[str]:
    return re.compile(_PATTERNS[layout])


def written(cell: str, layout: str) -> str:
    """How a cell of that layout is written: `DD.MM.YYYY hh:mm`; "" where it is none."""
    if not (found := _compiled(layout).match(cell.lower())):
        return ""
    pieces = sorted((found.span(name), name) for name, text in found.groupdict().items() if text)
    words, end = [], pieces[0][0][0]
    for (start, stop), name in pieces:
        text = cell[start:stop]
        words.append(cell[end:start] + _letters(name, text))
        end = stop
    return "".join(words).strip()


def _letters(name: str, text: str) -> str:
    if name == "m" and text.isalpha():
        return "Mon" if len(text) == 3 else "Month"
    if name == "zone" and text.isalpha():
        return text
    return "YY" if name == "y" and len(text) == 2 else _LETTERS[name]


def settles_order(cell: str) -> bool:
    """Whether the writing itself says what is the day: by a month in letters, or by points, which no one uses month
    first."""
    return bool(re.search(r"[A-Za-z]{3}|\d\.\d", cell))
