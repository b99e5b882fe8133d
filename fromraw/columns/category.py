"""Categories: one of a few names a cell, kept exactly as written.

An id is a place in the vocabulary, counted from 1; 0 stands for missing, rare or never seen in training. A decoder that
chooses among K categories answers with 0 to K - 1: category k of its answer has id k + 1 and name `values[k]`.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from fromraw.columns.base import Claim, Column, Sample, Stored, Trait, tensor
from fromraw.columns.cells import cells_of, to_texts
from fromraw.columns.doubts import of_categories
from fromraw.columns.look import Look, looks
from fromraw.columns.number import FEW
from fromraw.errors import Refused
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.signals import Scalars, ScalarsSpec, View
from fromraw.sources.base import Problem

UNSEEN = "(never seen in training)"
"""How a target is written that no training row has."""
_HIDDEN = "\0"
"""A name that no cell has."""
RARE = "(rare or never seen in training)"
"""How an input is told of that has no place of its own in the vocabulary."""
MOST = 1000
"""An input keeps so many categories, the most frequent."""
_SHOWN = 64
"""So many of them have a number of their own in `flat`."""


@part("category")
class Category(Column):
    """One name of a vocabulary a row."""

    type = "category"
    decoder = "classify"
    scalar = True

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        *,
        output: Annotated[bool, "it is to be predicted: every category is kept, in sorted order"] = False,
        literal: Annotated[bool, "no text stands for a missing cell"] = False,
    ) -> None:
        super().__init__(name, fields, output=output, literal=literal)
        self.output, self.literal = output, literal
        self.values: list[str] = []
        """The vocabulary: values[k] has id k + 1."""
        self.counts: list[int] = []
        self.rows = self.rare = 0

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        return [claim for look in looks(sample) if (claim := _claim(look, sample))]

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random = np.random.default_rng(seed)
        names = np.array(["bee", "wasp", "fly", "NA"], object)
        return pa.record_batch({"category": pa.array(random.choice(names, rows, p=[0.4, 0.3, 0.2, 0.1]), pa.string())})

    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        found: Counter[str] = Counter()
        self.rows = 0
        for batch in batches:
            self.rows += batch.num_rows
            for pair in pc.value_counts(pc.drop_null(self._texts(batch))).to_pylist():
                found[pair["values"]] += pair["counts"]
        if self.output:
            kept = natural_order(found)
        else:
            least = 1 if self.rows < 200 else 2 if self.rows < 5000 else 5
            frequent = [value for value, count in found.items() if count >= least]
            kept = sorted(frequent, key=lambda value: (-found[value], value))[:MOST]
        self.values, self.counts = kept, [found[value] for value in kept]
        self.rare = len(found) - len(kept)

    def _texts(self, batch: pa.RecordBatch) -> pa.Array:
        return to_texts(cells_of(batch, self.fields[0]), self.literal)

    def state(self) -> dict[str, Any]:
        return {"values": self.values, "counts": self.counts, "rows": self.rows, "rare": self.rare}

    def load(self, state: Mapping[str, Any]) -> None:
        self.values, self.counts = list(state["values"]), list(state.get("counts", ()))
        self.rows, self.rare = state.get("rows", 0), state["rare"]

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        if fewest and len(self.counts) < len(self.values):
            raise Refused(f"it does not tell how many rows had each category of {self.name}, so none can be hidden")
        hidden = set(self.rare_names(fewest))
        values = [_HIDDEN if value in hidden else value for value in self.values]
        return {"values": values, "rare": self.rare + len(hidden)}

    def rare_names(self, fewest: int) -> list[str]:
        return [value for value, count in zip(self.values, self.counts, strict=False) if count < fewest]

    @property
    def spec(self) -> ScalarsSpec:
        return ScalarsSpec(categories=(self.name,), cardinalities=(1 + len(self.values),))

    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        """A target that training never saw has id 0 and is present: it is told, and whatever is answered is wrong."""
        texts = self._texts(batch)
        places = pc.index_in(texts, value_set=pa.array(self.values, pa.string()))
        ids = pc.fill_null(pc.add(places, 1), 0).to_numpy(zero_copy_only=False).astype(np.int32)
        filled = pc.is_valid(texts).to_numpy(zero_copy_only=False)
        if not self.output:
            return {"ids": ids, "present": filled}, []
        unseen = filled & (ids == 0)
        words = '{} is "{}", which no training row has'.format
        problems = [
            Problem.of_row(row, words(self.name, text), "unseen")
            for row, text in zip(rows[unseen], texts.filter(pa.array(unseen)).to_pylist(), strict=True)
        ]
        return {"ids": ids, "present": filled}, problems

    def collate(self, stored: Stored, view: View | None) -> Scalars:
        ids, present = tensor(stored["ids"]).long()[:, None], tensor(stored["present"])
        none = torch.zeros(len(ids), 0)
        return Scalars(none, none.bool(), ids, present)

    def restore(self, values: Any, view: View | None = None) -> list[str | None]:
        """Ids (0 to K) as their names; None for 0."""
        names = [None, *self.values]
        return [names[int(place)] for place in np.asarray(values).ravel()]

    def written(self, stored: Stored) -> list[str | None]:
        names, present = [UNSEEN, *self.values], np.asarray(stored["present"])
        return [names[place] if there else None for place, there in zip(self.strata(stored), present, strict=True)]

    def strata(self, stored: Stored) -> np.ndarray:
        return np.asarray(stored["ids"])

    def flat(self, stored: Stored) -> np.ndarray:
        """One of zeros and ones for each of the first 64 categories."""
        shown = np.arange(1, 1 + min(_SHOWN, len(self.values)))
        return (np.asarray(stored["ids"])[:, None] == shown).astype(np.float64)

    def traits(self, stored: Stored, batch: pa.RecordBatch | None = None) -> list[Trait]:
        names, present = np.array([RARE, *self.values], np.str_), np.asarray(stored["present"])
        return [Trait(self.name, np.where(present, names[self.strata(stored)], ""))]

    def unlike(self, batch: pa.RecordBatch, stored: Stored) -> dict[int, str]:
        unseen = np.flatnonzero(np.asarray(stored["present"]) & (np.asarray(stored["ids"]) == 0))
        rows = "no training row, or very few," if self.rare else "no training row"
        texts = self._texts(batch).take(pa.array(unseen)).to_pylist()
        return {
            place: f'{self.name} is "{text}", which {rows} had'
            for place, text in zip(unseen.tolist(), texts, strict=True)
        }

    def facts(self) -> dict[str, Any]:
        return {"smallest": min(self.counts, default=0)}

    def show(self) -> str:
        rare = f", {self.rare:,} rare ones taken together" if self.rare else ""
        return f"{how_many(len(self.values), 'values')}{rare}"


def natural_order(values: Iterable[str]) -> list[str]:
    """Sorted as people sort: numbers by size, also inside texts ('h2' before 'h10')."""

    def key(value: str) -> tuple[Any, ...]:
        try:
            return 0, float(value), value
        except ValueError:
            pieces = re.split(r"(\d+)", value)
            return 1, [(p.lower(), 0) if i % 2 == 0 else ("", int(p)) for i, p in enumerate(pieces)], value

    return sorted(values, key=key)


def _claim(look: Look, sample: Sample) -> Claim | None:
    field, output = look.field, sample.is_output(look.field)
    settings = {"output": output, "literal": field.meaning == "class"}
    if not look.filled:
        if sample.named:
            raise Refused(f"{field.name} is empty")
        return None
    return Claim((field.name,), field.name, 1.0 if sample.named else _sureness(look, output), _reason(look), settings)


def _reason(look: Look) -> str:
    """`6 values; "Basic" and "basic " differ only in case and space (12 rows): kept apart`."""
    overrule = f"; overrule: --type {look.field.name}=number"
    if look.field.meaning == "class":
        return f"{how_many(look.values, 'folders')}{look.gaps()}"
    if look.leading_zeros:
        return f"digits with leading zeros, {look.how_many_values}{look.gaps()}{overrule}"
    if look.are_whole and look.why_codes:
        either = "" if look.are_too_long else overrule
        return f"{look.why_codes}, {look.how_many_values}{look.gaps()}{either}"
    return "; ".join([f"{look.how_many_values}{look.gaps()}", *of_categories(look)])


def _sureness(look: Look, output: bool) -> float:
    """Numbers are categories where they are called so, are codes, or there are 2 of them; as an output, where they are
    few whole ones, often repeated."""
    if look.leading_zeros or look.field.known.get("named"):
        return 0.8
    if not look.are_numbers:
        return 0.8 if output else 0.55
    if look.why_codes and 2 * look.values_in_all <= look.filled_in_all:
        return 0.8
    if look.are_whole and look.values <= FEW and (look.values <= 2 or look.filled >= 4 * look.values):
        return 0.8 if output or look.values <= 2 else 0.55
    return 0.1
