"""Signals of every kind that a part may read, and what a test of any part needs."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import Around, learn
from fromraw.learning.optimizers import Wish, build_optimizer
from fromraw.learning.schedule import Horizon
from fromraw.learning.stopping import StopRequest
from fromraw.planning.plan import LearningPlan
from fromraw.signals import (
    Batch,
    Grid,
    GridSpec,
    Scalars,
    ScalarsSpec,
    SignalSpec,
    Tokens,
    TokensSpec,
    tree_map,
)
from fromraw.streams.base import Act, Stream
from fromraw.system import System

SPECS: dict[str, SignalSpec] = {
    "series": GridSpec(2, (12,)),
    "one step": GridSpec(1, (1,)),
    "ragged series": GridSpec(2, (12,), ragged=True),
    "picture": GridSpec(3, (8, 9)),
    "wide picture": GridSpec(1, (2, 40)),
    "one pixel": GridSpec(1, (1, 1)),
    "ragged picture": GridSpec(1, (7, 6), ragged=True),
    "volume": GridSpec(1, (5, 4, 6)),
    "numbers": ScalarsSpec(("a", "b", "c")),
    "categories": ScalarsSpec((), ("d", "e"), (4, 3)),
    "table": ScalarsSpec(("a", "b"), ("d",), (5,)),
    "text": TokensSpec(11, 9),
}


def make_signal(spec: SignalSpec, rows: int, seed: int = 0, missing: float = 0.0) -> Any:
    """Made-up rows; what is missing holds zeros, as columns leave it."""
    random = torch.Generator().manual_seed(seed)
    present = torch.rand(rows, generator=random) >= missing
    if isinstance(spec, ScalarsSpec):
        gaps = (torch.rand(rows, len(spec.numbers), generator=random) < missing) | ~present[:, None]
        numbers = torch.randn(rows, len(spec.numbers), generator=random) * ~gaps
        ids = [torch.randint(0, size, (rows,), generator=random) * present for size in spec.cardinalities]
        categories = torch.stack(ids, 1) if ids else torch.zeros(rows, 0, dtype=torch.long)
        return Scalars(numbers, gaps, categories, present)
    if isinstance(spec, TokensSpec):
        ids = torch.randint(1, spec.vocabulary, (rows, spec.longest), generator=random)
        mask = torch.arange(spec.longest) < torch.randint(1, spec.longest + 1, (rows, 1), generator=random)
        mask = mask & present[:, None]
        return Tokens(ids * mask, mask, present)
    values = torch.randn(rows, spec.channels, *spec.sizes, generator=random)
    values = values * present.view(-1, *[1] * (values.dim() - 1))
    if not spec.ragged:
        return Grid(values, present)
    mask = torch.ones(rows, *spec.sizes, dtype=torch.bool)
    for dimension, size in enumerate(spec.sizes):
        lengths = torch.randint(1, size + 1, (rows,), generator=random)
        if rows:
            lengths[0] = size
        inside = torch.arange(size) < lengths[:, None]
        mask &= inside.view(rows, *[1] * dimension, size, *[1] * (spec.dimensions - dimension - 1))
    mask &= present.view(-1, *[1] * spec.dimensions)
    return Grid(values * mask[:, None], present, mask)


def two_kinds(spec: SignalSpec, rows: int) -> tuple[Any, Tensor]:
    """A signal, and for each row which of two kinds it is of: shifted up or down, or of another word."""
    signal, kind = make_signal(spec, rows), torch.arange(rows) % 2
    if isinstance(signal, Grid):
        sign = (2.0 * kind - 1).view(-1, *[1] * (signal.values.dim() - 1))
        values = 0.3 * signal.values + sign
        return Grid(values if signal.mask is None else values * signal.mask[:, None], signal.present, signal.mask), kind
    if isinstance(signal, Tokens):
        return Tokens(torch.where(signal.mask, 1 + kind[:, None], 0), signal.mask, signal.present), kind
    categories = (1 + kind)[:, None].expand(-1, signal.categories.shape[1]).contiguous()
    numbers = 0.3 * signal.numbers + (2.0 * kind - 1)[:, None]
    return Scalars(numbers, signal.missing, categories, signal.present), kind


def double(tree: Any) -> Any:
    return tree_map(lambda leaf: leaf.double() if leaf.is_floating_point() else leaf, tree)


def categories(kind: Tensor) -> Scalars:
    """Ids 1 and 2, as a target."""
    none = torch.zeros(len(kind), 0)
    return Scalars(none, none.bool(), 1 + kind[:, None], torch.ones(len(kind), dtype=torch.bool))


class Again(Stream):
    """The same batch at every step."""

    def __init__(self, batch: Batch) -> None:
        self.batch = batch

    def next(self, act: Act) -> Batch:
        return self.batch

    def state(self) -> dict[str, Any]:
        return {}

    def restore(self, state: Mapping[str, Any]) -> None:
        pass


class Killed(Exception):
    """The machine went off."""


def train(system: System, batch: Batch, folder: Path, steps: int, kill_at: int = -1, rate: float = 0.01) -> list[float]:
    """Losses of some steps of the loop; the checkpoint in the folder is gone on from."""
    folder.mkdir(exist_ok=True)
    losses: list[float] = []

    def tell(course: Course, loss: float) -> None:
        losses.append(loss)
        if course.step == kill_at:
            raise Killed

    plan = LearningPlan(batch=len(batch), piece=len(batch), warmup=0.0)
    optimizer = build_optimizer([Wish([system], "adamw", rate)])
    course = Course(system, Again(batch), optimizer, plan, 0, Horizon(steps), len(batch), {"member": 0, "stage": 0})
    around = Around(folder / "checkpoint", Journal(folder / "decisions.jsonl"), StopRequest(), tell)
    around.save_every = 0.0 if kill_at >= 0 else math.inf
    learn(course, around)
    return losses


def slope_and_gradient(function: Any, leaves: list[Tensor], seed: int = 0) -> tuple[float, float]:
    """The derivative of a float64 number along a random direction: by differences, and by backward."""
    random = torch.Generator().manual_seed(seed)
    ways = [torch.randn(leaf.shape, dtype=leaf.dtype, generator=random) for leaf in leaves]
    found = torch.autograd.grad(function(), leaves, allow_unused=True)
    told = sum(float((g * w).sum()) for g, w in zip(found, ways, strict=True) if g is not None)
    step, values = 1e-6, []
    with torch.no_grad():
        for sign in (1, -2):
            for leaf, way in zip(leaves, ways, strict=True):
                leaf.add_(sign * step * way)
            values.append(float(function()))
        for leaf, way in zip(leaves, ways, strict=True):
            leaf.add_(step * way)
    return (values[0] - values[1]) / (2 * step), told


def rows_equal(one: Tensor, other: Tensor) -> None:
    np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), rtol=1e-4, atol=2e-5)
