"""A net of the user's own: any `nn.Module` that takes a signal's values and returns a vector or a grid of vectors.

In Python only: `fromraw.train(data, encoder={"image": MyNet()})`. What it gives is measured on one row of zeros.
"""

import torch
from torch import Tensor, nn

from fromraw.encoders.base import Encoder
from fromraw.parts import part
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec, Scalars, ScalarsSpec, SignalSpec, Tokens


@part("module")
class Module(Encoder):
    """net: called with a Grid's values, a Tokens' ids, or numbers and missing flags side by side, (B, ...)."""

    def __init__(self, spec: SignalSpec, net: nn.Module | None = None) -> None:
        super().__init__()
        if net is None:
            raise TypeError("this system reads with a net of the user's own: pass it again, encoder={input: net}")
        self.net = net
        was = net.training
        with torch.no_grad():
            found = self.eval()(_zeros(spec))
        self.train(was)
        positions = None if found.positions is None else found.positions.shape[2]
        self.gives = RepresentationSpec(found.summary.shape[1], positions, found.grid)

    def forward(self, signal: Grid | Tokens | Scalars) -> Representation:
        """A vector a row is the summary; (B, W, *grid) are positions, their mean the summary."""
        out: Tensor = self.net(_values(signal))
        if out.dim() == 2:
            return Representation(out)
        positions = out.flatten(2).transpose(1, 2)
        return Representation(positions.mean(1), positions, grid=tuple(out.shape[2:]))


def _values(signal: Grid | Tokens | Scalars) -> Tensor:
    if isinstance(signal, Grid):
        return signal.values
    if isinstance(signal, Tokens):
        return signal.ids
    flags = [signal.numbers, signal.missing.float(), signal.categories.float()]
    return torch.cat(flags, 1)


def _zeros(spec: SignalSpec) -> Grid | Tokens | Scalars:
    there = torch.ones(1, dtype=torch.bool)
    if isinstance(spec, GridSpec):
        return Grid(torch.zeros(1, spec.channels, *spec.sizes), there)
    if isinstance(spec, ScalarsSpec):
        numbers = torch.zeros(1, len(spec.numbers))
        return Scalars(numbers, numbers.bool(), torch.zeros(1, len(spec.categories), dtype=torch.long), there)
    return Tokens(torch.zeros(1, spec.longest, dtype=torch.long), torch.ones(1, spec.longest, dtype=torch.bool), there)
