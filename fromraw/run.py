"""The folder that a training leaves, and what can be done with it: score, predict, show, go on.

It can be moved, mailed and loaded on another machine with the source gone, and predicts the same. No pickle in it.
"""

import json
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import torch
import yaml
from torch import nn

from fromraw.columns.base import Claim, Column
from fromraw.describing.recognizing import make_column
from fromraw.errors import RunError
from fromraw.learning.checkpoint import read_tensors, write_tensors, write_text
from fromraw.planning.building import build_system
from fromraw.planning.deciding import spec_of
from fromraw.planning.plan import Plan, parse
from fromraw.predicting import Predictor
from fromraw.sources.base import Source
from fromraw.system import System

FORMAT = 1
"""Of the run folder; every later version loads every earlier one."""


class Run:
    """A finished (or stopped) training. Raises RunError where the folder is none, or of a later format."""

    def __init__(self, folder: str | Path, encoder: Mapping[str, nn.Module] | None = None) -> None:
        self.folder = Path(folder)
        self._modules = dict(encoder or {})
        if not (self.folder / "format").exists():
            raise RunError(f"{folder}: not a run folder (no file `format` in it).")
        number = int((self.folder / "format").read_text())
        if number > FORMAT:
            raise RunError(f"{folder}: written by a later version (format {number}, this one reads {FORMAT}).")

    def __repr__(self) -> str:
        return f"Run({str(self.folder)!r})"

    @cached_property
    def plan(self) -> Plan:
        """Every decision of the training."""
        data = yaml.safe_load((self.folder / "plan.yaml").read_text())
        plan = parse(data, str(self.folder / "plan.yaml"))
        device = plan.budget.device if _is_there(plan.budget.device) else "cpu"
        return plan.model_copy(update={"budget": plan.budget.model_copy(update={"device": device})})

    @cached_property
    def columns(self) -> dict[str, Column]:
        """Inputs and outputs as they were fitted in training."""
        return load_columns(self.folder / "columns.json")

    @cached_property
    def systems(self) -> list[System]:
        """The trained nets whose answers are averaged; usually one."""
        path = self.folder / "system.safetensors"
        if not path.exists():
            raise RunError(f"{self.folder}: the training is not finished; the same command goes on.")
        tensors = read_tensors(path)
        count = 1 + max(int(name.split(".", 1)[0]) for name in tensors)
        return [self._system(number, tensors) for number in range(count)]

    def _system(self, number: int, tensors: Mapping[str, torch.Tensor]) -> System:
        items: dict[str, Any] = {**self.plan.inputs, **self.plan.outputs}
        specs = {name: spec_of([self.columns[c] for c in item.columns]) for name, item in items.items()}
        system = build_system(self.plan, specs, 0, self._modules)
        prefix = f"{number}."
        system.load_state_dict({n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)})
        return system.eval()

    @property
    def system(self) -> System:
        """The first of the trained nets, a `torch.nn.Module`."""
        return self.systems[0]

    @cached_property
    def predictor(self) -> Predictor:
        """Answers raw inputs."""
        for name in {name for item in self.plan.inputs.values() for name in item.columns}:
            self.columns[name].strict = True
        return Predictor(self.systems, self.columns, self.plan)

    @cached_property
    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds."""
        return json.loads((self.folder / "metrics.json").read_text())  # type: ignore[no-any-return]

    @property
    def report(self) -> Path:
        """The path of report.html."""
        return self.folder / "report.html"

    def answer(self, source: Source) -> pa.Table:
        """All rows of a source with the answers beside them."""
        return pa.concat_tables(self.predictor.answer(source), promote_options="permissive")

    def facts(self) -> dict[str, Any]:
        """What the run says of the data that it was made from (data.json)."""
        return json.loads((self.folder / "data.json").read_text())  # type: ignore[no-any-return]


def _is_there(device: str) -> bool:
    if device.startswith("cuda"):
        return torch.cuda.is_available()
    return device == "cpu" or torch.backends.mps.is_available()


def save_columns(path: Path, columns: Mapping[str, Column]) -> None:
    """columns.json: vocabularies, scales and sizes, and how to make each column again."""
    entries = {
        name: {
            "type": column.type,
            "fields": column.fields,
            "settings": column.settings,
            "lies_on": column.lies_on,
            "state": column.state(),
        }
        for name, column in columns.items()
    }
    write_text(path, json.dumps({"format": FORMAT, "columns": entries}, default=_plain))


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no plain data")


def load_columns(path: Path) -> dict[str, Column]:
    """What `save_columns` wrote."""
    found = {}
    for name, entry in json.loads(path.read_text())["columns"].items():
        column = make_column(entry["type"], Claim(tuple(entry["fields"]), name, 1.0, "", entry["settings"]))
        column.load(entry["state"])
        column.lies_on = entry["lies_on"]
        found[name] = column
    return found


def save_systems(path: Path, systems: list[System]) -> None:
    """system.safetensors: the weights of every member, keyed by its number and the parameters' names."""
    write_tensors(path, {f"{n}.{name}": t for n, s in enumerate(systems) for name, t in s.state_dict().items()})
