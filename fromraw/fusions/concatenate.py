"""Concatenation: summaries side by side, each brought to a common scale first, and units that see them all.

The baseline of every work on several inputs (Ngiam and others, "Multimodal deep learning", ICML 2011). Without the
units a linear decoder could only add up what each input says by itself; with them one input may turn round what another
means. A single input passes through untouched, positions and all.
"""

import math
from collections.abc import Mapping
from typing import Annotated

import torch
from torch import nn

from fromraw.fusions.base import Fusion
from fromraw.named import Named
from fromraw.parts import part
from fromraw.signals import Representation, RepresentationSpec


@part("concatenate")
class Concatenate(Fusion):
    def __init__(
        self,
        gives: Mapping[str, RepresentationSpec],
        *,
        width: Annotated[int, "units that see all inputs together, beside the summaries themselves"] = 64,
    ) -> None:
        super().__init__()
        self.alone = len(gives) == 1
        widths = {name: spec.summary for name, spec in gives.items()}
        self.scales = Named({} if self.alone else {name: nn.LayerNorm(width) for name, width in widths.items()})
        self.mixed = None if self.alone else nn.Sequential(nn.Linear(sum(widths.values()), width), nn.GELU())
        looks = math.lcm(*(spec.looks for spec in gives.values()))
        only = next(iter(gives.values()))
        self.gives = only if self.alone else RepresentationSpec(sum(widths.values()) + width, looks=looks)

    def forward(self, representations: Mapping[str, Representation]) -> Representation:
        """{input: (B, D_i)} -> (B, sum of D_i, and width)."""
        if self.mixed is None:
            return next(iter(representations.values()))
        several = list(representations.values())
        summary = torch.cat([self.scales[name](r.summary) for name, r in representations.items()], 1)
        penalties = [r.penalty for r in several if r.penalty is not None]
        choices = [r.log_probability for r in several if r.log_probability is not None]
        return Representation(
            torch.cat([summary, self.mixed(summary)], 1),
            penalty=sum(penalties[1:], penalties[0]) if penalties else None,
            log_probability=sum(choices[1:], choices[0]) if choices else None,
            looks=several[0].looks,
        )
