"""What stands where in a text table: lines above it, its header of no, one or several lines, its rows, lines below.

Judged by the first records and by the last lines: by how many cells a line has, and by whether its cells look like
those of the rows.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from fromraw.errors import DataError, UsageError
from fromraw.sources.cells import is_missing, is_value
from fromraw.sources.dialect import Dialect
from fromraw.sources.naming import unique

_BODY, _CELLS = 200, 20_000
"""Rows, and about as many cells in them, that are looked at."""
_MOST_HEADERS, _MOST_BELOW = 4, 20
_SHARE = 0.8
"""Of a column's cells, that must be values for it to be a column of values."""
_TOTAL = re.compile(r"(grand |sub)?totals?|sum|summe|gesamt|insgesamt|somme|suma|totale|totaal", re.IGNORECASE)

Record = tuple[int, int, list[str]]
"""The numbers of its first and last line, and its cells."""


@dataclass(frozen=True)
class Layout:
    """names: of the columns; dropped: empty ones at the ends of lines, which are left out; above: lines before the
    first row, header included; header: the lines of the header; rows: the first ones; notes: for a person."""

    names: tuple[str, ...]
    dropped: int
    above: int
    header: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...]

    @property
    def width(self) -> int:
        """Cells of a row as it lies in the file."""
        return len(self.names) + self.dropped


def find_layout(
    records: Sequence[Record], place: str, whole: bool, headers: int | None = None, skipped: int | None = None
) -> Layout:
    """The layout of a table that begins with these records. whole: they are all there is; headers: how many of them
    are the header, as a person says; skipped: lines above that are passed over already, as a person says. DataError
    where nothing is a row."""
    kept = [record for record in records if any(cell.strip() for cell in record[2])]
    if not kept:
        raise DataError(f"{place}: {f'nothing below line {skipped}' if skipped else 'an empty file'}.")
    width = _width(kept)
    start = 0 if skipped is not None else _start(kept, width)
    depth = _headers(kept[start:], width) if headers is None else headers
    top, below = kept[start : start + depth], [cells for _, _, cells in kept[start + depth :]]
    above = top[-1][1] if top else kept[start - 1][1] if start else skipped or 0
    if not depth and headers is None and (named := _commented(kept[:start], width)):
        top = [named]
    titles = _titles([cells for _, _, cells in top], below, width, place)
    rows = [row for row in below if len(row) == width]
    if whole and not rows:
        lines = f"a header of {width} column{'s' if width > 1 else ''}" if top else f"{width} columns"
        raise DataError(f"{place}: {lines} and no row that fits it.")
    dropped = _dropped(titles, rows)
    names, notes = unique(titles[: width - dropped]) if top else ([f"c{at}" for at in range(width - dropped)], [])
    lines_of_header = tuple(line for first, last, _ in top for line in range(first, last + 1))
    shown = tuple(tuple(row[: width - dropped]) for row in rows)
    return Layout(tuple(names), dropped, above, lines_of_header, shown, tuple(notes))


def seen(width: int) -> int:
    """How many rows of so many cells are looked at."""
    return min(_BODY, 10 + _CELLS // width)


def _width(records: Sequence[Record]) -> int:
    """The number of cells that most rows have; of equally frequent ones that of the first record among them."""
    counts = Counter(len(cells) for _, _, cells in records)
    most = max(counts.values())
    return next(len(cells) for _, _, cells in records if counts[len(cells)] == most)


def _start(records: Sequence[Record], width: int) -> int:
    """The first record of the table: as wide as it, or a cell narrower right above its rows, and not nearly empty."""
    full = sum(_filled(cells) > 1 for _, _, cells in records if len(cells) == width)
    for at, (_, _, cells) in enumerate(records):
        bare = width > 2 and _filled(cells) < 2 <= full
        fits = len(cells) == width or _is_short_header(records, at, width)
        if fits and not bare and not cells[0].startswith("#"):
            return at
    return 0


def _is_short_header(records: Sequence[Record], at: int, width: int) -> bool:
    """Whether it is a cell short of the rows right below it, of which the first is no header."""
    below = [cells for _, _, cells in records[at + 1 :]]
    widths = [len(cells) for cells in below[:2]]
    return len(records[at][2]) == width - 1 > 0 and widths == [width, width] and not _is_header(below[0], below[1:])


def _filled(cells: Sequence[str]) -> int:
    return sum(bool(cell.strip()) for cell in cells)


def _commented(above: Sequence[Record], width: int) -> Record | None:
    """The header that numpy and others write as a comment: `# a,b,c`."""
    if not above or not above[-1][2][0].startswith("#") or len(above[-1][2]) != width:
        return None
    first, last, cells = above[-1]
    return first, last, [cells[0].lstrip("# ") or "#", *cells[1:]]


# ----------------------------------------------------------------------------------------------------------- the header


def _headers(records: Sequence[Record], width: int) -> int:
    """How many records are the header."""
    rows = [cells for _, _, cells in records if len(cells) in (width, width - 1)][: seen(width)]
    if len(rows) > 1 and len(rows[0]) == width - 1 == len(rows[1]) - 1:
        return 1
    if not rows or not _is_header(rows[0], rows[1:]):
        return 0
    depth = 1
    while depth < _MOST_HEADERS and len(rows) > depth + 1 and _is_header_too(rows[depth], rows[depth + 1 :]):
        depth += 1
    return depth


def _is_header(first: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Each column says: words above values are a header; a value above values, or a word that comes again, is a row."""
    rows = rows[: seen(len(first))]
    if not rows:
        return not any(is_value(cell) for cell in first)
    columns = [[row[at] for row in rows if len(row) > at] for at in range(len(first))]
    counted = _is_counted(first) and 2 * sum(_is_counted(row) for row in rows) < len(rows)
    votes = 0
    for cell, column in zip(first, columns, strict=True):
        if is_missing(cell):
            continue
        if _are_values(column):
            votes += (not counted and -1) if is_value(cell) else 1
        else:
            votes -= cell in column
    return votes >= 0


def _is_header_too(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether a line below a header belongs to it: none of its cells above values is one, and enough of them are
    words; where that is a single column, nothing else may be there (a line of units)."""
    over = [at for at in range(len(cells)) if _are_values([row[at] for row in rows if len(row) > at])]
    words = [at for at in over if not is_missing(cells[at])]
    if not words or any(is_value(cells[at]) for at in over) or 2 * len(words) < len(over):
        return False
    return len(over) > 1 or _filled(cells) == 1 < len(cells)


def _are_values(column: Sequence[str]) -> bool:
    there = [cell for cell in column if not is_missing(cell)]
    return bool(there) and sum(map(is_value, there)) >= _SHARE * len(there)


def _is_counted(cells: Sequence[str]) -> bool:
    """Whether the whole numbers among the cells go up in equal steps, as the names of time steps do."""
    numbers = [int(cell) for cell in cells if re.fullmatch(r"\s*\d{1,9}\s*", cell)]
    steps = {later - earlier for earlier, later in pairwise(numbers)}
    are_years = steps == {1} and 1900 <= numbers[0] <= 2100
    return (len(numbers) > 2 or are_years) and len(steps) == 1 and steps != {0}


def _titles(top: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], width: int, place: str) -> list[str]:
    """A title for each cell of a row: of several lines, joined, the upper ones over all columns to the next title.
    Where the header is a cell short, the rows have names before, or nothing behind. UsageError where it is too long."""
    if any(len(line) > width for line in top):
        raise UsageError(f"{place}: a header of {max(map(len, top))} cells over rows of {width}; --read header=0?")
    empty_behind = all(not row[-1].strip() for row in rows if len(row) == width)
    short = [[""] * (width - len(line)) for line in top]
    lines = [[*line, *gap] if empty_behind else [*gap, *line] for line, gap in zip(top, short, strict=True)]
    lines = [[cell.strip() for cell in line] for line in lines]
    for line in lines[:-1]:
        for at in range(1, width):
            line[at] = line[at] or line[at - 1]
    return [" ".join(dict.fromkeys(line[at] for line in lines if line[at])) for at in range(width)]


def _dropped(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    """How many columns at the end have neither a name nor cells: separators at the ends of lines."""
    count = 0
    while count < len(titles) - 1 and not titles[-1 - count] and all(not row[-1 - count].strip() for row in rows):
        count += 1
    return count


# ------------------------------------------------------------------------------------------------------ below the table


def find_footer(lines: Sequence[str], layout: Layout, dialect: Dialect, told: int | None = None) -> tuple[int, int]:
    """Of the last lines of a file: how many are no rows (sources, remarks, totals), and how many of these are as wide
    as a row. told: how many lines a person says that there are, counting the empty ones between them."""
    rows = list(layout.rows)
    while rows and (_is_no_row(rows[-1], []) or _is_nearly_empty(rows[-1], layout.width, [])):
        rows.pop()
    below = wide = gap = wide_in_gap = 0
    for line in reversed(lines):
        if told is not None and below + (gap if below else 0) >= told:
            break
        if not line.strip():
            gap += 1
            continue
        cells = next((cells for _, _, cells in dialect.records([line])), [])
        inside = dialect.quote and line.count(dialect.quote) % 2
        if told is None and not inside and _is_nearly_empty(cells, layout.width, rows):
            gap, wide_in_gap = gap + 1, wide_in_gap + 1  # a remark only where an empty line parts it from the rows
            continue
        if told is None and (inside or not _is_below(cells, layout.width, rows)):
            break
        below, wide = below + gap + 1, wide + wide_in_gap + (len(cells) == layout.width)
        gap = wide_in_gap = 0
        if told is None and below > _MOST_BELOW:
            return 0, 0
    return below, wide


def _is_below(cells: Sequence[str], width: int, rows: Sequence[Sequence[str]]) -> bool:
    """Words without a separator, or a line as wide as a row that is none. One that has a separator and is too short is
    rather a row that was cut off, and that is told; one with gaps is a row."""
    if len(cells) != width:
        return len(cells) < 2 and not (cells and is_value(cells[0]))
    return _is_no_row(cells, rows)


def _is_nearly_empty(cells: Sequence[str], width: int, rows: Sequence[Sequence[str]]) -> bool:
    """As wide as a row, with a single word, where no row is like it."""
    return len(cells) == width > 2 and _filled(cells) == 1 and all(_filled(row) > 1 for row in rows)


def _is_no_row(cells: Sequence[str], rows: Sequence[Sequence[str]]) -> bool:
    """Whether it begins as a line of totals does, or is all empty, and no row is like it."""
    first = cells[0].strip()
    if _TOTAL.fullmatch(first.rstrip(":")):
        return all(row[0].strip() != first for row in rows)
    return not _filled(cells) and all(_filled(row) for row in rows)
