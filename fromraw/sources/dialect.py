"""How the cells of a text table are parted: the separator, the quotes, and what stands before a quote that is a letter.

Each dialect that the first lines allow is tried on them. The best one gives the most rows of one width and the most
cells that look like something: van den Burg, Nazábal, Sutton, "Wrangling messy CSV files by detecting row and type
patterns", Data Mining and Knowledge Discovery, 2019, whose pattern of a row is here its number of cells.
"""

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product

from fromraw.sources.cells import is_value

WORDS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space", ":": "colon"}
_WEAK = " :"
"""Separators that stand inside cells more often than between them: nearly all rows must agree on one of these."""
_RECORDS, _CHARACTERS = 200, 1 << 16
"""What is looked at."""
_SPACED = 0.8
"""The share of separators with a blank behind from which on it may belong to them."""
_BROKEN = 0.85
"""What a dialect keeps of its score, whose quotes end within cells: these may be letters."""
_SINGLE = 1e-3
"""What a row of a single cell counts, so that a table of one column is better than none."""


@dataclass(frozen=True)
class Dialect:
    """separator, quote ("" where none has a meaning); escape: before a quote inside quotes ("": it is doubled); spaced:
    blanks behind a separator mean nothing, and where blanks part the cells, several do so like one."""

    separator: str = ","
    quote: str = '"'
    escape: str = ""
    spaced: bool = False

    def records(
        self, lines: Iterable[str], start: int = 1, strict: bool = False
    ) -> Iterator[tuple[int, int, list[str]]]:
        """Each record with the numbers of its first and last line. lines: with their ends, as they are in the file;
        start: the number of the first; strict: csv.Error where a quoted cell goes on behind its last quote."""
        csv.field_size_limit(1 << 30)
        reader = csv.reader(
            (line.strip(" \r\n") + "\n" for line in lines) if self.separator == " " and self.spaced else lines,
            delimiter=self.separator,
            quotechar=self.quote or None,
            quoting=csv.QUOTE_MINIMAL if self.quote else csv.QUOTE_NONE,
            escapechar=self.escape or None,
            skipinitialspace=self.spaced,
            strict=strict,
        )
        first = start
        for record in reader:
            last = start + reader.line_num - 1
            yield first, last, record
            first = last + 1


def find_dialect(
    lines: Sequence[str], expected: str, separator: str | None = None, quote: str | None = None
) -> Dialect:
    """The dialect of the first lines. expected: the separator that the file's ending promises, which wins where nothing
    is better; separator, quote: what a person says."""
    sample = list(_some(lines))
    best, most = Dialect(separator or expected, '"' if quote is None else quote), -1.0
    for dialect in _possible("".join(sample), expected, separator, quote):
        records = [record for _, _, record in islice(dialect.records(sample), _RECORDS) if any(record)]
        score = _score(records, dialect) * (1.02 if dialect.separator == expected else 1)
        score *= 1 if _is_kept(dialect, sample) else _BROKEN
        if score > most:
            best, most = dialect, score
    return best


def _some(lines: Sequence[str]) -> Iterator[str]:
    size = 0
    for line in lines:
        yield line
        size += len(line)
        if size > _CHARACTERS:
            return


def _possible(text: str, expected: str, separator: str | None, quote: str | None) -> Iterator[Dialect]:
    """The expected separator first, then those that the text has; quotes and escapes that it has."""
    separators = [separator] if separator else [expected, *(s for s in WORDS if s in text and s != expected)]
    marks = [quote] if quote is not None else ['"', *([""] if '"' in text else []), "'"]
    for part, mark in product(separators, marks):
        if mark == "'" != quote and not _stands_in_pairs(mark, part, text):
            continue
        many = text.count(part + " ") > _SPACED * text.count(part)
        blanks = [False, True] if part == " " or (many and part != "\t") else [False]
        escapes = ["", "\\"] if mark and f"\\{mark}" in text else [""]
        for escape, spaced in product(escapes, blanks):
            yield Dialect(part, mark, escape, spaced)


def _stands_in_pairs(mark: str, separator: str, text: str) -> bool:
    """Whether as many cells end with it as begin, one in every other line at least: an apostrophe may begin a word."""
    part = re.escape(separator)
    begun = len(re.findall(rf"(?:^|{part}) *{mark}", text, re.MULTILINE))
    ended = len(re.findall(rf"{mark} *(?:\r?$|{part})", text, re.MULTILINE))
    return begun == ended >= text.count("\n") / 2


def _is_kept(dialect: Dialect, sample: Sequence[str]) -> bool:
    """Whether behind each quoted cell a separator or the end of the line follows."""
    try:
        for _ in islice(dialect.records(sample, strict=True), _RECORDS):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return True


def _score(records: Sequence[Sequence[str]], dialect: Dialect) -> float:
    """How alike the rows are in width, times how many cells look like something."""
    widths = Counter(len(record) for record in records)
    width, _ = widths.most_common(1)[0] if widths else (0, 0)
    if width > 1 and not _agree(records, width, 0.95 if dialect.separator in _WEAK else 0.7):
        return 0.0
    rows = sum(count * (wide - 1) / wide if wide > 1 < width else count * _SINGLE for wide, count in widths.items())
    cells = [cell for record in records for cell in record]
    nothing = 1.0 if dialect.separator != " " or dialect.spaced else 0.2  # several blanks in a row are one separator
    likeness = sum(_likeness(cell) if cell else nothing for cell in cells)
    return rows / max(1, len(widths)) * likeness / max(1, len(cells))


def _agree(records: Sequence[Sequence[str]], width: int, share: float) -> bool:
    """Whether nearly all rows have this width, but for lines above and below the table."""
    fits = [len(record) == width for record in records]
    inside = fits[fits.index(True) : len(fits) - fits[::-1].index(True)]
    return 2 * sum(fits) > len(fits) and sum(inside) >= share * len(inside)


def _likeness(cell: str) -> float:
    """1 for a cell that is a value, a word or nothing; less where it seems to be a piece or several cells."""
    text = cell.strip()
    if not text:
        return 1.0
    if text[0] in "\"'" or text[-1] == '"' or "\\" in text:
        return 0.2
    known = 1.0 if is_value(text) else 0.5 if any(mark in text for mark in ",;\t|") else 1.0
    return known if cell[0] != " " else 0.9 * known
