"""Random convolutions: many filters that nobody trains, and where, how often and how strongly each of them answers.

Dempster, Petitjean, Webb, "ROCKET: exceptionally fast and accurate time series classification using random
convolutional kernels", Data Mining and Knowledge Discovery 2020; the series' differences and more than one way of
pooling: Tan, Dempster, Bergmeir, Webb, "MultiRocket", Data Mining and Knowledge Discovery 2022. Only what reads the
summary is trained, so that tens of rows are enough.
"""

import math
from collections.abc import Iterator
from typing import Annotated

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from fromraw.encoders.base import Encoder
from fromraw.parts import Budget, Description, Suggestion, part
from fromraw.signals import Grid, GridSpec, Representation, RepresentationSpec, take

KERNEL = 9
POOLS = 4
"""Numbers that a filter becomes: share of steps above its threshold, mean excess and mean place of those, greatest."""
STEEPNESS = 50
"""A response counts as above its threshold not at once but over a fiftieth: rounding then decides nothing."""
FIRST_ROWS = 256
"""Rows whose answers set the thresholds."""
CHUNK = 64
"""Rows read at a time before training: their responses fit the processor's cache."""


@part("random_convolutions", reads=Grid, dimensions=1)
class RandomConvolutions(Encoder):
    """Filters of every dilation that fits, half of them on the series, half on its differences; standardized pools."""

    weight: Tensor
    threshold: Tensor
    share: Tensor
    scale: Tensor
    center: Tensor
    spread: Tensor

    def __init__(
        self,
        spec: GridSpec,
        *,
        filters: Annotated[int, "about how many filters are drawn; each becomes four numbers"] = 500,
    ) -> None:
        super().__init__()
        self.longest = spec.sizes[0]
        self.dilations = [2**n for n in range(1 + max(0, int(math.log2(max(1, self.longest - 1) / (KERNEL - 1)))))]
        each = max(1, round(filters / (2 * len(self.dilations))))
        shape = 2, len(self.dilations), each
        width = math.prod(shape) * POOLS
        self.register_buffer("weight", _draw_filters(shape, spec.channels))
        self.register_buffer("share", torch.rand(shape))
        self.register_buffer("threshold", torch.zeros(shape))
        self.register_buffer("scale", torch.ones(2, spec.channels))
        self.register_buffer("center", torch.zeros(width))
        self.register_buffer("spread", torch.ones(width))
        self.gives = RepresentationSpec(summary=width)

    @staticmethod
    def suggest(spec: GridSpec, description: Description, budget: Budget) -> Suggestion:
        why = "only the linear map that reads fixed filters is learned, in closed form"
        return {"decoder.start": ("ridge", why), "epochs": (0.001, why)}

    @torch.no_grad()
    def begin(self, signal: Grid) -> None:
        """From training rows: the scale of each channel, thresholds that are quantiles, and what is usual in a pool."""
        signal = take(signal, signal.present)
        if not len(signal.values):
            return
        values, mask = _real(signal)
        steps = mask.sum().clamp_min(1)
        for number, x in enumerate((values, _differ(values, mask))):
            self.scale[number] = ((x**2).sum((0, 2)) / steps).sqrt().clamp_min(1e-6)
        first = slice(FIRST_ROWS)
        for at, response in self._responses(values[first], mask[first]):
            seen = response.transpose(0, 1)[:, mask[first]].sort(1).values
            place = (self.share[at] * (seen.shape[1] - 1)).round().long()
            self.threshold[at] = seen.gather(1, place[:, None])[:, 0]
        pooled = torch.cat(
            [self._pool(values[i : i + CHUNK], mask[i : i + CHUNK]) for i in range(0, len(values), CHUNK)]
        )
        self.center.copy_(pooled.mean(0))
        spread = pooled.std(0, correction=0)
        self.spread.copy_(torch.where(spread > 1e-6, spread, math.inf))  # what never varies tells nothing

    def forward(self, signal: Grid) -> Representation:
        """values (B, C, L), mask (B, L) -> summary (B, D), about one long whatever D: steps of a rate mean the same."""
        pooled = (self._pool(*_real(signal)) - self.center) / self.spread
        return Representation(pooled / math.sqrt(pooled.shape[1]))

    def _responses(self, values: Tensor, mask: Tensor) -> Iterator[tuple[tuple[int, int], Tensor]]:
        """What the filters answer, (B, each, L): for the series (0), its differences (1), and every dilation."""
        for number, x in enumerate((values, _differ(values, mask))):
            x = x / self.scale[number, :, None]
            for at, dilation in enumerate(self.dilations):
                around = KERNEL // 2 * dilation
                yield (number, at), functional.conv1d(x, self.weight[number, at], padding=around, dilation=dilation)

    def _pool(self, values: Float[Tensor, "batch channels length"], mask: Bool[Tensor, "batch length"]) -> Tensor:
        """(B, D); a filter that is nowhere above its threshold has its place before the first step."""
        steps = mask.sum(1, keepdim=True).clamp_min(1)
        place = torch.arange(1, mask.shape[1] + 1, device=mask.device) / self.longest
        found = []
        for at, response in self._responses(values, mask):
            excess = response - self.threshold[at][:, None]
            above = (STEEPNESS * excess + 0.5).clamp(0, 1) * mask[:, None]
            excess, count = excess.clamp_min(0) * mask[:, None], above.sum(2)
            mean = excess.sum(2) / count.clamp_min(1)
            greatest = response.masked_fill(~mask[:, None], -math.inf).amax(2)
            greatest = torch.where(mask.any(1, keepdim=True), greatest, 0)
            found += [count / steps, mean, above @ place.to(above.dtype) / count.clamp_min(1), greatest]
        return torch.cat(found, 1)


def _real(signal: Grid) -> tuple[Tensor, Tensor]:
    """Values, 0 where there is nothing, and where there is something."""
    mask = signal.present[:, None].expand(-1, signal.values.shape[2])
    mask = mask if signal.mask is None else mask & signal.mask
    return torch.where(mask[:, None], signal.values, 0), mask


def _differ(values: Tensor, mask: Tensor) -> Tensor:
    """What each step adds to the one before; 0 at the first."""
    return functional.pad(values[..., 1:] - values[..., :-1], (1, 0)) * mask[:, None]


def _draw_filters(shape: tuple[int, ...], channels: int) -> Tensor:
    """(*shape, C, KERNEL): normal, of mean 0 and length 1, on 1 to 9 channels each, a small number being likelier."""
    most = min(channels, 9)
    size = torch.exp2(torch.rand(*shape, 1) * math.log2(most + 1)).long().clamp(1, most)
    chosen = torch.rand(*shape, channels).argsort(-1).argsort(-1) < size
    weight = torch.randn(*shape, channels, KERNEL)
    weight = (weight - weight.mean(-1, keepdim=True)) * chosen[..., None]
    return weight / weight.flatten(-2).norm(dim=-1)[..., None, None]
