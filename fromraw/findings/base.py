"""What every finder is: one question put to the data, which brings up findings, or refuses with a reason."""

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, Literal

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column, Stored
from fromraw.describing.dataset import DataSet
from fromraw.describing.survey import FIRST, SCATTERED
from fromraw.randomness import key_of, mix
from fromraw.sources.base import Problem

NAMED = 20
"""So many places, values or categories are kept as evidence."""


@dataclass(frozen=True)
class Finding:
    """Something that a person should know.

    kind: the finder's name; gravity: `note` (it was dealt with) or `warning` (look at it); column: None where it
    concerns whole rows; text: one sentence without its full stop, of counts and names of columns, not of what stands in
    single rows; remedy: what to type, then what that does ('--time signup tests on the latest rows'), or advice in
    words; evidence: plain data for JSON.
    """

    kind: str
    gravity: Literal["note", "warning"]
    column: str | None
    text: str
    remedy: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)

    @property
    def options(self) -> tuple[str, ...]:
        """The options that the remedy begins with, each with its value: ('--time', 'signup')."""
        words = shlex.split(self.remedy) if self.remedy.startswith("--") else []
        pairs = [words[at : at + 2] for at in range(0, len(words), 2)]
        last = next((at for at, pair in enumerate(pairs) if not pair[0].startswith("--")), len(pairs))
        return tuple(word for pair in pairs[:last] for word in pair)


@dataclass(frozen=True)
class Case:
    """What a finder may look at.

    problems: what could not be read so far; seconds: what the finder may take; the same for the same command, so that a
    finder may choose by it how many rows to look at; seed: of all that is drawn.
    """

    dataset: DataSet
    problems: Sequence[Problem] = ()
    seconds: float = 10.0
    seed: int = 0

    def rows(self, most: int, *sides: int) -> np.ndarray:
        """At most so many rows of these sides (left out: of any), chosen by their contents, in order. The same rows
        for the same data."""
        side = self.dataset.split.side
        rows = np.flatnonzero(np.isin(side, sides)) if sides else np.arange(len(side))
        if len(rows) <= most:
            return rows
        keys = mix(self.dataset.survey.hashes[rows] ^ np.uint64(key_of("finding", self.seed)))
        return np.sort(rows[np.argsort(keys, kind="stable")[:most]])

    def cells(self, fields: Sequence[str], rows: np.ndarray | None = None) -> pa.Table:
        """Raw cells of some fields, of the given rows (ascending; None: all)."""
        schema = pa.schema([(f.name, f.type) for f in self.dataset.source.chosen(list(fields))])
        return pa.Table.from_batches(list(self.batches(fields, rows)), schema)

    def batches(self, fields: Sequence[str], rows: np.ndarray | None = None) -> Iterator[pa.RecordBatch]:
        """The same, a batch at a time, in one reading that holds only these. The survey's sample is not read again."""
        source, sample = self.dataset.source, self.dataset.survey
        if rows is not None and len(rows) <= FIRST + SCATTERED and np.isin(rows, sample.sample_rows).all():
            places = np.searchsorted(sample.sample_rows, rows)
            names = [f.name for f in source.chosen(list(fields))]
            yield from sample.sample.select(names).take(pa.array(places)).combine_chunks().to_batches()
            return
        start = 0
        for batch in source.batches(list(fields)):
            stop = start + batch.num_rows
            if rows is None:
                yield batch
            else:
                low, high = np.searchsorted(rows, (start, stop))
                if high > low:
                    yield batch.take(pa.array(rows[low:high] - start))
                if high == len(rows):
                    return
            start = stop

    def stored(self, name: str, rows: np.ndarray | None = None) -> tuple[Column, Stored]:
        """A column of the data set fitted on these rows alone (the data set's own is left as it is), and their stored
        form; `column.flat(stored)` are numbers, `column.strata(stored)` categories, where it has such."""
        fields = self.dataset.known[name].column.fields
        return self._stored_of(name, self.cells(fields, rows), rows)

    def stored_together(self, names: Sequence[str], rows: np.ndarray | None = None) -> dict[str, tuple[Column, Stored]]:
        """Several columns as by `stored`, in one reading."""
        cells = self.cells([field for name in names for field in self.dataset.known[name].column.fields], rows)
        return {name: self._stored_of(name, cells, rows) for name in names}

    def flat(self, names: Sequence[str], rows: np.ndarray | None = None) -> dict[str, np.ndarray]:
        """{name: (rows, F) numbers, nan where missing} of the columns that have such a form, in one reading."""
        fields = [field for name in names for field in self.dataset.known[name].column.fields]
        cells, found = self.cells(fields, rows), {}
        for name in names if cells.num_rows else ():
            column, stored = self._stored_of(name, cells, rows)
            numbers = column.flat(stored)
            if numbers is not None:
                found[name] = np.where(np.asarray(stored["present"])[:, None], numbers, np.nan)
        return found

    def _stored_of(self, name: str, cells: pa.Table, rows: np.ndarray | None) -> tuple[Column, Stored]:
        known = self.dataset.known[name].column
        column = type(known)(known.name, known.fields, **known.settings)
        own = cells.select(list(known.fields)).combine_chunks()
        batch = own.to_batches()[0] if own.num_rows else pa.RecordBatch.from_pylist([], own.schema)
        column.fit([batch])
        return column, column.prepare(batch, np.arange(batch.num_rows) if rows is None else rows)[0]


class Finder(ABC):
    """`find` returns what it found, nothing where all is well, or raises Refused with the reason why the question does
    not arise. What it finds is the same for the same data, command and seed, whatever the clock says; it may cry wolf
    in one clean data set of a hundred at most."""

    room = "findings"
    rank: ClassVar[int] = 1
    """The order in which finders are asked; the higher, the dearer, and the sooner shed when time is short."""
    reads_problems: ClassVar[bool] = False
    """Whether it tells of what could not be read, and so is asked again when all of that is known."""

    voids: ClassVar[bool] = False
    """Whether what it finds makes the score mean something else than it seems to."""

    counts_rows: ClassVar[bool] = False
    """Whether it tells of how few rows there are, which may be so in data that are clean."""

    @abstractmethod
    def find(self, case: Case) -> list[Finding]:
        """Findings, the gravest first."""
