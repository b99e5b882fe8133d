"""What was learned, read from a run folder or a pack: plan, columns and nets, and how they answer new rows.

It can be moved, mailed and loaded on another machine with the source gone, and predicts the same. No pickle in it.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
from torch import nn

from fromraw.columns.base import Column
from fromraw.errors import RunError
from fromraw.evaluation.judging import ANSWER_ROWS
from fromraw.evaluation.unlike import Unlike
from fromraw.keeping import columns_of, unlike_of
from fromraw.planning.building import build_system
from fromraw.planning.plan import Plan, Reasons, parse, reasons_in
from fromraw.predicting import Predictor
from fromraw.run_files import open_files
from fromraw.signals import Batch
from fromraw.sources.base import Source
from fromraw.sources.finding import find_source
from fromraw.sources.opening import open_source
from fromraw.system import System


class Learned:
    """Everything of a run that needs none of its own rows. folder: where it lies. Raises RunError where that is neither
    a run folder nor a pack, or of a later format."""

    def __init__(self, folder: str | Path, encoder: Mapping[str, nn.Module] | None = None) -> None:
        self.folder = Path(folder)
        self.files = open_files(self.folder)
        self._modules = dict(encoder or {})

    @cached_property
    def plan(self) -> Plan:
        """Every decision of the training."""
        plan = parse(self.files.data("plan.yaml"), str(self.folder / "plan.yaml"))
        device = plan.budget.device if _is_there(plan.budget.device) else "cpu"
        return plan.model_copy(update={"budget": plan.budget.model_copy(update={"device": device})})

    def reasons(self) -> Reasons:
        """Who chose each value of the plan, and why."""
        return reasons_in(self.files.text("plan.yaml"), self.plan)

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Inputs and outputs as they were fitted in training."""
        entries = self.files.data("columns.json")
        with self.files.reading("columns.json"):
            return columns_of(entries)

    @cached_property
    def systems(self) -> list[System]:
        """The trained nets whose answers are averaged; usually one."""
        if not self.files.has("system.safetensors"):
            raise RunError(f"{self.folder}: the training is not finished; the same command goes on.")
        self._check_modules()
        tensors = self.files.tensors("system.safetensors")
        with self.files.reading("system.safetensors"):
            count = 1 + max(int(name.split(".", 1)[0]) for name in tensors)
        return [self._system(number, tensors) for number in range(count)]

    def _system(self, number: int, tensors: Mapping[str, torch.Tensor]) -> System:
        system = build_system(self.plan, self.columns, self.plan.members[number], self._modules)
        prefix = f"{number}."
        try:
            system.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
        except RuntimeError:
            raise RunError(f"{self.folder}: made by another version of fromraw, whose nets differ.") from None
        return system.eval()

    def _check_modules(self) -> None:
        """Nets of a user's own are not kept, and are to be given."""
        for name, kind in self.facts()["asked"].get("modules", {}).items():
            if name not in self._modules:
                remedy = f"fromraw.load({str(self.folder)!r}, encoder={{{name!r}: NET}}) takes it"
                own = f"a net of your own{kind and f', {kind}'}"
                raise RunError(f"{self.folder}: {name} is read by {own}; {remedy}.")

    def _check_finished(self) -> None:
        if not self.files.has("data.json"):
            raise RunError(f"{self.folder}: the training is not finished; the same command goes on.")

    def _check_scored(self) -> None:
        self._check_finished()
        if not self.files.has("metrics.json"):
            folder = self.folder
            remedy = f"fromraw evaluate {folder} DATA scores it on others"
            raise RunError(f"{folder}: it learned from all of its rows, so it has no scores of its own; {remedy}.")

    @property
    def system(self) -> System:
        """The first of the trained nets, a `torch.nn.Module`."""
        return self.systems[0]

    @cached_property
    def predictor(self) -> Predictor:
        """Answers raw inputs."""
        for name in {name for item in self.plan.inputs.values() for name in item.columns}:
            self.columns[name].strict = True
        return Predictor(self.systems, self.columns, self.plan, self.unlike)

    @cached_property
    def unlike(self) -> Unlike | None:
        """What tells rows unlike anything trained on; None where it is not kept."""
        if not self.files.has("unlike.safetensors"):
            return None
        tensors = self.files.tensors("unlike.safetensors")
        with self.files.reading("unlike.safetensors"):
            return unlike_of(tensors)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds."""
        self._check_scored()
        return self.files.data("metrics.json")

    def facts(self) -> dict[str, Any]:
        """What the run says of the data that it was made from (data.json)."""
        self._check_finished()
        return self.files.data("data.json")

    # ------------------------------------------------------------------------------------------------------ new inputs

    def answer(self, source: Source) -> pa.Table:
        """All rows of a source with the answers beside them, in memory."""
        return pa.concat_tables(self.predictor.answer(source), promote_options="permissive")

    def open(self, data: Any, read: Mapping[str, Any] | None = None) -> Source:
        """New rows; text tables are read as the run's own were said to be written, or as `read` says."""
        return open_source(data, read=read) if read else find_source(data, self.facts()["asked"].get("read"))

    def predict(self, data: Any, read: Mapping[str, Any] | None = None) -> Any:
        """The same kind of frame, in the same order and with the same index, answers added: predicted_COL, and
        probability_COL_VALUE for a category, low_COL and high_COL for a number; unlike (above 1: as no training row)
        and unlike_why; problem (problem_ where there is one) if unreadable. Of a dict: a dict; of a path: Arrow.

        All rows are then in memory, but for a `pyarrow.RecordBatchReader`: it gives one, which answers 4,096 rows at a
        time as it is read. `stream` does so for anything. read: how a text table is written, as in `open`.
        """
        source = self.open(data, read)
        return source.give_back(self.predictor.walk(source))

    def stream(self, data: Any, read: Mapping[str, Any] | None = None) -> Iterator[pa.Table]:
        """What `predict` gives of a path, at most 4,096 rows at a time: for data that are larger than memory."""
        return self.predictor.answer(self.open(data, read))

    def embed(self, data: Any) -> np.ndarray:
        """(rows, width) float32: the representation of each row, from which the answers are read; in memory, 4 bytes a
        number, so a million rows of width 256 take 1 GB."""
        source, found = self.open(data), []
        for batch in source.batches():
            examples, _ = self.predictor.examples(batch, np.arange(batch.num_rows))
            for part in examples.batches(np.arange(batch.num_rows), ANSWER_ROWS, targets=False):
                found.append(self._summary(part))
        return np.concatenate(found)

    def _summary(self, batch: Batch) -> np.ndarray:
        with torch.no_grad():
            summary, _ = self.system(
                batch.to(self.plan.budget.device), want="summary", state=self.system.start(len(batch))
            )
        return summary.float().cpu().numpy()


def _is_there(device: str) -> bool:
    if device.startswith("cuda"):
        return torch.cuda.is_available()
    return device == "cpu" or torch.backends.mps.is_available()
