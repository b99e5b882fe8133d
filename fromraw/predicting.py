"""From raw inputs to written answers: every row in order, its columns kept, the answers beside them.

Rows are read, prepared and answered a few thousand at a time, so that memory is bounded. Nothing here looks at other
rows: one by one, batched or shuffled, a row gets the same answer.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column, Stored
from fromraw.decoders.base import Answer
from fromraw.errors import DataError
from fromraw.evaluation.answering import answer_rows, decoder_of
from fromraw.evaluation.unlike import WORDS, Unlike
from fromraw.planning.plan import Plan
from fromraw.sources.answered import Answered
from fromraw.sources.base import Problem, Source
from fromraw.streams.examples import Examples
from fromraw.system import System

CHUNK = 4096


@dataclass(frozen=True)
class Predictor:
    """A trained system with what it needs to read raw cells. columns: of inputs and outputs, as fitted in training;
    unlike: tells rows unlike anything trained on, where the run knows how."""

    systems: Sequence[System]
    columns: Mapping[str, Column]
    plan: Plan
    unlike: Unlike | None = None
    notes: list[str] = field(default_factory=list)

    def answer(self, source: Source) -> Iterator[pa.Table]:
        """Tables of the source's own columns with the answers added, in order."""
        return (piece.table for piece in self.walk(source))

    def walk(self, source: Source) -> Iterator[Answered]:
        """The rows with their answers, at most 4,096 at a time, in order."""
        names = self._check(source)
        start = 0
        for batch in source.batches(names):
            for at in range(0, batch.num_rows, CHUNK):
                part = batch.slice(at, CHUNK)
                yield self._answer_part(part, np.arange(start, start + part.num_rows))
                start += part.num_rows

    def _check(self, source: Source) -> list[str]:
        """The columns to read. Missing inputs are told; where none is left, that is an error."""
        there = [f.name for f in source.fields if f.meaning != "split"]
        inputs = self.input_columns()
        missing = [f for column in inputs.values() for f in column.fields if f not in there]
        if len(missing) == sum(len(column.fields) for column in inputs.values()):
            raise DataError(f"{source.place}: none of the inputs is there; needed: {', '.join(missing[:12])}.")
        if missing:
            self.notes.append(f"{', '.join(missing[:12])}: not in {source.place}, taken as missing in every row")
        return there

    def input_columns(self) -> dict[str, Column]:
        """The columns that the system reads, strict: a cell of another type is an error."""
        return {name: self.columns[name] for item in self.plan.inputs.values() for name in item.columns}

    def _answer_part(self, batch: pa.RecordBatch, rows: np.ndarray) -> Answered:
        examples, problems = self.examples(batch, rows)
        far: list[np.ndarray] = []
        watch = self.unlike.watching(far) if self.unlike else None
        every, device = np.arange(batch.num_rows), self.plan.budget.device
        answers = answer_rows(self.systems, examples, every, 512, device, watch=watch)
        added: dict[str, Any] = {}
        for output, answer in answers.items():
            added |= self.write(output, self.adjusted(output, answer))
        found: dict[int | None, list[str]] = {}
        for problem in problems:
            found.setdefault(problem.row, []).append(problem.text)
        words = ["; ".join(found[row]) if row in found else None for row in rows.tolist()]
        names = self._own_names(batch.schema.names, added)
        table = {title: pa.array(values) for title, values in added.items()}
        if self.unlike:
            distances = np.concatenate([np.zeros(0, np.float32), *far])
            table[names["unlike"]] = pa.array(distances, pa.float32())
            table[names["unlike_why"]] = pa.array(self._why(batch, examples, distances), pa.string())
        table[names["problem"]] = pa.array(words, pa.string())
        unlike = (names["unlike"], names["unlike_why"]) if self.unlike else None
        return Answered(_shown(batch), pa.table(table), names["problem"], unlike)

    def _own_names(self, there: Sequence[str], added: Iterable[str]) -> dict[str, str]:
        """Of what we add beside answers; another name where the rows have such a column of their own. Beside earlier
        answers it is an earlier one of ours, unless the system reads it."""
        own = {name for column in self.columns.values() for name in column.fields} | set(added)
        taken = own if any(name in there for name in added) else {*own, *there}
        return {name: own_name(name, taken) for name in ("unlike", "unlike_why", "problem")}

    def _why(self, batch: pa.RecordBatch, examples: Examples, distances: np.ndarray) -> list[str | None]:
        """In words: whether a row is unlike anything trained on, and its cells that no training row had."""
        said: list[list[str]] = [[WORDS] if distance > 1 else [] for distance in distances]
        for name, column in self.input_columns().items():
            for place, words in column.unlike(_with_fields(batch, column), examples.stored[name]).items():
                said[place].append(words)
        return ["; ".join(words) or None for words in said]

    def examples(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Examples, list[Problem]]:
        """A batch's cells as examples, in memory; and what was wrong with them."""
        stored: dict[str, Stored] = {}
        problems: list[Problem] = []
        for name, column in self.input_columns().items():
            stored[name], found = column.prepare(_with_fields(batch, column), rows)
            problems += found
        inputs = {name: item.columns for name, item in self.plan.inputs.items()}
        outputs = {name: item.columns for name, item in self.plan.outputs.items()}
        return Examples(self.columns, stored, inputs, outputs, self.plan.views), problems

    def adjusted(self, output: str, answer: Answer) -> Answer:
        """With what was learned on validation rows: temperature, intervals."""
        return decoder_of(self.systems[0], output).adjust(answer)

    def write(self, output: str, answer: Answer) -> dict[str, Any]:
        """An answer under the names that a person reads."""
        column = self.columns[self.plan.outputs[output].columns[0]]
        return decoder_of(self.systems[0], output).write(answer, output, column.restore)


def _with_fields(batch: pa.RecordBatch, column: Column) -> pa.RecordBatch:
    """The column's fields; those that are not there as missing cells."""
    arrays = [
        batch.column(name) if name in batch.schema.names else pa.nulls(batch.num_rows, pa.string())
        for name in column.fields
    ]
    return pa.RecordBatch.from_arrays(arrays, list(column.fields))


def _shown(batch: pa.RecordBatch) -> pa.Table:
    """A batch as it is written beside the answers: a file by its name."""
    arrays = [
        a.field("path") if pa.types.is_struct(a.type) and "path" in [f.name for f in a.type] else a for a in batch
    ]
    return pa.Table.from_arrays(arrays, batch.schema.names)


def own_name(name: str, taken: Collection[str]) -> str:
    """What we call a column of ours: `problem`, `row`; `problem_` where that is taken."""
    while name in taken:
        name += "_"
    return name
