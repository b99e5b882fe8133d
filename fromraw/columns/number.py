"""Numbers: one a cell, standardized by the training rows' mean and standard deviation.

They are read as the column spells them ("1.234,56 EUR", "12 kg", "1:02:45": spelling.py). What is not a finite number
(empty, NA, nan, inf) is missing: 0 once standardized, and marked.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import torch

from fromraw.columns.base import Claim, Column, Sample, Stored, Trait, tensor
from fromraw.columns.cells import cells_of, plain
from fromraw.columns.doubts import of_numbers
from fromraw.columns.look import Look, looks
from fromraw.columns.moments import Moments
from fromraw.columns.spelling import Mark, Spelling, to_numbers
from fromraw.errors import DataError, Refused
from fromraw.parts import part
from fromraw.signals import Scalars, ScalarsSpec, View
from fromraw.sources.base import Problem

FEW = 20
"""Whole numbers of at most so many different values are categories where they are to be predicted."""
_LARGEST = 1e6
"""Standardized values beyond it (an input from another world) are cut, so that no net overflows."""


@part("number")
class Number(Column):
    """One number a row."""

    type = "number"
    decoder = "regress"
    scalar = True

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        *,
        decimal: Annotated[Mark, "the mark before the fraction, where numbers are texts"] = "point",
        grouped: Annotated[bool, "thousands may be parted, by the other mark, spaces or apostrophes"] = False,
        unit: Annotated[str, "what stands before or behind the number in most cells"] = "",
        clock: Annotated[bool, "numbers are H:MM:SS or M:SS, read as seconds"] = False,
    ) -> None:
        self.spelling = Spelling(decimal, grouped, unit, clock)
        super().__init__(name, fields, **self.spelling.settings())
        self.moments = Moments()

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        return [claim for look in looks(sample) if (claim := _claim(look, sample))]

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random = np.random.default_rng(seed)
        texts = [f"{value:.3f}" for value in random.normal(50, 20, rows)]
        return pa.record_batch({"number": pa.array(["n/a" if random.random() < 0.1 else text for text in texts])})

    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        self.moments = Moments()
        for batch in batches:
            self.moments.add(to_numbers(cells_of(batch, self.fields[0]), self.spelling)[0])

    def state(self) -> dict[str, Any]:
        return self.moments.state()

    def load(self, state: Mapping[str, Any]) -> None:
        self.moments = Moments.of(state)

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        return self.moments.handed_on(ranges)

    @property
    def spec(self) -> ScalarsSpec:
        return ScalarsSpec(numbers=(self.name,))

    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        cells = cells_of(batch, self.fields[0])
        numbers, bad = to_numbers(cells, self.spelling)
        present = ~np.isnan(numbers)
        values = np.where(present, (numbers - self.moments.mean) / self.moments.scale, 0)
        limit = float(np.finfo(np.float32).max)
        stored: Stored = {"values": np.clip(values, -limit, limit).astype(np.float32), "present": present}
        return stored, self._problems(plain(cells).filter(pa.array(bad)).to_pylist(), rows[bad]) if bad.any() else []

    def _problems(self, texts: list[str], rows: np.ndarray) -> list[Problem]:
        """What could not be read; an error where the type is certain."""
        words = [f'{self.name} is "{text}", not a number' for text in texts]
        if self.strict:
            more = f"; {len(rows) - 1:,} more like it" if len(rows) > 1 else ""
            remedy = f"Mend it, or train with --type {self.name}=category, which takes it as it is"
            raise DataError(f"row {rows[0] + 1:,}: {words[0]}{more}. {remedy}.")
        return [Problem.of_row(row, text) for row, text in zip(rows, words, strict=True)]

    def collate(self, stored: Stored, view: View | None) -> Scalars:
        values, present = tensor(stored["values"]), tensor(stored["present"])
        none = torch.zeros(len(values), 0, dtype=torch.long)
        return Scalars(values.clamp(-_LARGEST, _LARGEST)[:, None], ~present[:, None], none, present)

    def restore(self, values: Any, view: View | None = None) -> Any:
        """Standardized numbers of any shape, in their own unit again; float64."""
        return np.asarray(values, np.float64) * self.moments.scale + self.moments.mean

    def written(self, stored: Stored) -> list[float | None]:
        values, present = self.restore(stored["values"]), np.asarray(stored["present"])
        return [float(value) if there else None for value, there in zip(values, present, strict=True)]

    def flat(self, stored: Stored) -> np.ndarray:
        """The standardized number, nan where missing."""
        values = np.asarray(stored["values"], np.float64)
        return np.where(np.asarray(stored["present"]), values, np.nan)[:, None]

    def amounts(self, batch: pa.RecordBatch) -> np.ndarray:
        return to_numbers(cells_of(batch, self.fields[0]), self.spelling)[0]

    def traits(self, stored: Stored, batch: pa.RecordBatch | None = None) -> list[Trait]:
        values = self.restore(stored["values"])
        return [Trait(self.name, np.where(np.asarray(stored["present"]), values, np.nan))]

    def unlike(self, batch: pa.RecordBatch, stored: Stored) -> dict[int, str]:
        values = np.where(np.asarray(stored["present"]), np.asarray(stored["values"]), np.float32(0))
        number = lambda place: f"{self.name} {float(self.restore(values[place])):,.6g}"  # noqa: E731
        return {place: f"{number(place)} is {way} {self.show()}" for place, way in self.moments.outside(values)}

    def facts(self) -> dict[str, Any]:
        return {"whole": self.moments.whole}

    def show(self) -> str:
        return f"{self.moments.low:,.6g} to {self.moments.high:,.6g}" if self.moments.count else "no number at all"


def _claim(look: Look, sample: Sample) -> Claim | None:
    fields, name = (look.field.name,), look.field.name
    if not len(look.numbers) or (not sample.named and not look.are_numbers):
        if sample.named:
            raise Refused(f"{name} holds no numbers")
        return None
    sure = 1.0 if sample.named else _sureness(look, sample.is_output(look.field))
    return Claim(fields, name, sure, _reason(look), look.found.spelling.settings())


def _sureness(look: Look, output: bool) -> float:
    few = look.values <= (FEW if output else 2) and look.are_whole
    return 0.4 if few else 0.6


# ------------------------------------------------------------------------------------------------------------- in words

_LONG = 14


def _reason(look: Look) -> str:
    """`0 to 412,50 (decimal comma); "n/a" in 11 (missing)`: the least and the greatest number as they are written."""
    texts = look.texts
    marks = look.found.spelling.marks(texts)
    said = f"{_range(look, texts, marks)}{f' ({marks})' if marks else ''}{look.gaps(look.unlike_numbers)}"
    return "; ".join([said, *of_numbers(look)])


def _range(look: Look, texts: pa.Array, marks: str) -> str:
    if marks or look.found.spelling.unit:
        numbers = look.found.spelling.read(texts)
        finite = np.where(np.isfinite(numbers), numbers, np.nan)
        ends = [str(texts[int(place)]).strip() for place in (np.nanargmin(finite), np.nanargmax(finite))]
        if max(map(len, ends)) <= _LONG:
            return " to ".join(ends)
    unit = f" {look.found.spelling.unit}".rstrip()
    return " to ".join(_brief(end) for end in (look.numbers.min(), look.numbers.max())) + unit


def _brief(number: float) -> str:
    """Without a comma where there are four digits, which are as often a year."""
    return f"{number:.6g}" if abs(number) < 10_000 else f"{number:,.6g}"
