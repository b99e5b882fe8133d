"""What a person should be told of a column's cells before believing them: nothing here changes how a cell is read."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.epochs import EPOCHS, epoch_of
from fromraw.columns.look import Look
from fromraw.columns.names import names_times
from fromraw.columns.units import several_units
from fromraw.how_many import how_many

_STAND_INS = (99, 999, 9999, 99999, 999999, 88, 888, 8888)
_ONE_SIDED = 0.98
"""A column tells hardly anything where so many of its cells are the same."""
_ALTERNATIVE = {"point": "comma", "comma": "point"}


def of_numbers(look: Look) -> list[str]:
    """Of a column of numbers."""
    return list(filter(None, (_open_mark(look), _one_sided(look), _stand_in(look), _moments(look))))


def of_categories(look: Look) -> list[str]:
    """Of a column of categories."""
    return list(filter(None, (_alike(look), _one_sided(look), _some_numbers(look), _units(look), _missing_word(look))))


def _open_mark(look: Look) -> str:
    """A mark that may part thousands or a fraction, where nothing tells."""
    cell, spelling = look.found.open, look.found.spelling
    if not cell:
        return ""
    has_point = "." in cell
    is_fraction = has_point == (spelling.decimal == "point")
    read = f"with a decimal {spelling.decimal}" if is_fraction else "as thousands"
    other = _ALTERNATIVE[spelling.decimal]
    return f'"{cell}" is read {read}; no cell settles it; overrule: --type {look.field.name}=number:{other}'


def _one_sided(look: Look) -> str:
    if look.values < 2 or look.most < _ONE_SIDED * look.filled:
        return ""
    return f'"{next(iter(look.counts))}" {look.among(look.most)}: it tells hardly anything'


def _stand_in(look: Look) -> str:
    """It is kept: it may as well be meant."""
    found = find_stand_in(look.numbers)
    return f"{found[0]:g} {look.among(found[1])} may stand for missing; it is read as a number" if found else ""


def find_stand_in(numbers: np.ndarray) -> tuple[float, int] | None:
    """A value far from all others that people write where they know none, and how many cells hold it; None where there
    is none. numbers: (n,) float64, none missing."""
    values, counts = np.unique(numbers, return_counts=True)
    if len(values) < 4:
        return None
    for value, count, rest in ((values[-1], counts[-1], values[:-1]), (values[0], counts[0], values[1:])):
        above = value > rest[0]
        gap = value - rest[-1] if above else rest[0] - value
        apart = gap > rest[-1] - rest[0] or (not above and rest[0] >= 0)
        known = value in _STAND_INS if above else value == -1 or -value in (9, *_STAND_INS)
        if known and apart and count >= max(2, 0.005 * len(numbers)):
            return float(value), int(count)
    return None


def _moments(look: Look) -> str:
    """Whole numbers that would be moments of these years, by their size alone."""
    kind = epoch_of(look.numbers) if look.are_whole else ""
    if not kind or names_times(look.field.name):
        return ""
    return f"may be {EPOCHS[kind].words}; overrule: --type {look.field.name}=date"


def _alike(look: Look) -> str:
    """Categories that differ only in case and space."""
    if look.are_numbers:
        return ""
    values = pa.array(list(look.counts), pa.string())
    plain = pc.replace_substring_regex(pc.utf8_lower(pc.utf8_trim_whitespace(values)), r"\s+", " ").to_pylist()
    first: dict[str, str] = {}
    twins = [(first.setdefault(word, value), value) for word, value in zip(plain, look.counts, strict=True)]
    apart = [(one, other) for one, other in twins if one != other]
    if not apart:
        return ""
    rows = sum(look.counts[other] for _, other in apart)
    more = f" (and {len(apart) - 1:,} more)" if len(apart) > 1 else ""
    one, other = apart[0]
    return f'"{one}" and "{other}" differ only in case and space ({how_many(rows, "rows")}){more}: kept apart'


def _some_numbers(look: Look) -> str:
    """Words among many numbers, or numbers among many words."""
    numbers = len(look.numbers)
    if look.are_numbers or look.leading_zeros or not 0.05 * look.filled < numbers < look.filled:
        return ""
    return f"numbers {look.among(numbers)}, words in the others"


def _units(look: Look) -> str:
    units = [] if look.are_numbers else several_units(look.texts)
    return f"numbers in several units ({', '.join(units)}) are not made into one" if units else ""


def _missing_word(look: Look) -> str:
    """A word for missing that may be a name (Namibia is NA)."""
    word = next((word for word in look.words_for_missing if word.isalpha()), "")
    return f"--type {look.field.name}=category:literal takes {word} as a name" if word and not look.are_numbers else ""
