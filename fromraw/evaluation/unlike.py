"""How unlike a row is anything that was trained on: its distance to the nearest of some training rows, 1 being what one
in a hundred ordinary rows exceeds.

Distances are taken twice, of the inputs, coarsely, and of the summary: a net maps noise onto what it knows, and the
inputs alone do not tell what matters. The greater counts, each as a multiple of what 1 in 100 validation rows exceeds.
It is not the answer's confidence, which may be high where nothing was ever seen.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy import stats
from torch import Tensor

from fromraw.evaluation.coarse import coarse, direction
from fromraw.randomness import key_of, mix
from fromraw.signals import Batch
from fromraw.splits import TRAIN, VALID, Rows
from fromraw.streams.examples import Examples
from fromraw.system import System

REFERENCES = 1000
"""Training rows that are kept to measure from; twice as many cost a small net a fifth of its speed."""
FEWEST_VALID, MOST_VALID = 5, 4000
"""Validation rows that the thresholds are set on, at least and at most."""
FLAGGED = 0.01
"""The share of ordinary rows beyond a threshold."""
WORDS = "unlike anything it was trained on"
_SUMMARY = "summary"
_BATCH = 512

Watch = Callable[[Batch, Tensor], None]
"""Is shown each batch, and the first net's summary of it (B, D)."""


@dataclass(frozen=True)
class Unlike:
    """references: {"input.NAME" or "summary": (N, F)} of training rows; scales: by the same names, the distance that 1
    in 100 validation rows exceeds; scale: the same of the greatest of them; valid: how many validation rows there were;
    beyond: of one more row like them, the chance to be beyond 1."""

    references: Mapping[str, Tensor]
    scales: Mapping[str, float]
    scale: float
    valid: int

    @property
    def rank(self) -> int:
        """Which of the sorted validation rows the threshold is, from 1 for the nearest."""
        return _rank(self.valid)

    @property
    def beyond(self) -> float:
        return min(FLAGGED, (self.valid + 1 - self.rank) / (self.valid + 1))

    def measure(self, batch: Batch, summary: Tensor) -> np.ndarray:
        """(B,) float32: above 1 is unlike anything trained on."""
        found = _distances(self.references, batch, summary)
        greatest = torch.stack([found[name] / self.scales[name] for name in found]).amax(0)
        return (greatest / self.scale).cpu().numpy()

    def watching(self, kept: list[np.ndarray]) -> Watch:
        """Adds the measures of each batch to a list."""
        return lambda batch, summary: kept.append(self.measure(batch, summary))


def learn_unlike(system: System, examples: Examples, train: np.ndarray, valid: np.ndarray, rows: Rows,
                 device: str = "cpu") -> Unlike | None:  # fmt: skip
    """From rows that the net learned from, and rows that it did not; None where there are too few of these."""
    train, valid = _some(train, rows, REFERENCES), _some(valid, rows, MOST_VALID)
    if not len(train) or len(valid) < FEWEST_VALID:
        return None
    parts: dict[str, list[Tensor]] = {}
    watch_rows(system, examples, train, device, lambda batch, summary: _keep(parts, _vectors(batch, summary)))
    references = {name: torch.cat(several).half().float() for name, several in parts.items()}
    far: dict[str, list[Tensor]] = {}
    watch_rows(
        system, examples, valid, device, lambda batch, summary: _keep(far, _distances(references, batch, summary))
    )
    distances = {name: torch.cat(several) for name, several in far.items()}
    scales = {name: _exceeded_by_few(values) for name, values in distances.items()}
    greatest = torch.stack([values / scales[name] for name, values in distances.items()]).amax(0)
    return Unlike(references, scales, _exceeded_by_few(greatest), len(valid))


def rows_looked_at(rows: Rows) -> int:
    """How many rows `learn_unlike` puts through the net, at most."""
    return min(REFERENCES, len(rows.of(TRAIN))) + min(MOST_VALID, len(rows.of(VALID)))


def _some(chosen: np.ndarray, rows: Rows, most: int) -> np.ndarray:
    """At most so many of the rows, chosen by their contents, by another hash than the split is made by."""
    if len(chosen) <= most:
        return chosen
    keys = mix(rows.hashes[chosen] ^ np.uint64(key_of("unlike")))
    return np.sort(chosen[np.argsort(keys, kind="stable")[:most]])


@torch.no_grad()
def watch_rows(system: System, examples: Examples, rows: np.ndarray, device: str, watch: Watch) -> None:
    """Show each batch of the rows, and the summary of it."""
    system.eval()
    for batch in examples.batches(rows, _BATCH, targets=False):
        there = batch.to(device)
        summary, _ = system(there, want="summary", state=system.start(len(batch)))
        watch(there, summary)


def _keep(parts: dict[str, list[Tensor]], found: Mapping[str, Tensor]) -> None:
    for name, values in found.items():
        parts.setdefault(name, []).append(values)


def _vectors(batch: Batch, summary: Tensor) -> dict[str, Tensor]:
    found = {f"input.{name}": values for name, signal in batch.inputs.items() if (values := coarse(signal)) is not None}
    return {**found, _SUMMARY: direction(summary.float())}


def _distances(references: Mapping[str, Tensor], batch: Batch, summary: Tensor) -> dict[str, Tensor]:
    """{name: (B,)} to the nearest reference."""
    found = {}
    for name, values in _vectors(batch, summary).items():
        near = references[name].to(values)
        squares = torch.addmm(near.square().sum(1), values, near.T, alpha=-2).amin(1) + values.square().sum(1)
        found[name] = squares.clamp_min(0).sqrt()
    return found


def _rank(rows: int) -> int:
    """With this rank, one more row like them is beyond it in 1 case of 100; where they are fewer than 99, the last."""
    return min(rows, math.ceil((rows + 1) * (1 - FLAGGED)))


def _exceeded_by_few(distances: Tensor) -> float:
    """What one more row like these exceeds in 1 case of 100. Fewer than 99 cannot show it: then the prediction limit of
    normal logarithms, and the farthest at least (Hahn, Meeker, "Statistical intervals", 1991)."""
    farthest, count = float(distances.sort().values[_rank(len(distances)) - 1]), len(distances)
    if (count + 1) * FLAGGED >= 1:
        return max(1e-6, farthest)
    logs = distances.clamp_min(1e-6).double().log()
    reach = float(stats.t.ppf(1 - FLAGGED, count - 1)) * math.sqrt(1 + 1 / count)
    return max(1e-6, farthest, math.exp(float(logs.mean() + reach * logs.std())))
