"""Random convolutions of series, and ridge regression on how often and where they answer.

Dempster, Petitjean, Webb, "ROCKET: exceptionally fast and accurate time series classification using random
convolutional kernels", Data Mining and Knowledge Discovery 2020; the 84 fixed kernels of "MiniRocket", KDD 2021; the
series' differences and more than one way of pooling, Tan and others, "MultiRocket", DMKD 2022. Series of different
length are read as far as they go.
"""

from dataclasses import dataclass, replace
from itertools import combinations
from typing import Annotated

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from fromraw.baselines.base import Baseline
from fromraw.baselines.growing import grow, threads_for
from fromraw.baselines.reading import (
    NUMBERS,
    Design,
    in_chunks,
    known_rows,
    most_rows,
    read_targets,
    spread,
    target_spec,
)
from fromraw.baselines.ridge import LARGEST, Ridge, RidgeClassifier
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.signals import GridSpec
from fromraw.streams.examples import Examples

KERNELS = torch.tensor([[2.0 if i in at else -1.0 for i in range(9)] for at in combinations(range(9), 3)])
"""(84, 9): all ways to place three 2s among six -1s."""
CHUNK = 2_000_000
"""Responses that are pooled at a time, so that they stay near the processor."""
RAW = 0.1
"""How much the raw steps count beside the convolutions, which see neither levels nor places well."""
POOLS = 3
"""Numbers a kernel and threshold: how often it is above, by how much, and where."""


@part("random_convolutions")
class RandomConvolutions(Baseline):
    decoders = ("classify", "regress")
    rank = 2

    def __init__(
        self,
        *,
        rows: Annotated[int | None, "rows to learn from; none: as many as time allows"] = None,
        numbers: Annotated[int, "about how many numbers a series becomes, where rows are few"] = 10_000,
        seed: Annotated[int, "of the channels and thresholds drawn"] = 0,
    ) -> None:
        self.rows, self.numbers, self.seed = rows, numbers, seed

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with categories or numbers only")
        if not _series(examples):
            raise Refused("no input is a series")

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        self.categories = max([0, *target_spec(examples, output).cardinalities]) - 1
        learn = lambda part: self._learn(examples, part, output)  # noqa: E731
        most = 2 * most_rows(self.numbers)
        (self.reading, self.model), self.rows = grow(
            learn, known_rows(examples, rows, output), self.rows, seconds, most
        )

    def _learn(self, examples: Examples, rows: np.ndarray, output: str) -> "tuple[Reading, Ridge | RidgeClassifier]":
        y = read_targets(examples, rows, output)
        reading = Reading(examples, rows, self._draw(examples, rows))
        x, reading.matrix = reading.matrix, np.empty((0, 0))
        return reading, Ridge(x, y) if y.ndim == 2 else RidgeClassifier(x, y)

    def _draw(self, examples: Examples, rows: np.ndarray) -> "dict[str, list[Convolution]]":
        """Fewer numbers where rows are so many that the matrix of products is one of numbers, not of rows."""
        first = _signals(examples, rows[:256])
        numbers = (self.numbers if len(rows) <= LARGEST // 2 else min(self.numbers, LARGEST)) // len(first)
        return {n: draw(values, mask, numbers, self.seed) for n, (values, mask) in first.items()}

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        with threads_for(len(rows)):
            x = self.reading.read(examples, rows)
        if isinstance(self.model, Ridge):
            return {NUMBERS: self.model(x)}
        return spread(self.model.probabilities(x), self.model.seen, self.categories, self.rows or 1)

    def words(self) -> str:
        count = sum(len(c.weight) * c.thresholds.shape[1] for plan in self.reading.plans.values() for c in plan)
        return f"ridge on {count:,} random convolutions, {self.rows:,} rows"


def _series(examples: Examples) -> dict[str, list[str]]:
    """The inputs that are series, with their columns."""
    specs = {name: examples.spec(columns) for name, columns in examples.inputs.items()}
    return {n: list(examples.inputs[n]) for n, s in specs.items() if isinstance(s, GridSpec) and s.dimensions == 1}


def _signals(examples: Examples, rows: np.ndarray) -> dict[str, tuple[Tensor, Tensor]]:
    """Values (B, C, L) and mask (B, L) of each input."""
    inputs = _series(examples)
    batch = replace(examples, inputs=inputs, outputs={}).batch(rows)
    found = {}
    for name in inputs:
        signal = batch.inputs[name]
        mask = torch.ones_like(signal.values[:, 0], dtype=torch.bool) if signal.mask is None else signal.mask
        mask = mask & signal.present[:, None]
        found[name] = (torch.where(mask[:, None], signal.values.float(), 0.0), mask)
    return found


class Reading:
    """Series as numbers: what convolutions answer, standardized, and beside them the raw input."""

    def __init__(self, examples: Examples, rows: np.ndarray, plans: "dict[str, list[Convolution]]") -> None:
        self.plans = plans
        sizes = [examples.spec(columns).sizes for columns in _series(examples).values()]  # type: ignore[union-attr]
        steps = sum(size[0] for size in sizes)
        self.chunk = max(1, CHUNK // (len(KERNELS) * steps))
        x = in_chunks(lambda part: self._convolve(examples, part), rows, self.chunk)
        self.center, scale = x.mean(0), x.std(0)
        self.scale = np.where(scale > 1e-6, scale, np.inf)
        self.design = Design(examples, rows)
        raw, self.design.matrix = self.design.matrix, np.empty((0, 0))
        self.share = np.float32(np.sqrt(RAW * x.shape[1] / raw.shape[1]))
        self.matrix = self._join(x, raw)

    def _convolve(self, examples: Examples, rows: np.ndarray) -> np.ndarray:
        signals = _signals(examples, rows)
        return torch.cat([c(*signals[name]) for name, plan in self.plans.items() for c in plan], 1).numpy()

    def _join(self, x: np.ndarray, raw: np.ndarray) -> np.ndarray:
        x -= self.center
        x /= self.scale
        return np.concatenate([x, raw * self.share], 1)

    def read(self, examples: Examples, rows: np.ndarray) -> np.ndarray:
        """(n, F) float32."""
        x = in_chunks(lambda part: self._convolve(examples, part), rows, self.chunk)
        return self._join(x, self.design.read(examples, rows))


# ---------------------------------------------------------------------------------------------------- the convolutions


@dataclass(frozen=True)
class Convolution:
    """84 kernels of one dilation, on the series or on its differences.

    weight: (84, C, 9); scale: (C,) of the series; thresholds: (84, q); span: steps that places are counted in.
    """

    differences: bool
    dilation: int
    scale: Tensor
    weight: Tensor
    thresholds: Tensor
    span: int

    def responses(self, values: Tensor, mask: Tensor) -> Tensor:
        """(B, C, L) -> (B, 84, L)."""
        x = differ(values, mask) if self.differences else values
        x = x / self.scale[:, None]
        return functional.conv1d(x, self.weight, padding=4 * self.dilation, dilation=self.dilation)

    def __call__(self, values: Tensor, mask: Tensor) -> Tensor:
        """(B, 84 * q * POOLS): the share of steps above a threshold, the mean excess and the mean place of those."""
        response = self.responses(values, mask)
        steps = mask.sum(1).clamp_min(1)[:, None]
        place = torch.arange(values.shape[2]) / self.span
        pooled = []
        for threshold in self.thresholds.T:
            excess = (response - threshold[:, None]) * mask[:, None]
            above = (excess > 0).float()
            count = above.sum(2)
            where = torch.where(count > 0, above @ place / count.clamp_min(1), -1 / self.span)
            pooled += [count / steps, excess.clamp_min(0).sum(2) / count.clamp_min(1), where]
        return torch.cat(pooled, 1)


def differ(values: Tensor, mask: Tensor) -> Tensor:
    """What each step adds to the one before; 0 at the first."""
    change = functional.pad(values[..., 1:] - values[..., :-1], (1, 0))
    return change * mask[:, None]


def draw(values: Tensor, mask: Tensor, numbers: int, seed: int) -> list[Convolution]:
    """Kernels of every dilation that fits the median length, on random channels; thresholds are quantiles of what
    the kernels answer to these series (B, C, L)."""
    generator = torch.Generator().manual_seed(seed)
    length = max(1.0, float(mask.sum(1).float().median()))
    dilations = [2**i for i in range(1 + max(0, int(np.log2(max(1.0, (length - 1) / 8)))))]
    each = max(1, round(numbers / (2 * len(dilations) * len(KERNELS) * POOLS)))
    plan = []
    for differences in (False, True):
        x = differ(values, mask) if differences else values
        scale = ((x**2).sum((0, 2)) / mask.sum().clamp_min(1)).sqrt().clamp_min(1e-6)
        for dilation in dilations:
            weight = KERNELS[:, None] * _channels(values.shape[1], generator)[:, :, None]
            blank = Convolution(differences, dilation, scale, weight, torch.zeros(84, 0), values.shape[2])
            plan.append(replace(blank, thresholds=_quantiles(blank.responses(values, mask), mask, each, generator)))
    return plan


def _channels(channels: int, generator: torch.Generator) -> Tensor:
    """(84, C) zeros and ones: 1 to 9 channels each, a small number being likelier."""
    most = min(channels, 9)
    size = torch.exp2(torch.rand(84, generator=generator) * np.log2(most + 1)).long().clamp(1, most)
    rank = torch.rand(84, channels, generator=generator).argsort(1).argsort(1)
    return (rank < size[:, None]).float()


def _quantiles(responses: Tensor, mask: Tensor, each: int, generator: torch.Generator) -> Tensor:
    """(84, each) evenly spread quantiles of the responses (B, 84, L), shifted from kernel to kernel."""
    seen = responses.transpose(0, 1)[:, mask]
    if not seen.shape[1]:
        return torch.zeros(84, each)
    seen = seen[:, torch.randperm(seen.shape[1], generator=generator)[:20_000]].sort(1).values
    shift = (torch.arange(84) * 0.618034) % 1
    share = ((torch.arange(each) + shift[:, None]) / each).clamp(0.01, 0.99)
    return seen.gather(1, (share * (seen.shape[1] - 1)).long())
