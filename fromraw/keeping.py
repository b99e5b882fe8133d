"""What a run folder keeps of columns and nets: plain data as JSON, and tensors; nothing that runs when it is read."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fromraw.columns.base import Claim, Column
from fromraw.describing.recognizing import make_column
from fromraw.evaluation.unlike import Unlike
from fromraw.learning.checkpoint import write_tensors, write_text
from fromraw.system import System

FORMAT = 1
"""Of the run folder; every later version loads every earlier one."""


def save_columns(path: Path, columns: Mapping[str, Column]) -> None:
    """columns.json: vocabularies, scales and sizes, and how to make each column again."""
    write_text(path, columns_text(columns, {name: column.state() for name, column in columns.items()}))


def columns_text(columns: Mapping[str, Column], states: Mapping[str, Mapping[str, Any]]) -> str:
    """JSON that `columns_of` takes back. states: what each column is loaded with."""
    entries = {
        name: {
            "type": column.type,
            "fields": column.fields,
            "settings": column.settings,
            "lies_on": column.lies_on,
            "state": states[name],
        }
        for name, column in columns.items()
    }
    return json.dumps({"format": FORMAT, "columns": entries}, default=_plain)


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no plain data")


def load_columns(path: Path) -> dict[str, Column]:
    """What `save_columns` wrote."""
    return columns_of(json.loads(path.read_text()))


def columns_of(data: Mapping[str, Any]) -> dict[str, Column]:
    """The columns that columns.json tells of."""
    found = {}
    for name, entry in data["columns"].items():
        column = make_column(entry["type"], Claim(tuple(entry["fields"]), name, 1.0, "", entry["settings"]))
        column.load(entry["state"])
        column.lies_on = entry["lies_on"]
        found[name] = column
    return found


def save_systems(path: Path, systems: Sequence[System]) -> None:
    """system.safetensors: the weights of every member, keyed by its number and the parameters' names."""
    write_tensors(path, tensors_of_systems(systems))


def tensors_of_systems(systems: Sequence[System]) -> dict[str, torch.Tensor]:
    return {f"{n}.{name}": t for n, s in enumerate(systems) for name, t in s.state_dict().items()}


def save_unlike(path: Path, unlike: Unlike) -> None:
    """unlike.safetensors: what is measured from, in half precision, and the thresholds."""
    write_tensors(path, tensors_of_unlike(unlike))


def tensors_of_unlike(unlike: Unlike) -> dict[str, torch.Tensor]:
    kept = {f"references.{name}": values.half() for name, values in unlike.references.items()}
    kept |= {f"scales.{name}": torch.tensor(scale, dtype=torch.float64) for name, scale in unlike.scales.items()}
    return kept | {"scale": torch.tensor(unlike.scale, dtype=torch.float64), "valid": torch.tensor(unlike.valid)}


def unlike_of(tensors: Mapping[str, torch.Tensor]) -> Unlike:
    """What `save_unlike` wrote."""
    of = lambda kind: {n.removeprefix(f"{kind}."): t for n, t in tensors.items() if n.startswith(f"{kind}.")}  # noqa: E731
    scales = {name: float(scale) for name, scale in of("scales").items()}
    references = {name: values.float() for name, values in of("references").items()}
    return Unlike(references, scales, float(tensors["scale"]), int(tensors["valid"]))


def to_json(data: Any) -> str:
    """JSON without NaN and infinity, which it does not have: they are null."""
    return json.dumps(_finite(data), indent=1, default=str)


def _finite(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value
