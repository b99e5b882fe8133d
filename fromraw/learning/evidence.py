"""Evidence gathered while training: by how much, on average over all looks, each row's given answer was ahead.

A net learns rows that agree with others early, and a row that contradicts them late, by memory. So the mean over the
whole of training tells what the net at its end no longer does: Pleiss, Zhang, Elenberg, Weinberger, "Identifying
mislabeled data using the area under the margin ranking", NeurIPS 2020. What is compared is the decoder's to say.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fromraw.learning.checkpoint import read_tensors, write_tensors
from fromraw.system import System


class Gathered:
    """For each output whose decoder tells, a sum and a count for each row of the data: 8 bytes a row."""

    def __init__(self, outputs: Iterable[str], rows: int) -> None:
        self.sums = {name: np.zeros(rows, np.float32) for name in outputs}
        self.counts = {name: np.zeros(rows, np.int32) for name in outputs}

    def add(self, rows: np.ndarray, evidence: Mapping[str, Tensor]) -> None:
        """rows: (B,), some perhaps twice; evidence: (B,) by output, not finite where there is none."""
        for name, ahead in evidence.items():
            values = ahead.detach().float().cpu().numpy()
            told = np.isfinite(values)
            np.add.at(self.sums[name], rows[told], values[told])
            np.add.at(self.counts[name], rows[told], 1)

    def tensors(self) -> dict[str, Tensor]:
        """All of it, no copies."""
        kinds: dict[str, dict[str, np.ndarray]] = {"sum": self.sums, "count": self.counts}
        return {f"{kind}/{name}": torch.from_numpy(a) for kind, of in kinds.items() for name, a in of.items()}

    def put_back(self, tensors: Mapping[str, Tensor]) -> None:
        """To what `tensors` gave, some time ago."""
        for name, own in self.tensors().items():
            own.copy_(tensors[name])


def gather_for(system: System, rows: int) -> Gathered | None:
    """Empty; None where no decoder tells."""
    return Gathered(system.telling, rows) if system.telling else None


def keep_evidence(folder: Path, member: int, gathered: Gathered | None) -> None:
    """What a member gathered, beside its weights."""
    if gathered is not None:
        write_tensors(_place(folder, member), gathered.tensors())


def read_evidence(folder: Path, members: int) -> dict[str, np.ndarray]:
    """{output: (rows,)}: the mean over all looks of all members; nan for rows that none of them learned from."""
    found: dict[str, list[np.ndarray]] = {}
    for tensors in (read_tensors(p) for n in range(members) if (p := _place(folder, n)).exists()):
        for name in (key.removeprefix("sum/") for key in tensors if key.startswith("sum/")):
            one = np.stack([tensors[f"{kind}/{name}"].double().numpy() for kind in ("sum", "count")])
            found.setdefault(name, []).append(one)
    means = {}
    for name, several in found.items():
        total, count = np.sum(several, 0)
        means[name] = np.where(count > 0, total / np.maximum(count, 1), np.nan)
    return means


def _place(folder: Path, member: int) -> Path:
    return folder / f"evidence-{member}.safetensors"
