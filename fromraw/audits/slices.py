"""Rows that have something in common: a category, a range of a number, a group.

Every column knows by what its rows can be told apart (`traits`); columns that the net does not read are asked too, as a
site or a sex is just what one leaves out and looks at.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column, Trait
from fromraw.findings.base import Case
from fromraw.gathering import Ground
from fromraw.store.prepared import take

TAILS = (0.1, 0.25, 0.5)
"""The shares of rows that are looked at from either end of a number."""
MIDDLES = ((0.1, 0.25), (0.25, 0.5), (0.5, 0.75), (0.75, 0.9), (0.25, 0.75))
MOST_TRAITS, MOST_VALUES = 300, 100
"""Looked at; of a trait that is a text, the most frequent."""
BYTES_A_SECOND = 100e6
"""That raw cells are taken to be read at."""
CHUNK = 1000
"""Rows whose stored cells are read at once."""


@dataclass(frozen=True)
class Slice:
    """Some of the rows that are looked at. name: what they have in common, to be read after 'where'; trait: by what
    they are told; inside: (n,) bool; turns: whether it may lie where the answer turns from one category to another, so
    that any net errs there, and says so; center: rows (numbered as in the examples) that stand for it."""

    name: str
    trait: str
    inside: np.ndarray
    turns: bool = False
    center: Sequence[int] = ()


# ----------------------------------------------------------------------------------------------------- what is known


def read_traits(ground: Ground, rows: np.ndarray, seconds: float) -> list[Trait]:
    """By what these rows (ascending) can be told apart: of the inputs, as stored, and as raw cells where there is time
    to read them; of columns that are left out, likewise."""
    case, found = Case(ground.data), []
    of_source = np.asarray(ground.prepared.rows)[rows]
    for name in ground.data.inputs:
        column, stored = ground.examples.columns[name], ground.examples.stored[name]
        is_raw = column.raw_tells_more and _can_be_read(case, [column], seconds)
        batches = case.batches(column.fields, of_source) if is_raw else None
        found += _joined([column.traits(take(stored, part), cells) for part, cells in _parts(rows, batches)])
    left_out = {name: k.column for name, k in ground.data.known.items() if k.role == "left out"}
    able = {name: column for name, column in left_out.items() if type(column).traits is not Column.traits}
    if able and _can_be_read(case, list(able.values()), seconds):
        for column, stored in case.stored_together(list(able), of_source).values():
            found += column.traits(stored)
    return found[:MOST_TRAITS]


def _can_be_read(case: Case, columns: Sequence[Column], seconds: float) -> bool:
    """Whether raw cells can be read in time, by how large those of the survey's sample are."""
    sample, fields = case.dataset.survey.sample, [name for column in columns for name in column.fields]
    bytes_a_row = sample.select(fields).nbytes / max(1, sample.num_rows)
    return bytes_a_row * case.dataset.survey.rows < seconds * BYTES_A_SECOND


def _parts(
    rows: np.ndarray, batches: Iterator[pa.RecordBatch] | None
) -> Iterator[tuple[np.ndarray, pa.RecordBatch | None]]:
    """A part of the rows after another, beside their raw cells where these are read."""
    if batches is None:
        yield from ((rows[at : at + CHUNK], None) for at in range(0, len(rows), CHUNK))
        return
    start = 0
    for batch in batches:
        yield rows[start : start + batch.num_rows], batch
        start += batch.num_rows


def _joined(parts: Sequence[Sequence[Trait]]) -> list[Trait]:
    return [
        replace(same[0], values=np.concatenate([trait.values for trait in same])) for same in zip(*parts, strict=True)
    ]


def group_trait(ground: Ground, rows: np.ndarray) -> Trait | None:
    """Each row's group, called by the name of its first row's file where there is one."""
    if ground.rows.groups is None:
        return None
    _, first, of = np.unique(ground.rows.groups[rows], return_index=True, return_inverse=True)
    numbers = np.asarray(ground.prepared.rows)[rows[first]]
    names = ground.data.copies.names if ground.data.copies else []
    called = [(names[row] if len(names) else None) or f"row {row + 1:,}" for row in numbers.tolist()]
    return Trait("its group", np.array([f"that of {name}" for name in called], np.str_)[of])


# ----------------------------------------------------------------------------------------------- some rows together


def slices_of(trait: Trait, fewest: int) -> Iterator[Slice]:
    """The rows of one trait, so many at least, that are worth looking at together."""
    if trait.values.dtype.kind == "f":
        yield from _ranges(trait, fewest)
        return
    counts = Counter(trait.values.tolist())
    for value, rows in counts.most_common(MOST_VALUES):
        if fewest <= rows < len(trait.values):
            yield Slice(f"{trait.name} is {value or 'missing'}", trait.name, trait.values == value)


def _ranges(trait: Trait, fewest: int) -> Iterator[Slice]:
    missing = np.isnan(trait.values)
    if fewest <= missing.sum() < len(missing):
        yield Slice(f"{trait.name} is missing", trait.name, missing)
    known, seen = trait.values[~missing], set()
    if len(known) < 2 * fewest:
        return
    shares = [(0.0, share) for share in TAILS] + [(1 - share, 1.0) for share in TAILS]
    for low, high in shares if trait.ends else [*shares, *MIDDLES]:
        least, most = (float(np.quantile(known, share, method="inverted_cdf")) for share in (low, high))
        inside = (trait.values > least if low else ~missing) & (trait.values <= most if high < 1 else ~missing)
        rows = inside.tobytes()
        if rows not in seen and fewest <= inside.sum() < len(missing) - missing.sum():
            seen.add(rows)
            yield Slice(_in_words(trait, least if low else None, most if high < 1 else None), trait.name, inside,
                        turns=not trait.ends)  # fmt: skip


def _in_words(trait: Trait, above: float | None, up_to: float | None) -> str:
    if above is None:
        return f"{trait.name} is at most {trait.write(up_to)}" if up_to is not None else trait.name
    if up_to is None:
        return f"{trait.name} is above {trait.write(above)}"
    return f"{trait.name} is above {trait.write(above)}, at most {trait.write(up_to)}"
