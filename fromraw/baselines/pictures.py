"""Pictures as numbers that a shallow method can use: oriented gradients, and histograms of color.

Dalal, Triggs, "Histograms of oriented gradients for human detection", CVPR 2005. Swain, Ballard, "Color indexing",
IJCV 1991; square roots of shares, as Arandjelovic, Zisserman, CVPR 2012, so that distances are Hellinger's.
"""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

ORIENTATIONS = 9
LEVELS = 8
"""Steps of brightness in a histogram of color."""


def oriented_gradients(values: Tensor) -> Tensor:
    """(B, C, H, W) -> (B, F): histograms of the direction of edges in up to 8 x 8 cells, in blocks of 2 x 2."""
    padded = functional.pad(values, (1, 1, 1, 1), mode="replicate")
    across, down = padded[:, :, 1:-1, 2:] - padded[:, :, 1:-1, :-2], padded[:, :, 2:, 1:-1] - padded[:, :, :-2, 1:-1]
    strongest = (across**2 + down**2).argmax(1, keepdim=True)
    across, down = across.gather(1, strongest), down.gather(1, strongest)
    place = (torch.atan2(down, across) / torch.pi % 1) * ORIENTATIONS
    low = place.floor().long() % ORIENTATIONS
    share, strength = place - place.floor(), (across**2 + down**2).sqrt()
    maps = torch.zeros(len(values), ORIENTATIONS, *values.shape[2:])
    maps.scatter_add_(1, low, strength * (1 - share))
    maps.scatter_add_(1, (low + 1) % ORIENTATIONS, strength * share)
    cells = functional.adaptive_avg_pool2d(maps, (_cells(values.shape[2]), _cells(values.shape[3])))
    return _normalize(functional.unfold(cells, tuple(min(2, side) for side in cells.shape[2:]))).flatten(1)


def _cells(side: int) -> int:
    """So many cells of at least 4 pixels, at most 8."""
    return max(1, min(8, side // 4))


def _normalize(blocks: Tensor) -> Tensor:
    """(B, F, P): each block to length 1, none of its numbers above 0.2, and again."""
    for _ in range(2):
        blocks = (blocks / (blocks.norm(dim=1, keepdim=True) + 1e-3)).clamp(max=0.2)
    return blocks


class Colors:
    """Histograms of each channel over the four quarters of a picture; steps are made equally full on first pictures."""

    def __init__(self, values: Tensor) -> None:
        sample = values[:256].transpose(0, 1).flatten(1).numpy()
        self.edges = torch.tensor(np.quantile(sample, np.arange(1, LEVELS) / LEVELS, axis=1).T, dtype=torch.float32)

    def __call__(self, values: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, F)."""
        channels = []
        for channel, edges in zip(values.unbind(1), self.edges, strict=True):
            level = torch.bucketize(channel.contiguous(), edges.contiguous())
            full = functional.one_hot(level, LEVELS).permute(0, 3, 1, 2).float()
            channels.append(functional.adaptive_avg_pool2d(full, (2, 2)).flatten(1))
        return torch.cat(channels, 1).sqrt()
