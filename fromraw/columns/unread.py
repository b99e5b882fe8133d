"""What columns have in common that no net reads: they are recognized, named with their reason, and left out."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch

from fromraw.columns.base import Claim, Column, Sample, Stored, tensor
from fromraw.columns.cells import cells_of, is_single
from fromraw.columns.look import Look, looks
from fromraw.errors import Refused
from fromraw.signals import Scalars, ScalarsSpec, View
from fromraw.sources.base import Problem


class Unread(Column):
    """A type is a rule that says of a field's cells why they are of it."""

    role = "left out"

    @classmethod
    @abstractmethod
    def judge(cls, look: Look, rows: int) -> tuple[float, str] | None:
        """How sure it is that a field is of this type, and the reason in words; None where it is not."""

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        rows = sample.rows or sample.table.num_rows
        if sample.named:
            return [Claim((f.name,), f.name, 1.0, "as told") for f in sample.fields]
        found = [(look.field.name, cls.judge(look, rows)) for look in looks(sample)]
        claims = [Claim((name,), name, *judged) for name, judged in found if judged]
        if cls.takes_the_rest:
            rest = [f for f in sample.fields if not is_single(f.type)]
            claims += [Claim((f.name,), f.name, 0.0, f"holds {f.type}, which no type here reads") for f in rest]
        if not claims:
            raise Refused(f"no {cls.type}")
        return claims

    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        """Nothing is learned."""

    def state(self) -> dict[str, Any]:
        return {}

    def load(self, state: Mapping[str, Any]) -> None:
        """Nothing was learned."""

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        return {}

    @property
    def spec(self) -> ScalarsSpec:
        return ScalarsSpec()

    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        return {"present": pc.is_valid(cells_of(batch, self.fields[0])).to_numpy(zero_copy_only=False)}, []

    def collate(self, stored: Stored, view: View | None) -> Scalars:
        present = tensor(stored["present"])
        none = torch.zeros(len(present), 0)
        return Scalars(none, none.bool(), none.long(), present)

    def restore(self, values: Any, view: View | None = None) -> Sequence[Any]:
        return [None] * len(values)
