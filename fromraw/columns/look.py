"""What a field's sampled cells are like: what the types judge by, worked out once for all of them."""

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.base import Sample
from fromraw.columns.cells import is_single, is_text, plain, to_texts
from fromraw.columns.codes import are_codes, are_digits, beyond_floats
from fromraw.columns.names import names_codes
from fromraw.columns.spelling import Found, Spelling, find_spelling, to_numbers
from fromraw.how_many import how_many
from fromraw.sources.base import Field

_EXACT = 2**53
NEARLY = 0.95
"""A type is recognized where so many of the cells fit it."""


@dataclass(frozen=True)
class Look:
    """cells: the sampled ones; rows: how many there are in all; told: settings that a person named."""

    field: Field
    cells: pa.Array
    rows: int
    told: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @cached_property
    def texts(self) -> pa.Array:
        """The texts that are there."""
        return pc.drop_null(to_texts(self.cells, bool(self.told.get("literal"))))

    @cached_property
    def found(self) -> Found:
        """How numbers are written here."""
        if not is_text(plain(self.cells).type):
            return Found(Spelling())
        known, likely = (self.field.known.get(key, "") for key in ("decimal", "likely_decimal"))
        return find_spelling(self.texts, known, self.told.get("decimal", ""), likely)

    @cached_property
    def _read(self) -> tuple[np.ndarray, np.ndarray]:
        return to_numbers(self.cells, self.found.spelling)

    @cached_property
    def numbers(self) -> np.ndarray:
        """The numbers that are there."""
        return self._read[0][~np.isnan(self._read[0])]

    @cached_property
    def unlike_numbers(self) -> list[str]:
        """Texts that are no numbers."""
        return [str(text) for text in plain(self.cells).filter(pa.array(self._read[1])).to_pylist()]

    @cached_property
    def counts(self) -> dict[str, int]:
        """{value: cells}, the most frequent first, and of equally frequent ones the first seen."""
        counts = self._counted.field("counts").to_numpy()
        order = np.argsort(-counts, kind="stable")
        values = self._counted.field("values").take(pa.array(order)).to_pylist()
        return dict(zip(values, counts[order].tolist(), strict=True))

    @cached_property
    def _counted(self) -> pa.StructArray:
        return pc.value_counts(self.texts)

    @property
    def values(self) -> int:
        """How many different values there are."""
        return len(self._counted)

    @property
    def most(self) -> int:
        """How many cells hold the most frequent value."""
        return int(self._counted.field("counts").to_numpy().max(initial=0))

    @property
    def filled(self) -> int:
        return len(self.texts)

    @property
    def missing(self) -> int:
        return len(self.cells) - self.filled

    @property
    def is_partial(self) -> bool:
        """Whether there are more rows than were looked at."""
        return self.rows > len(self.cells)

    @cached_property
    def values_in_all(self) -> float:
        """How many different values all rows have, as far as a sample tells: by how many of it come once and twice.

        Chao, "Nonparametric estimation of the number of classes in a population", Scandinavian J. of Statistics 1984.
        """
        if not self.is_partial:
            return float(self.values)
        counts = self._counted.field("counts").to_numpy()
        once, twice = int((counts == 1).sum()), int((counts == 2).sum())
        return min(self.filled_in_all, self.values + once * (once - 1) / (2.0 * (twice + 1)))

    @property
    def filled_in_all(self) -> float:
        return self.filled * max(self.rows, len(self.cells)) / max(1, len(self.cells))

    @cached_property
    def are_numbers(self) -> bool:
        """Nearly every cell that is there is a number, and no digits stand behind a leading zero or beyond a float."""
        enough = len(self.numbers) >= NEARLY * max(1, self.filled)
        return enough and not self.leading_zeros and not self.are_too_long

    @cached_property
    def are_too_long(self) -> bool:
        """Nearly all are whole numbers of which a float would lose digits."""
        return bool(len(self.numbers) and self.numbers.max() > _EXACT) and beyond_floats(self.texts)

    @cached_property
    def leading_zeros(self) -> int:
        if not is_text(plain(self.cells).type):
            return 0
        return int(pc.sum(pc.match_substring_regex(self.texts, r"^\s*0\d+\s*$")).as_py() or 0)

    @cached_property
    def are_digits(self) -> bool:
        """Nearly all cells are digits and nothing else."""
        return are_digits(self.texts)

    @cached_property
    def are_whole(self) -> bool:
        return bool(len(self.numbers)) and bool(np.all(self.numbers == np.round(self.numbers)))

    @cached_property
    def why_codes(self) -> str:
        """Why whole numbers are codes that name something, in words; "" where they are not."""
        if not self.are_whole or self.values <= 2 or self.found.spelling not in (Spelling(), Spelling(grouped=True)):
            return ""
        if self.are_too_long:
            return "whole numbers too long to be amounts"
        if names_codes(self.field.name, self.values):
            return "codes, by its name"
        return "whole numbers few and far apart: codes" if are_codes(self.numbers) else ""

    # ------------------------------------------------------------------------------------------------------- in words

    def among(self, cells: int) -> str:
        """`in 12`, and of how many where that is not all."""
        return f"in {cells:,}" + (f" of {len(self.cells):,} looked at" if self.is_partial else "")

    def gaps(self, odd: list[str] | None = None) -> str:
        """`; "n/a" or "-" in 11 (missing), 87% missing`, or nothing. odd: cells that do not fit."""
        words = [str(text) for text in self.words_for_missing] + (odd or [])
        said = f"; {_quoted(words)} {self.among(len(words))} (missing)" if words else ""
        empty = self.missing - len(self.words_for_missing)
        share = (self.missing + len(odd or [])) / max(1, len(self.cells))
        if empty and share >= 0.1:
            return f"{said}; {share:.0%} missing"
        return f"{said}; missing in {empty:,} of {len(self.cells):,}" if empty else said

    @cached_property
    def words_for_missing(self) -> list[str]:
        """Cells that say in a word that they are empty."""
        cells = plain(self.cells)
        if not is_text(cells.type):
            return []
        unread = cells.filter(pc.and_(pc.is_valid(cells), pc.is_null(to_texts(cells, bool(self.told.get("literal"))))))
        trimmed = pc.utf8_trim_whitespace(unread)
        return list(trimmed.filter(pc.not_equal(trimmed, "")).to_pylist())

    @property
    def how_many_values(self) -> str:
        more = "over " if self.is_partial and self.values_in_all > 1.1 * self.values else ""
        return f"{more}{how_many(self.values, 'values')}"


def _quoted(words: list[str]) -> str:
    """`"n/a" or "-"`: up to three different ones, the most frequent first."""
    shown = [f'"{word[:20]}"' for word, _ in Counter(words).most_common()]
    return ", ".join(shown[:3]) + " and others" if len(shown) > 3 else " or ".join(shown)


def looks(sample: Sample) -> list[Look]:
    """The sample's fields of single values."""
    found: dict[str, Look] = sample.seen
    for f in sample.fields:
        if is_single(f.type) and f.name not in found:
            rows = max(sample.rows or 0, sample.table.num_rows)
            found[f.name] = Look(f, sample.column(f.name), rows, sample.told)
    return [found[f.name] for f in sample.fields if f.name in found]
