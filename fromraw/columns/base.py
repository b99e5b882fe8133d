"""What every column is: the one who knows what its cells mean."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor

from fromraw.errors import Refused
from fromraw.randomness import Draw
from fromraw.signals import Signal, SignalSpec, View
from fromraw.sources.base import Field, Problem


@dataclass(frozen=True)
class Sample:
    """What `recognize` may look at: the fields, and cells of first and scattered rows.

    rows: how many there are in all (None where that is not known yet); output: these fields are to be predicted (a
    number with few values is then a category); named: a person named the type, so that every field is claimed which
    can be of it at all, whatever the doubts (sure is then 1), and Refused says why one cannot; told: the settings that
    were named with it; seen: what was worked out of the cells, by field, for all types to share.
    """

    fields: Sequence[Field]
    table: pa.Table
    rows: int | None = None
    output: bool = False
    named: bool = False
    told: Mapping[str, Any] = field(default_factory=dict)
    seen: dict[str, Any] = field(default_factory=dict, compare=False, repr=False)

    def column(self, name: str) -> pa.Array:
        column = self.table.column(name)
        return column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column

    def is_output(self, field: Field) -> bool:
        """Whether it is to be predicted, by what was asked or by what the source knows."""
        return self.output or field.meaning in ("class", "label")


@dataclass(frozen=True)
class Claim:
    """That some fields are one column of this type. sure: 0 to 1; reason: in words that `describe` prints."""

    fields: tuple[str, ...]
    name: str
    sure: float
    reason: str
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Circumstance:
    """How cells came about, apart from what they show, as their light. values: (n,) float64, nan where not known, or
    texts; learned: what a net may learn in place of the answer ('the lamp'); enough: the ROC AUC for a category from
    which on it is worth telling."""

    name: str
    values: np.ndarray
    learned: str
    enough: float


def in_short(number: float) -> str:
    """Four digits or all before the point; without a comma where there are four, which are as often a year."""
    if abs(number) < 1000:
        return f"{number:.4g}"
    return f"{number:.0f}" if abs(number) < 10_000 else f"{number:,.0f}"


@dataclass(frozen=True)
class Trait:
    """What rows can be told apart by, as their age or their length. name: in words; values: (n,) float64, nan where
    missing, or texts, "" where missing; write: a number as a person writes it; ends: only the least and the greatest
    rows are of interest, as the darkest."""

    name: str
    values: np.ndarray
    write: Callable[[float], str] = in_short
    ends: bool = False


@dataclass(frozen=True)
class Ragged:
    """Rows of different length, end to end: values (sum of lengths, ...), offsets (n + 1,)."""

    values: np.ndarray
    offsets: np.ndarray

    def __len__(self) -> int:
        return len(self.offsets) - 1

    @property
    def lengths(self) -> np.ndarray:
        return np.diff(self.offsets)

    @classmethod
    def of(cls, rows: Sequence[np.ndarray]) -> "Ragged":
        """Rows end to end."""
        return cls(np.concatenate(rows), np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64))

    @classmethod
    def joined(cls, several: Sequence["Ragged"]) -> "Ragged":
        """The rows of several, one after another."""
        lengths = np.concatenate([each.lengths for each in several])
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        return cls(np.concatenate([each.values for each in several]), offsets)

    def take(self, rows: np.ndarray) -> "Ragged":
        """The given rows, in that order."""
        lengths = self.lengths[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        index = np.arange(offsets[-1]) + np.repeat(self.offsets[rows] - offsets[:-1], lengths)
        return Ragged(self.values[index], offsets)

    def padded(self) -> tuple[np.ndarray, np.ndarray]:
        """(B, longest, ...) with zeros, and mask (B, longest); at least one step long."""
        longest = max(1, int(self.lengths.max(initial=1)))
        mask = np.arange(longest)[None] < self.lengths[:, None]
        values = np.zeros((len(self), longest, *self.values.shape[1:]), self.values.dtype)
        values[mask] = self.values
        return values, mask


Stored = dict[str, np.ndarray | Ragged]
"""A column's prepared form: named arrays with a row for each row of the source. `present` (n,) bool is always there."""


def tensor(values: Any) -> Tensor:
    """A stored array (it may be a read-only map of a file) as a tensor of its own."""
    return torch.from_numpy(np.array(values))


class Column(ABC):
    """One column of a data set (of one field, or of many: `t0`...`t23`).

    What is learned from training rows by `fit` is plain data: `state()` gives it, `load()` takes it back. A column
    holds no rows. `strict` is set where a person named the type or the run was trained with it: then a cell that does
    not fit is an error, else a finding that counts as missing.
    """

    room = "columns"
    type: ClassVar[str]
    """The name that people use: `--type zip=category`."""
    role: ClassVar[str] = "input"
    """`left out` for types that no net reads: identifiers, constants, free text."""
    unpredictable: ClassVar[str] = ""
    """Why it cannot be predicted whoever asks for it; "" where its cells may be tried as another type."""
    takes_the_rest: ClassVar[bool] = False
    """Whether fields are of this type that no other claims."""
    names_rows: ClassVar[bool] = False
    """Whether its cells only name the rows, so that rows may be copies but for it."""
    tells_time: ClassVar[bool] = False
    """Whether its cells say when."""
    decoder: ClassVar[str | None] = None
    """The decoder that it asks for as an output; None where it cannot be one."""
    raw_tells_more: ClassVar[bool] = False
    """Whether raw cells tell traits that stored ones do not, as a file its camera."""
    scalar: ClassVar[bool] = False
    """Whether it is read together with the other single values, as one input."""

    unseen: ClassVar[str] = (
        "Rows from another source, time or population than these: the scores hold for rows like these alone."
    )
    """Of an input, what a net has never met in it, whatever the data: what the report says that a run is not for."""
    hub_name: ClassVar[str] = ""
    """How Hugging Face's hub begins the name of a task with such an input; of single values always `tabular`."""

    fits_on_sample: ClassVar[bool] = False
    """Whether a few thousand scattered training rows are enough to fit on, so that no further reading is needed."""

    def __init__(self, name: str, fields: Sequence[str], **settings: Any) -> None:
        self.name = name
        self.fields = tuple(fields)
        self.settings = settings
        self.strict = False
        self.lies_on: str | None = None
        """The column whose picture or recording this one lies on, so that both take the same View."""

    @classmethod
    @abstractmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        """Which fields are of this type, how surely, and why; an empty list, or Refused with the reason, if none."""

    @classmethod
    @abstractmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        """Made-up cells of this type, some of them missing, a field each of the column's: for tests of all columns."""

    @abstractmethod
    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Learn from training rows only: vocabulary, mean and scale, size."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """What `fit` learned, as JSON's values."""

    @abstractmethod
    def load(self, state: Mapping[str, Any]) -> None:
        """Take back what `state` gave."""

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        """What of `state` answers need, key by key, for a run that leaves the machine: names of categories and numbers
        about many rows, no other cell. `load` takes it. Refused of a type that does not say.

        ranges: the least and the greatest too, which `unlike` compares with; fewest: names of categories that fewer
        training rows have stay behind, and are then as never seen.
        """
        raise Refused(f"the type {self.type} does not say what of it may be handed on")

    def rare_names(self, fewest: int) -> list[str]:
        """The names of categories in `handed_on` that fewer training rows have."""
        return []

    @property
    @abstractmethod
    def spec(self) -> SignalSpec:
        """Of the signal that `collate` gives, after `fit`."""

    @abstractmethod
    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        """The stored form of a whole batch, and what was wrong. rows: (B,) their numbers in the source, from 0, for
        messages (which count from 1)."""

    @abstractmethod
    def collate(self, stored: Stored, view: View | None) -> Signal:
        """A batch of stored rows as a signal, seen through a view where the column has one."""

    @abstractmethod
    def restore(self, values: Any, view: View | None = None) -> Sequence[Any]:
        """Values in the signal's coordinates back to what a person would write."""

    def written(self, stored: Stored) -> Sequence[Any]:
        """Stored cells as a person writes them, None where missing; of columns that can be an output."""
        return [None] * len(stored["present"])

    def read_truths(self, cells: pa.Array) -> Sequence[Any]:
        """Raw cells in the form of `written`: what a person's own file says of the answer."""
        batch = pa.RecordBatch.from_arrays([cells], [self.fields[0]])
        return self.written(self.prepare(batch, np.arange(len(cells)))[0])

    def strata(self, stored: Stored) -> np.ndarray | None:
        """(B,) whole numbers, of which each split should have the same share (categories); None: no such thing."""
        return None

    def flat(self, stored: Stored) -> np.ndarray | None:
        """(B, F) float64 numbers for baselines; None where there is no such form."""
        return None

    def amounts(self, batch: pa.RecordBatch) -> np.ndarray | None:
        """(B,) float64, the numbers as the raw cells say, nan where missing, of a column that need not be fitted; None
        where a cell is no number that can be large or small."""
        return None

    def look(self, stored: Stored, draw: Draw | None, changes: Mapping[str, Any], fixed: int = 0) -> View | None:
        """The view of a batch: with `draw`, varied by `changes` (the plan's); without, one of the `fixed_looks`, of
        which 0 is the plain one. None: no view."""
        return None

    def fixed_looks(self, changes: Mapping[str, Any]) -> int:
        """How many looks an evaluation takes at a row and averages (a mirrored one, say)."""
        return 1

    def suggest_changes(self, sample: Stored) -> dict[str, tuple[Any, str]]:
        """Which variations of the view keep the meaning, by rule from training rows: {name: (value, why)}."""
        return {}

    def circumstances(self, batch: pa.RecordBatch) -> list[Circumstance]:
        """What should not matter of raw cells, of a column that need not be fitted; empty where nothing is known."""
        return []

    def traits(self, stored: Stored, batch: pa.RecordBatch | None = None) -> list[Trait]:
        """What rows can be told apart by, to look at some of them together; the more where raw cells are at hand."""
        return []

    def unlike(self, batch: pa.RecordBatch, stored: Stored) -> dict[int, str]:
        """{place in the batch: words} of cells outside of what training rows had: 'age 230 is above 17 to 90'."""
        return {}

    def facts(self) -> dict[str, Any]:
        """What `fit` found that a part's rules may read (Description.facts)."""
        return {}

    def thumbnails(self, batch: pa.RecordBatch, size: int) -> tuple[np.ndarray, np.ndarray] | None:
        """(B, size, size, 3) uint8, a small look at each raw cell, and (B,) whether it shows enough to be told from
        others; None where cells cannot be looked at."""
        return None

    def show(self) -> str:
        """In a few words for `describe`: '96 px; median 640x480'."""
        return ""
