"""What a cell of a text table looks like, before any column knows it: nothing, a value (a number or a time), or words;
and which mark stands before the fraction of its numbers."""

import re
from collections.abc import Iterable, Sequence
from typing import Literal

_NOTHING = frozenset(("", "na", "n/a", "nan", "null", "none", "?", "-"))
_UNIT = r"[€$£¥%'’\s]*"
_NUMBER = re.compile(rf"{_UNIT}[+-]?{_UNIT}(\d[\d.,'’\s]*|[.,]\d+)([eE][+-]?\d+)?{_UNIT}$")
_TIME = re.compile(
    r"\d{1,4}([-/.])\d{1,2}\1\d{1,4}([ T]\d{1,2}:\d{2}\S*)?(\s*[AaPp][Mm])?$|\d{1,2}:\d{2}(:\d{2}([.,]\d+)?)?$"
)
_GROUPED = {
    mark: re.compile(rf"\d{{1,3}}({re.escape(other)}\d{{3}})+({re.escape(mark)}\d+)?$")
    for mark, other in ((",", "."), (".", ","))
}
_FRACTION = {mark: re.compile(rf"\d*{re.escape(mark)}\d+([eE][+-]?\d+)?$") for mark in ",."}

_LONG = 64
"""Letters; no value is so long."""

Mark = Literal[",", "."]


def is_missing(cell: str) -> bool:
    return cell.strip().lower() in _NOTHING


def is_value(cell: str) -> bool:
    """Whether it is a number, as people or computers write it, or a date or time."""
    text = cell.strip()
    return len(text) < _LONG and bool(_NUMBER.match(text) or _TIME.match(text))


def mark_of(cell: str) -> Mark | None:
    """The decimal mark, where a cell leaves no doubt: "1,5", "0,125" and "1.234,56" do not, "1,234" and "12" do."""
    text = re.sub(rf"^{_UNIT}[+-]?{_UNIT}|{_UNIT}$|(?<=\d)[\s'’](?=\d{{3}})", "", cell.strip())
    comma, point = (_says(text, mark) for mark in (",", "."))
    return "," if comma and not point else "." if point and not comma else None


def _says(text: str, mark: str) -> bool:
    """Whether `mark` can only part the fraction, the other one only thousands."""
    other = "." if mark == "," else ","
    if _FRACTION[mark].match(text):
        return not _GROUPED[other].match(text) or text.startswith("0")  # 1,234: thousands too; 0,234: none
    grouped = _GROUPED[mark].match(text)
    return bool(grouped) and (mark in text or text.count(other) > 1)  # 1.234,56 and 1.234.567


def find_marks(columns: Sequence[Iterable[str]], suspect: bool) -> tuple[Mark | None, list[Mark | None], bool]:
    """The whole table's decimal mark and each column's own, None where nothing tells; and whether they are a guess.

    columns: their first cells; suspect: cells are parted by something that leaves the comma free, so that "1,234"
    with nothing to compare it to is taken for a fraction.
    """
    own: list[Mark | None] = []
    doubtful = False
    for cells in columns:
        there = [cell for cell in cells if not is_missing(cell)]
        values = [cell for cell in there if is_value(cell) and not _TIME.match(cell.strip())]
        found = {mark_of(cell) for cell in values} - {None} if 2 * len(values) > len(there) else set()
        own.append(found.pop() if len(found) == 1 else None)
        doubtful |= 2 * len(values) > len(there) and own[-1] is None and any("," in cell for cell in values)
    commas, points = own.count(","), own.count(".")
    guessed = doubtful and suspect and not commas and not points
    whole: Mark | None = "," if commas > points or guessed else "." if points else None
    return whole, [mark or whole for mark in own], guessed
