"""Inputs as short vectors, in which rows that are alike lie near one another: a coarse look, before any net has learned
what to pass over."""

import torch
from torch import Tensor

from fromraw.signals import Grid, Scalars

PLACES = {1: 16, 2: 8}
"""To so many places a grid's dimensions are averaged, by how many there are; more dimensions, to 4 each."""
SHOWN = 16
"""The most frequent categories of a column, that are told apart."""
_LARGEST = 1e3
"""Standardized numbers beyond it are equally far from everything."""
_LEAST = 1e-3


def coarse(signal: object) -> Tensor | None:
    """(B, F) float32: averages over a few places of a grid; standardized numbers and categories as they are. None where
    a signal has no such form."""
    if isinstance(signal, Grid):
        return _of_grid(signal)
    if isinstance(signal, Scalars):
        return _of_scalars(signal)
    return None


def direction(values: Tensor) -> Tensor:
    """(B, F) -> (B, F + 1): scaled to length 1 (Sun, Ming, Zhu, Li, "Out-of-distribution detection with deep nearest
    neighbors", ICML 2022), and beside it the logarithm of the length, which is lost else."""
    size = values.norm(dim=1, keepdim=True)
    return torch.cat([values / size.clamp_min(_LEAST), size.clamp_min(_LEAST).log()], 1)


def _of_grid(signal: Grid) -> Tensor:
    """Each row averaged over its own extent, so that what other rows it is padded to does not matter."""
    values, present = signal.values.float(), signal.present
    dims = values.dim() - 2
    lengths, places = _lengths(signal), PLACES.get(dims, 4)
    for at in range(dims):
        weights = _shares(lengths[:, at], values.shape[2 + at], places)
        rows = values.movedim(2 + at, -1)
        flat = rows.flatten(1, -2) @ weights.transpose(1, 2)
        values = flat.unflatten(1, rows.shape[1:-1]).movedim(-1, 2 + at)
    found = direction(torch.where(present[:, None], values.flatten(1), 0.0))
    return found if signal.mask is None else torch.cat([found, lengths.clamp_min(1).log()], 1)


def _lengths(signal: Grid) -> Tensor:
    """(B, dimensions) of each row, before padding."""
    sizes = signal.values.shape[2:]
    if signal.mask is None:
        return signal.values.new_tensor(sizes, dtype=torch.float32).expand(len(signal.values), -1)
    found = []
    for at in range(len(sizes)):
        others = [1 + d for d in range(len(sizes)) if d != at]
        found.append((signal.mask.any(others) if others else signal.mask).sum(1).float())
    return torch.stack(found, 1)


def _shares(lengths: Tensor, size: int, places: int) -> Tensor:
    """(B, places, size): how much of each place's stretch of a row every step is."""
    step = torch.arange(size, device=lengths.device)
    stretch = lengths.clamp_min(1)[:, None, None] / places
    start = torch.arange(places, device=lengths.device)[None, :, None] * stretch
    return (torch.minimum(start + stretch, step + 1) - torch.maximum(start, step)).clamp_min(0) / stretch


def _of_scalars(signal: Scalars) -> Tensor:
    """Categories as zeros and roots of a half, so that two that differ are 1 apart."""
    numbers = signal.numbers.float().clamp(-_LARGEST, _LARGEST)
    ids = signal.categories.clamp_max(SHOWN)
    apart = torch.nn.functional.one_hot(ids, SHOWN + 1).flatten(1).float() * 0.5**0.5
    return torch.cat([numbers, signal.missing.float(), apart], 1)
