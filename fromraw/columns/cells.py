"""Arrow cells of any type as texts, as numbers, and which of them are missing: what several columns begin with."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.base import MISSING, Sample
from fromraw.sources.base import Field

_MISSING = pa.array(sorted(MISSING))
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$|^[+-]?(?i:nan|inf|infinity)$"


def cells_of(batch: pa.RecordBatch | pa.Table, name: str) -> pa.Array:
    """A field's cells as one plain array; all null where the batch has no such field."""
    if name not in batch.schema.names:
        return pa.nulls(batch.num_rows)
    return plain(batch.column(name))


def plain(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    """Without chunks and dictionaries."""
    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    return cells.dictionary_decode() if pa.types.is_dictionary(cells.type) else cells


def is_text(kind: pa.DataType) -> bool:
    return pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind)


def is_number(kind: pa.DataType) -> bool:
    return pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)


def value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_single(kind: pa.DataType) -> bool:
    """Whether cells of that Arrow type are single values: texts, numbers, truth values, or nothing at all."""
    kind = value_type(kind)
    return is_text(kind) or is_number(kind) or pa.types.is_boolean(kind) or pa.types.is_null(kind)


def to_texts(cells: pa.Array, literal: bool = False) -> pa.Array:
    """Texts exactly as written, null where missing. literal: only null is missing, whatever a text says."""
    cells = plain(cells)
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), None, cells)
    texts = cells if pa.types.is_string(cells.type) else pc.cast(cells, pa.string())
    if literal:
        return texts
    return pc.if_else(pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(texts)), _MISSING), None, texts)


def to_numbers(cells: pa.Array) -> tuple[np.ndarray, np.ndarray]:
    """float64 (n,) with nan where there is no finite number, and (n,) True where a cell is there but no number."""
    cells = plain(cells)
    if is_text(cells.type):
        texts = to_texts(cells)
        numbers = _parse(texts)
        bad = np.isnan(numbers) & pc.is_valid(texts).to_numpy(zero_copy_only=False) & ~_matches(texts)
    else:
        if pa.types.is_boolean(cells.type):
            cells = pc.cast(cells, pa.int8())
        numbers = pc.cast(cells, pa.float64(), safe=False).to_numpy(zero_copy_only=False).astype(np.float64)
        bad = np.zeros(len(numbers), bool)
    return np.where(np.isfinite(numbers), numbers, np.nan), bad


def _matches(texts: pa.Array) -> np.ndarray:
    matched = pc.match_substring_regex(pc.utf8_trim_whitespace(texts), _NUMBER)
    return pc.fill_null(matched, False).to_numpy(zero_copy_only=False)


def _parse(texts: pa.Array) -> np.ndarray:
    """The quick way where every text is a number as computers write it; else the careful one, cell by cell."""
    try:
        numbers = pc.cast(texts, pa.float64())
    except pa.ArrowInvalid:
        trimmed = pc.utf8_ltrim(pc.utf8_trim_whitespace(texts), "+")
        numbers = pc.cast(pc.if_else(pa.array(_matches(texts)), trimmed, None), pa.float64())
    return numbers.to_numpy(zero_copy_only=False)


@dataclass(frozen=True)
class Look:
    """What a field's sampled cells are like; worked out once, when asked."""

    field: Field
    cells: pa.Array

    @cached_property
    def texts(self) -> pa.Array:
        """The texts that are there."""
        return pc.drop_null(to_texts(self.cells))

    @cached_property
    def numbers(self) -> np.ndarray:
        """The numbers that are there."""
        numbers, _ = to_numbers(self.cells)
        return numbers[~np.isnan(numbers)]

    @cached_property
    def unlike_numbers(self) -> list[str]:
        """Texts that are no numbers."""
        _, bad = to_numbers(self.cells)
        return [str(text) for text in plain(self.cells).filter(pa.array(bad)).to_pylist()]

    @cached_property
    def values(self) -> int:
        """How many different values there are."""
        return int(pc.count_distinct(self.texts).as_py())

    @property
    def filled(self) -> int:
        return len(self.texts)

    @property
    def missing(self) -> int:
        return len(self.cells) - self.filled

    @property
    def are_numbers(self) -> bool:
        """Nearly every cell that is there is a number, and no digits stand behind a leading zero."""
        return len(self.numbers) >= 0.95 * max(1, self.filled) and not self.leading_zeros

    @cached_property
    def leading_zeros(self) -> int:
        if not is_text(plain(self.cells).type):
            return 0
        return int(pc.sum(pc.match_substring_regex(self.texts, r"^\s*0\d+\s*$")).as_py() or 0)

    @cached_property
    def are_whole(self) -> bool:
        return bool(len(self.numbers)) and bool(np.all(self.numbers == np.round(self.numbers)))

    @property
    def gaps(self) -> str:
        """'; missing in 12 of 300' or nothing."""
        return f"; missing in {self.missing:,} of {len(self.cells):,}" if self.missing else ""


def looks(sample: Sample) -> list[Look]:
    """The sample's fields of single values."""
    return [Look(f, sample.column(f.name)) for f in sample.fields if is_single(f.type)]
