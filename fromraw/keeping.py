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
from fromraw.learning.checkpoint import read_tensors, write_tensors, write_text
from fromraw.system import System

FORMAT = 1
"""Of the run folder; every later version loads every earlier one."""


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


def save_systems(path: Path, systems: Sequence[System]) -> None:
    """system.safetensors: the weights of every member, keyed by its number and the parameters' names."""
    write_tensors(path, {f"{n}.{name}": t for n, s in enumerate(systems) for name, t in s.state_dict().items()})


def save_unlike(path: Path, unlike: Unlike) -> None:
    """unlike.safetensors: what is measured from, in half precision, and the thresholds."""
    kept = {f"references.{name}": values.half() for name, values in unlike.references.items()}
    kept |= {f"scales.{name}": torch.tensor(scale, dtype=torch.float64) for name, scale in unlike.scales.items()}
    kept |= {"scale": torch.tensor(unlike.scale, dtype=torch.float64), "valid": torch.tensor(unlike.valid)}
    write_tensors(path, kept)


def load_unlike(path: Path) -> Unlike | None:
    """What `save_unlike` wrote; None where there is none, as in runs of earlier versions."""
    if not path.exists():
        return None
    tensors = read_tensors(path)
    of = lambda kind: {n.removeprefix(f"{kind}."): t for n, t in tensors.items() if n.startswith(f"{kind}.")}  # noqa: E731
    scales = {name: float(scale) for name, scale in of("scales").items()}
    references = {name: values.float() for name, values in of("references").items()}
    return Unlike(references, scales, float(tensors["scale"]), int(tensors["valid"]))
