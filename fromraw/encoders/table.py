"""Tables: every number bent by its own small net, then an ensemble of nets that share almost all their weights.

Numbers: Gorishniy, Rubachev, Babenko, "On embeddings for numerical features in tabular deep learning", NeurIPS 2022: a
number is told by how far it has come through each bin between quantiles, so that one linear map draws any curve of it,
and by waves of learned frequencies, which see what is finer than a bin.
The ensemble: Gorishniy, Kotelnikov, Babenko, "TabM: advancing tabular deep learning with parameter-efficient
ensembling", ICLR 2025, after Wen, Tran, Ba, "BatchEnsemble", ICLR 2020: each net sees every layer's input and output
through scales of its own. They learn side by side, err apart, and answer together. The last scales stand before the
decoder, whose one linear map they turn into as many (as good as separate ones: recipes/LOG.md).
"""

import math
from itertools import pairwise
from typing import Annotated

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from fromraw.encoders.base import Encoder
from fromraw.parts import Budget, Description, Suggestion, mark, part
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec


class Numbers(nn.Module):
    """Each number as `width` values: a line, a curve that is straight between quantiles, and waves.

    Numbers beyond the range of the training rows are read as its end; a missing number has a learned vector instead.
    """

    low: Tensor
    span: Tensor
    used: Tensor

    def __init__(self, numbers: int, bins: int, waves: int, frequency: float, width: int) -> None:
        super().__init__()
        self.register_buffer("low", torch.linspace(-3, 3, bins + 1)[:-1].repeat(numbers, 1))
        self.register_buffer("span", torch.full((numbers, bins), 6 / bins))
        self.register_buffer("used", torch.ones(numbers, bins))
        self.slope = mark(_uniform(numbers, width), "vector")
        self.offset = mark(_uniform(numbers, width), "vector")
        self.curve = mark(_uniform(numbers, bins, width, bound=bins**-0.5), "table")
        self.frequency = mark(nn.Parameter(torch.randn(numbers, waves) * frequency), "vector")
        self.wave = mark(_uniform(numbers, 2 * waves, width, bound=(2 * waves) ** -0.5), "table")
        self.absent = mark(nn.Parameter(torch.zeros(numbers, width)), "vector")

    def begin(self, values: Float[Tensor, "batch numbers"], missing: Bool[Tensor, "batch numbers"]) -> None:
        """Lay the bins by the numbers that are there."""
        for column in range(values.shape[1]):
            edges = _edges(values[~missing[:, column], column], self.low.shape[1])
            count = len(edges) - 1
            self.low[column], self.span[column], self.used[column] = edges[-1], 1.0, 0.0
            self.low[column, :count] = edges[:-1]
            self.span[column, :count] = edges.diff()
            self.used[column, :count] = 1.0

    def forward(
        self, values: Float[Tensor, "batch numbers"], missing: Bool[Tensor, "batch numbers"]
    ) -> Float[Tensor, "batch numbers width"]:
        end = (self.low + self.span * self.used).amax(1)
        values = values.clamp(self.low[:, 0], end)[:, :, None]
        come = ((values - self.low) / self.span).clamp(0, 1) * self.used
        angles = 2 * math.pi * self.frequency * values
        waves = torch.cat([angles.sin(), angles.cos()], 2)
        known = torch.einsum("bnk,nkw->bnw", come, self.curve) + torch.einsum("bnk,nkw->bnw", waves, self.wave)
        return torch.where(missing[:, :, None], self.absent, known + torch.addcmul(self.offset, values, self.slope))


def _uniform(*shape: int, bound: float = 1.0) -> nn.Parameter:
    return nn.Parameter(torch.empty(shape).uniform_(-bound, bound))


def _edges(values: Float[Tensor, " rows"], bins: int) -> Float[Tensor, " edges"]:
    """Two to `bins` + 1 rising edges: quantiles, and where values repeat, quantiles of the different ones too."""
    different = values.unique()
    if len(different) < 2:
        return (different if len(different) else values.new_zeros(1)) + values.new_tensor([-0.5, 0.5])
    edges = _spread(values.sort().values, bins + 1).unique()
    return torch.cat([edges, _spread(different, bins + 3 - len(edges))[1:-1]]).unique()


def _spread(rising: Float[Tensor, " values"], count: int) -> Float[Tensor, " count"]:
    """`count` of the values, at equal distances in their order."""
    return rising[torch.linspace(0, len(rising) - 1, count).round().long()]


def _category(size: int, width: int) -> nn.Embedding:
    """A vector for each category; that of 0, missing or never seen, begins as nothing."""
    embedding = nn.Embedding(size, min(size, width))
    nn.init.normal_(embedding.weight, std=0.5)
    with torch.no_grad():
        embedding.weight[0] = 0
    return embedding


class Members(nn.Module):
    """A linear layer that several nets share; each scales its input and output, and has a bias, of its own."""

    def __init__(self, nets: int, inputs: int, outputs: int) -> None:
        super().__init__()
        self.before = mark(nn.Parameter(torch.ones(nets, inputs)), "vector")
        self.shared = mark(_uniform(outputs, inputs, bound=inputs**-0.5), "matrix")
        self.after = mark(nn.Parameter(torch.ones(nets, outputs)), "vector")
        self.bias = mark(nn.Parameter(_uniform(outputs, bound=inputs**-0.5).detach().repeat(nets, 1)), "vector")

    def forward(self, x: Float[Tensor, "batch #nets inputs"]) -> Float[Tensor, "batch nets outputs"]:
        return torch.addcmul(self.bias, functional.linear(x * self.before, self.shared), self.after)


def _drop(x: Tensor, share: float) -> Tensor:
    """Dropout (Srivastava and others, JMLR 2014) by one random byte a value: torch's own took a quarter of a step."""
    kept = 256 - round(share * 256)
    bytes_ = torch.randint(-(2**31), 2**31, (x.numel() // 4 + 1,), dtype=torch.int32, device=x.device).view(torch.uint8)
    return x * ((bytes_[: x.numel()].view_as(x) < kept) * (256 / kept)).to(x.dtype)


@part("table", reads=Scalars)
class Table(Encoder):
    def __init__(
        self,
        spec: ScalarsSpec,
        *,
        nets: Annotated[int, "nets that share most weights and answer together"] = 8,
        width: Annotated[int, "units in each layer of each net"] = 128,
        depth: Annotated[int, "layers"] = 3,
        bins: Annotated[int, "quantile bins of a number"] = 32,
        waves: Annotated[int, "frequencies at which a number is read"] = 16,
        frequency: Annotated[float, "spread of the first frequencies, in turns per standard deviation"] = 1.0,
        embedding: Annotated[int, "values that stand for a number; at most, for a category"] = 16,
        dropout: Annotated[float, "share of the units left out in training"] = 0.1,
    ) -> None:
        super().__init__()
        self.numbers = Numbers(len(spec.numbers), bins, waves, frequency, embedding)
        self.categories = nn.ModuleList(_category(size, embedding) for size in spec.cardinalities)
        widths = [embedding] * len(spec.numbers) + [min(size, embedding) for size in spec.cardinalities]
        columns = torch.randn(nets, len(widths)).repeat_interleave(torch.tensor(widths), 1)
        sizes = pairwise([sum(widths), *[width] * depth])
        self.layers = nn.ModuleList(Members(nets, inputs, outputs) for inputs, outputs in sizes)
        self.layers[0].before = mark(nn.Parameter(columns), "vector")
        self.last = mark(nn.Parameter(torch.randn(nets, width)), "vector")
        self.nets, self.dropout = nets, dropout
        self.gives = RepresentationSpec(width, looks=nets)

    @staticmethod
    def preference(spec: ScalarsSpec, description: Description, budget: Budget) -> tuple[float, str]:
        """Sure of itself wherever values stand side by side."""
        return 0.8, "single values side by side: an ensemble of nets that share weights"

    @staticmethod
    def suggest(spec: ScalarsSpec, description: Description, budget: Budget) -> Suggestion:
        """As wide, and of as many members, as the minutes allow; fewer passes and less detail the fewer the rows."""
        rows, columns = max(1, description.rows), max(1, len(spec.numbers) + len(spec.cardinalities))
        batch = 2 ** round(math.log2(min(256, max(16, rows / 50))))
        passes = PASSES if description.categories else PASSES_FOR_NUMBERS
        epochs = round(passes * max(1 / 4, math.sqrt(20_000 / rows)))
        embedding = max(4, min(16, 1024 // columns))
        work = budget.seconds * budget.gigaflops if budget.seconds else UNTIMED
        affordable = work / (rows * epochs)
        inputs = embedding * columns
        members = max(1, min(MEMBERS, int(affordable / _gigaflops(inputs, WIDTHS[2], batch))))
        fits = [w for w in WIDTHS if _gigaflops(inputs, w, batch) * members < affordable and w * w < 64 * rows]
        dropout = max(0.1, round(min(0.3, 30 / math.sqrt(rows)), 2)) if description.categories else 0.1
        each = rows // max(1, len(spec.numbers))
        limit = f"in {budget.seconds:.0f} s" if budget.seconds else f"in {UNTIMED:,.0f} GFLOP, as no minutes are given"
        time = f"{rows:,} rows, {epochs} times, {limit}"
        return {
            "width": (fits[-1] if fits else WIDTHS[0], f"the widest that learns from {time}"),
            "bins": (
                max(4, min(32, each // 20, rows // 4)),
                f"{each:,} rows for each number: 20 for each bin, 32 bins at most",
            ),
            "frequency": (3.0 if each >= 1_000 else 0.3, f"{each:,} rows for each number; fine waves pay from 1,000"),
            "embedding": (embedding, f"{columns} columns, about 1,024 values in all at most"),
            "dropout": (dropout, f"by {rows:,} rows for categories, 0.3 at most; numbers need little"),
            "optimizer": ("muon", "better than AdamW on both tables where they were compared (recipes/LOG.md)"),
            "rate": (0.05, "of Muon: the share of its norm by which a matrix turns"),
            "weight_decay": (0.01, "of what is no matrix; Muon keeps each matrix's norm"),
            "clip": (1.0, "a few far-off numbers do not throw the nets off"),
            "batch": (batch, f"about a fiftieth of {rows:,} rows, from 16 to 256"),
            "epochs": (epochs, f"passes over {rows:,} rows that pay, where there is time"),
            "members": (members, f"each learns from all but one fold, and they are averaged: {time}"),
        }

    def begin(self, signal: Scalars) -> None:
        self.numbers.begin(signal.numbers, signal.missing)

    def forward(self, signal: Scalars) -> Representation:
        """numbers (B, N), missing (B, N), categories (B, K) -> summary (B * nets, width)."""
        columns = [self.numbers(signal.numbers, signal.missing).flatten(1)]
        columns += [category(signal.categories[:, i]) for i, category in enumerate(self.categories)]
        x = torch.cat(columns, 1)[:, None]
        for layer in self.layers:
            x = functional.relu(layer(x))
            x = _drop(x, self.dropout) if self.training and self.dropout else x
        return Representation((x * self.last).flatten(0, 1), looks=self.nets)


UNTIMED = 12_000.0
"""GFLOP that are planned for where no minutes are given, as two minutes of two cores are worth: a plan by epochs or
steps is then the same on every machine."""
MEMBERS = 5
"""Nets that are averaged at most; one that gets too few steps takes away what averaging gains: on adult five of 9
epochs were below one of 14 (recipes/LOG.md), so the passes come first."""
WIDTHS = (64, 96, 128, 192, 256)
PASSES, PASSES_FOR_NUMBERS = 18, 28
"""Passes over 20,000 rows that pay, towards categories and towards numbers; 14 over 29,000 rows were far better than 6,
38 over 7,000 better than 9 (recipes/LOG.md)."""


def _gigaflops(inputs: int, width: int, batch: int, nets: int = 8, depth: int = 3) -> float:
    """What it takes to learn from one row: products, forward and backward; what could be done meanwhile where memory
    is the limit; and Muon's products, shared by the rows of a batch. Counted once on two cores (recipes/LOG.md)."""
    products = 6 * nets * (inputs * width + (depth - 1) * width**2)
    return 1.8 * (products + 800 * nets * (inputs + depth * width) + 30 * depth * width**3 / batch) / 1e9
