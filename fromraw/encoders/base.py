"""What every encoder is: a module that turns one signal into a representation."""

import math
from abc import ABC, abstractmethod
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from fromraw.parts import Budget, Description, Suggestion
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec, Scalars, ScalarsSpec, Tree


class Encoder(nn.Module, ABC):
    """A net that reads one kind of signal.

    The constructor takes the signal's spec and, by keyword, the settings, each with a type, a default and a sentence;
    it sets `gives`, the spec of what `forward` returns. Rules that the encoder must keep (the conformance suite tries
    them): padding under a mask changes nothing; a row's answer in evaluation does not depend on the other rows; any
    size down to one step or pixel works; everything random comes from torch's generators.

    An encoder that carries state from batch to batch defines `start(batch_size) -> tree of tensors`, rows first; its
    forward is then `forward(signal, state) -> (representation, state)`, and rows keep their places from step to step.
    """

    room = "encoders"
    gives: RepresentationSpec

    def begin(self, signal: Any) -> None:
        """Look at training rows once, before the first step (quantile bins, scales). May set buffers."""

    @staticmethod
    def preference(spec: Any, description: Description, budget: Budget) -> tuple[float, str]:
        """How well it suits such data where nobody chooses, 0 to 1, and why; the surest encoder is taken."""
        return 0.0, "only where it is asked for"

    @staticmethod
    def suggest(spec: Any, description: Description, budget: Budget) -> Suggestion:
        """Settings that follow from the data and the budget: {name: (value, why)}.

        The keys `optimizer`, `rate`, `weight_decay`, `batch`, `epochs`, `members`, `warmup`, `decay`, `clip` and
        `beside` (another encoder, read in closed form, whose answers are averaged with these) are not settings of the
        encoder but wishes that the planner reads; `decoder.NAME` is a wish for a setting of the decoder.
        """
        return {}

    @abstractmethod
    def forward(self, signal: Any) -> Representation:
        """(B, ...) -> a Representation of B rows, or of B * looks rows with the looks of a row side by side."""


def start_of(encoder: nn.Module, batch_size: int) -> Tree:
    """The state that an encoder carries before its first batch; None where it carries none."""
    start = getattr(encoder, "start", None)
    return start(batch_size) if start else None


class Flatten(nn.Module):
    """A row as one vector: what encoders without a sense of place read.

    Scalars: numbers, whether each is missing, categories as zeros and ones. A grid: its values, averaged down to at
    most `places` a side; a ragged row over its own places alone, so that padding changes nothing.
    """

    def __init__(self, spec: GridSpec | ScalarsSpec, places: int) -> None:
        super().__init__()
        self.cardinalities = spec.cardinalities if isinstance(spec, ScalarsSpec) else ()
        self.shape = tuple(min(size, places) for size in spec.sizes) if isinstance(spec, GridSpec) else ()
        if isinstance(spec, ScalarsSpec):
            self.width = 2 * len(spec.numbers) + sum(spec.cardinalities)
        else:
            self.width = spec.channels * math.prod(self.shape)

    def forward(self, signal: Grid | Scalars) -> Tensor:
        """(B, ...) -> (B, width)."""
        if isinstance(signal, Scalars):
            parts = [signal.numbers, signal.missing.to(signal.numbers)]
            ids = zip(signal.categories.unbind(1), self.cardinalities, strict=True)
            return torch.cat([*parts, *(functional.one_hot(i, size).to(signal.numbers) for i, size in ids)], 1)
        values = signal.values * signal.present.view(-1, *[1] * (signal.values.dim() - 1))
        if signal.mask is None:
            return self._pooled(values)
        return torch.cat([self._pooled(_own_places(v, m)[None]) for v, m in zip(values, signal.mask, strict=True)])

    def _pooled(self, values: Tensor) -> Tensor:
        pools = (nn.AdaptiveAvgPool1d, nn.AdaptiveAvgPool2d, nn.AdaptiveAvgPool3d)
        pooled: Tensor = pools[len(self.shape) - 1](self.shape)(values)
        return pooled.flatten(1)


def _own_places(values: Tensor, mask: Tensor) -> Tensor:
    """One row (C, *space) cut to the box of its real places; one place of zeros where it has none."""
    box = []
    for dimension in range(mask.dim()):
        others = [d for d in range(mask.dim()) if d != dimension]
        box.append(slice(0, max(1, int((mask.any(others) if others else mask).sum()))))
    return values[(slice(None), *box)] * mask[tuple(box)]
