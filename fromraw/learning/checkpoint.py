"""Checkpoints: everything that training needs to go on with the same bits, as safetensors and JSON, atomically.

    checkpoint/state.json           what it is, and which file of tensors belongs to it
    checkpoint/tensors-0.safetensors    its tensors; the next ones go to tensors-1, and so on in turn

The JSON is replaced last, in one move of the file system; until then the older pair stays whole.
"""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from fromraw.learning.optimizers import Optimizer


def save(folder: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Write a checkpoint; the one before it is deleted once this one is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    before = read_facts(folder)
    turn = 1 - int(before["turn"]) if before else 0
    name = f"tensors-{turn}.safetensors"
    write_tensors(folder / name, tensors)
    write_text(folder / "state.json", json.dumps({"format": 1, "turn": turn, "tensors": name, **facts}))
    if before:
        (folder / before["tensors"]).unlink(missing_ok=True)


def read_facts(folder: Path) -> dict[str, Any] | None:
    """The JSON of the checkpoint; None where there is none."""
    path = folder / "state.json"
    return json.loads(path.read_text()) if path.exists() else None


def load(folder: Path) -> tuple[dict[str, Tensor], dict[str, Any]] | None:
    """Tensors and facts of the checkpoint; None where there is none."""
    facts = read_facts(folder)
    return (read_tensors(folder / facts["tensors"]), facts) if facts else None


def write_tensors(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """A safetensors file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    save_file({name: tensor.detach().contiguous() for name, tensor in tensors.items()}, partial)
    partial.chmod(0o666 & ~_umask())  # safetensors lets nobody else read its files
    _settle(partial, path)


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def read_tensors(path: Path) -> dict[str, Tensor]:
    """Copies, not a map of the file: the bits of a product depend on how its operands lie in memory."""
    with safe_open(path, framework="pt") as file:
        return {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118 - not a dict


def write_text(path: Path, text: str) -> None:
    """A text file, whole or not at all."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    _settle(partial, path)


def _settle(partial: Path, path: Path) -> None:
    with partial.open("rb") as file:
        os.fsync(file.fileno())
    os.replace(partial, path)


def optimizer_tensors(optimizer: Optimizer, names: Mapping[Tensor, str]) -> dict[str, Tensor]:
    """The optimizer's state by parameter name: `NAME/exp_avg`."""
    return {f"{names[p]}/{key}": t for p, slots in optimizer.state.items() if p in names for key, t in slots.items()}


def load_optimizer(optimizer: Optimizer, names: Mapping[Tensor, str], tensors: Mapping[str, Tensor]) -> None:
    """Put back copies of what `optimizer_tensors` gave, in memory as their parameter lies: torch's AdamW goes over both
    from first to last, whatever their strides."""
    by_name = {name: p for p, name in names.items()}
    for key, tensor in tensors.items():
        name, _, slot = key.rpartition("/")
        like = by_name[name].detach() if tensor.shape == by_name[name].shape else tensor
        optimizer.state[by_name[name]][slot] = torch.empty_like(
            like, dtype=tensor.dtype, device=by_name[name].device
        ).copy_(tensor)


def parameter_names(system: nn.Module) -> dict[Tensor, str]:
    return {p: name for name, p in system.named_parameters()}
