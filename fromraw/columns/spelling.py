"""How numbers are written: marks of fractions and thousands, signs, units, clocks. Read over whole columns at a time.

"1.234" is more than a thousand in one table and little more than one in another. A column's cells settle it where they
leave no doubt ("12,5", "1.234.567", "1.234,56"), else the table's other numbers do, else it is read as computers write
it, and that is said. What was settled is kept with the column, so that a cell is read the same way ever after.
"""

import re
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.cells import is_text, plain, to_texts
from fromraw.columns.units import MINUS, find_unit

Mark = Literal["point", "comma"]
_SPACES = " \u00a0\u2009\u202f"
_QUOTES = "'\u2019"
_PLAIN = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"
_ENDLESS = r"^[+-]?(?i:nan|inf|infinity)$"
_CLOCK = r"^(?P<sign>[+-]?)(?:(?P<d>\d+) ?(?:d|days?),? )?(?P<a>\d+):(?P<b>[0-5]\d)(?::(?P<c>[0-5]\d(?:\.\d+)?))?$"
_OPEN = r"^[+-]?[1-9]\d{0,2}[.,]\d{3}$"
"""Three digits before a lone mark and three behind it: either reading is possible."""


@dataclass(frozen=True)
class Spelling:
    """decimal: the mark before the fraction; grouped: whether thousands may be parted, by the other mark, spaces or
    apostrophes; unit: what stands before or behind the number in most cells; clock: H:MM:SS or M:SS, in seconds."""

    decimal: Mark = "point"
    grouped: bool = False
    unit: str = ""
    clock: bool = False

    def settings(self) -> dict[str, Any]:
        return asdict(self)

    @cached_property
    def grammar(self) -> str:
        """What a tidied cell must match to be a number."""
        point, other = (r"\.", ",") if self.decimal == "point" else (",", r"\.")
        whole = [r"\d+"]
        if self.grouped:
            whole += [rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+" for mark in (other, f"[{_SPACES}]", f"[{_QUOTES}]")]
            whole += [r"[1-9]\d?(?:,\d{2})+,\d{3}"] if other == "," else []  # as in India
        return rf"^[+-]?(?:(?:{'|'.join(whole)})(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?$"

    def marks(self, texts: pa.Array) -> str:
        """What is unusual in the way these are written, in words; "" where nothing is."""
        parting = {
            '"." parts thousands': r"\d\.\d{3}" if self.decimal == "comma" else None,
            '"," parts thousands': r"\d,\d{2,3}" if self.decimal == "point" else None,
            "a space parts thousands": rf"\d[{_SPACES}]\d{{3}}",
            "an apostrophe parts thousands": rf"\d[{_QUOTES}]\d{{3}}",
        }
        said = ["decimal comma"] if self.decimal == "comma" else []
        said += [words for words, pattern in parting.items() if self.grouped and pattern and _any(texts, pattern)]
        said += ["H:MM:SS, in seconds" if _any(texts, ":.*:") else "M:SS, in seconds"] if self.clock else []
        return "; ".join(said + (["in parentheses: below 0"] if _any(texts, r"^\s*\(.*\)\s*$") else []))

    def tidy(self, texts: pa.Array) -> pa.Array:
        """Without unit and space around; "-5" for "\u22125", "(5)" and "5-"."""
        texts = pc.utf8_trim_whitespace(texts)
        if _any(texts, f"[{MINUS}(]|-$"):
            texts = pc.replace_substring_regex(pc.replace_substring(texts, MINUS, "-"), r"^\((.*)\)$", r"-\1")
            texts = pc.replace_substring_regex(texts, r"^(\d.*)-$", r"-\1")
        if self.unit:
            unit = rf"(?:{re.escape(self.unit)})" + ("(?:s|S)?" if self.unit.isalpha() and len(self.unit) > 2 else "")
            fold = "(?i)" if len(self.unit) > 1 else ""
            texts = pc.replace_substring_regex(texts, rf"{fold}^([+-]?)\s*{unit}\s*|\s*{unit}$", r"\1")
        return texts

    def read(self, texts: pa.Array) -> np.ndarray:
        """float64 (n,), nan where there is no number."""
        if self.clock:
            return self._read_clock(texts)
        if self.decimal == "point" and not self.unit:
            try:
                return pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False)
            except pa.ArrowInvalid:
                pass
        tidied = self.tidy(texts)
        digits = pc.if_else(pc.fill_null(pc.match_substring_regex(tidied, self.grammar), False), tidied, None)
        if self.grouped:
            digits = pc.replace_substring_regex(
                digits, f"[{_SPACES}{_QUOTES}{',' if self.decimal == 'point' else '.'}]", ""
            )
        digits = pc.utf8_ltrim(pc.replace_substring(digits, ",", "."), "+")
        return pc.cast(digits, pa.float64()).to_numpy(zero_copy_only=False)

    def _read_clock(self, texts: pa.Array) -> np.ndarray:
        found = pc.extract_regex(self.tidy(texts), _CLOCK)
        matched = pc.is_valid(found).to_numpy(zero_copy_only=False)
        days, first, second, third = (digits_of(found, piece) for piece in "dabc")
        with_seconds = pc.not_equal(pc.fill_null(pc.struct_field(found, "c"), ""), "").to_numpy(zero_copy_only=False)
        seconds = np.where(with_seconds, first * 3600 + second * 60 + third, first * 60 + second) + days * 86400
        back = pc.equal(pc.fill_null(pc.struct_field(found, "sign"), ""), "-").to_numpy(zero_copy_only=False)
        return np.where(matched, np.where(back, -seconds, seconds), np.nan)


PLAIN = Spelling()


def to_numbers(cells: pa.Array, spelling: Spelling = PLAIN) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n,) with nan where there is no finite number, and (n,) True where a cell is there but no number."""
    cells = plain(cells)
    if is_text(cells.type):
        texts = to_texts(cells)
        numbers = spelling.read(texts)
        bad = np.isnan(numbers) & pc.is_valid(texts).to_numpy(zero_copy_only=False)
        if bad.any():
            endless = pc.match_substring_regex(pc.utf8_trim_whitespace(texts), _ENDLESS)
            bad &= ~pc.fill_null(endless, False).to_numpy(zero_copy_only=False)
    else:
        if pa.types.is_boolean(cells.type):
            cells = pc.cast(cells, pa.int8())
        numbers = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
        bad = np.zeros(len(numbers), bool)
    return np.where(np.isfinite(numbers), numbers, np.nan), bad


def digits_of(found: pa.Array, piece: str) -> np.ndarray:
    """A named group of `extract_regex` as float64; 0 where it is empty."""
    digits = pc.fill_null(pc.struct_field(found, piece), "")
    return pc.cast(pc.if_else(pc.equal(digits, ""), "0", digits), pa.float64()).to_numpy(zero_copy_only=False)


# ------------------------------------------------------------------------------------------------------ how it is found

_GROUPS = r"[1-9]\d{{0,2}}(?:{mark}\d{{3}})"
_SPACED = rf"[1-9]\d{{0,2}}(?:[{_SPACES}{_QUOTES}]\d{{3}})+"


def _settling(point: str, other: str) -> str:
    """Of tidied cells, those which leave no doubt that `point` stands before the fraction."""
    groups = _GROUPS.format(mark=other)
    fraction = rf"\d*{point}(?:\d{{1,2}}|\d{{4,}})|0{point}\d+|\d{{4,}}{point}\d+|{point}\d+"
    return rf"^[+-]?(?:{groups}+{point}\d*|{groups}{{2,}}|{_SPACED}{point}\d*|{fraction})(?:[eE][+-]?\d+)?$"


_POINT, _COMMA = _settling(r"\.", ","), _settling(",", r"\.")
_INDIAN = r"^[+-]?[1-9]\d?(?:,\d{2})+,\d{3}(?:\.\d*)?$"


@dataclass(frozen=True)
class Found:
    """A column's spelling. open: a cell that may be read either way, where nothing and no one tells."""

    spelling: Spelling
    open: str = ""


def find_spelling(texts: pa.Array, known: str = "", told: str = "", likely: str = "") -> Found:
    """How the cells that are there write numbers. known: "," or ".", the mark of the table's numbers; likely: the same,
    where that is a guess; told: "point" or "comma", by a person."""
    mark = known or likely
    if not len(texts):
        return Found(PLAIN)
    if _are_plain(texts) and not told and (mark != "," or not _any(texts, r"\.")) and not _any(texts, _OPEN):
        return Found(Spelling(grouped=bool(known) or _any(texts, r"\.")))
    if _share(texts, _CLOCK) >= 0.95:
        return Found(Spelling(clock=True))
    unit = find_unit(texts)
    tidied = Spelling(unit=unit).tidy(texts)
    points, commas = _count(tidied, _POINT) + _count(tidied, _INDIAN), _count(tidied, _COMMA)
    open_cells = tidied.filter(pc.match_substring_regex(tidied, _OPEN))
    settled = bool(told or known or points or commas)
    comma = told == "comma" or (not told and (commas > points or (commas == points and mark == ",")))
    grouped = settled or _any(tidied, rf"^[+-]?(?:{_SPACED}|{_GROUPS.format(mark=',')}+)$")
    spelling = Spelling("comma" if comma else "point", grouped, unit)
    return Found(spelling, open_cells[0].as_py() if len(open_cells) and not settled else "")


def _are_plain(texts: pa.Array) -> bool:
    try:
        pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        return _share(pc.utf8_trim_whitespace(texts), _PLAIN) == 1
    return True


def _count(texts: pa.Array, pattern: str) -> int:
    return int(pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0)


def _share(texts: pa.Array, pattern: str) -> float:
    return _count(texts, pattern) / max(1, len(texts))


def _any(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())
