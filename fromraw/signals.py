"""What travels between the rooms: signals, the views they are looked at through, and representations.

A signal is what an encoder reads and what a decoder compares with; a representation is what an encoder gives. Each has
a spec: what is known of it before any tensor exists.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar, dataclass_transform

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Num
from torch import Tensor
from torch.utils import _pytree as pytree

S = TypeVar("S")
Tree = Any
"""Nested dicts, lists, tuples and signals with tensors at the leaves."""


def tree_map(function: Any, tree: S, *rest: Any) -> S:
    """Apply a function to every tensor of a tree, keeping its shape and all that is no tensor."""
    apply = lambda leaf, *others: function(leaf, *others) if isinstance(leaf, Tensor) else leaf  # noqa: E731
    return pytree.tree_map(apply, tree, *rest)


def tree_leaves(tree: Tree) -> list[Tensor]:
    """Every tensor of a tree, in order."""
    return [leaf for leaf in pytree.tree_leaves(tree) if isinstance(leaf, Tensor)]


def take(tree: S, rows: Any) -> S:
    """The given rows (a slice, a mask or indices) of everything in a tree."""
    return tree_map(lambda leaf: leaf[rows], tree)


def repeat(tree: S, looks: int) -> S:
    """Each row `looks` times, looks of a row side by side: (B, ...) -> (B * looks, ...)."""
    return tree if looks == 1 else tree_map(lambda leaf: leaf.repeat_interleave(looks, 0), tree)


@dataclass_transform(frozen_default=True)
def _signal(cls: type[S]) -> type[S]:
    """A frozen dataclass of tensors; fields marked static are shape, not data."""
    cls = dataclass(frozen=True)(cls)
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    dynamic = [f.name for f in fields if not f.metadata.get("static")]
    static = [f.name for f in fields if f.metadata.get("static")]

    def flatten(value: Any) -> tuple[list[Any], Any]:
        return [getattr(value, name) for name in dynamic], tuple(getattr(value, name) for name in static)

    def unflatten(leaves: Any, context: Any) -> Any:
        value = object.__new__(cls)
        for name, leaf in [*zip(dynamic, leaves, strict=True), *zip(static, context, strict=True)]:
            object.__setattr__(value, name, leaf)
        return value

    pytree.register_pytree_node(cls, flatten, unflatten, serialized_type_name=f"fromraw.{cls.__name__}")
    return cls


def _static(default: Any) -> Any:
    return field(default=default, metadata={"static": True})


# ---------------------------------------------------------------------------------------------------------- signals


@_signal
class Grid:
    """Numbers on a regular grid: series and sound (one space dimension), pictures (two), volumes and films (three).

    values: (B, C, *space); present: (B,), False where the cell is missing; mask: (B, *space), where sizes differ.
    """

    values: Num[Tensor, "batch channels *space"]
    present: Bool[Tensor, " batch"]
    mask: Bool[Tensor, "batch *space"] | None = None


@_signal
class Tokens:
    """Symbols from a vocabulary, in order. ids: (B, L); mask: (B, L); present: (B,)."""

    ids: Int[Tensor, "batch length"]
    mask: Bool[Tensor, "batch length"]
    present: Bool[Tensor, " batch"]


@_signal
class Scalars:
    """Single values side by side.

    numbers: (B, N), standardized, 0 where missing; missing: (B, N); categories: (B, K), 0 for missing or never seen
    in training, 1... for the known ones; present: (B,), False where a whole row (or the target) is missing.
    """

    numbers: Float[Tensor, "batch numbers"]
    missing: Bool[Tensor, "batch numbers"]
    categories: Int[Tensor, "batch categories"]
    present: Bool[Tensor, " batch"]


Signal = Grid | Tokens | Scalars


def in_full(values: Tensor) -> Tensor:
    """Numbers in float32 at least: half precision is enough for products, not for sums and logarithms."""
    return values.to(torch.promote_types(values.dtype, torch.float32))


def rows_of(signal: Any) -> int:
    """How many rows a signal holds."""
    return int(signal.present.shape[0])


def join(signals: Sequence[Scalars]) -> Scalars:
    """Scalars of several columns as one signal; a row is present where any of them is."""
    return Scalars(
        numbers=torch.cat([s.numbers for s in signals], 1),
        missing=torch.cat([s.missing for s in signals], 1),
        categories=torch.cat([s.categories for s in signals], 1),
        present=torch.stack([s.present for s in signals]).any(0),
    )


# ------------------------------------------------------------------------------------------------------------ specs


@dataclass(frozen=True)
class GridSpec:
    """channels; sizes: a number for each space dimension; ragged: rows differ in size, sizes is then the longest."""

    channels: int
    sizes: tuple[int, ...]
    ragged: bool = False
    kind = Grid

    @property
    def dimensions(self) -> int:
        return len(self.sizes)


@dataclass(frozen=True)
class TokensSpec:
    """vocabulary: number of different ids, 0 being padding; longest: the longest row in training."""

    vocabulary: int
    longest: int
    kind = Tokens


@dataclass(frozen=True)
class ScalarsSpec:
    """Names of the numbers; names and cardinalities (the 0 for 'missing' included) of the categories."""

    numbers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    cardinalities: tuple[int, ...] = ()
    kind = Scalars


SignalSpec = GridSpec | TokensSpec | ScalarsSpec


def join_specs(specs: Sequence[ScalarsSpec]) -> ScalarsSpec:
    """The spec of what `join` returns."""
    return ScalarsSpec(
        numbers=tuple(n for s in specs for n in s.numbers),
        categories=tuple(n for s in specs for n in s.categories),
        cardinalities=tuple(c for s in specs for c in s.cardinalities),
    )


# -------------------------------------------------------------------------------------------------- representations


@_signal
class Representation:
    """What an encoder makes of a signal.

    summary: (B, D); positions: (B, P, W) with mask (B, P), places that attention, tags and boxes can read, laid out
    as `grid`; penalty: (B,), added to every loss; log_probability: (B,), of choices that were drawn, for which the
    system adds the score-function term; looks: how many rows here stand for one row of the signal, side by side.
    """

    summary: Float[Tensor, "batch width"]
    positions: Float[Tensor, "batch places depth"] | None = None
    mask: Bool[Tensor, "batch places"] | None = None
    penalty: Float[Tensor, " batch"] | None = None
    log_probability: Float[Tensor, " batch"] | None = None
    grid: tuple[int, ...] = _static(())
    looks: int = _static(1)

    def as_grid(self) -> Grid:
        """Positions as a Grid again, so that encoders stack: (B, P, W) -> (B, W, *grid)."""
        if self.positions is None:
            raise ValueError("this representation has no positions to read as a grid")
        batch, places, width = self.positions.shape
        shape = self.grid or (places,)
        values = self.positions.transpose(1, 2).reshape(batch, width, *shape)
        mask = None if self.mask is None else self.mask.reshape(batch, *shape)
        return Grid(values, torch.ones(batch, dtype=torch.bool, device=values.device), mask)


@dataclass(frozen=True)
class RepresentationSpec:
    """summary: its width D; positions: their width W, None where there are none; grid: their layout; strides: how
    many steps of the signal one place stands for, in each dimension; looks: as in Representation."""

    summary: int
    positions: int | None = None
    grid: tuple[int, ...] = ()
    strides: tuple[int, ...] = ()
    looks: int = 1

    def as_grid(self) -> GridSpec:
        """The spec of `Representation.as_grid`."""
        if self.positions is None:
            raise ValueError("this representation has no positions to read as a grid")
        return GridSpec(self.positions, self.grid)


# ------------------------------------------------------------------------------------------------------------ views


@dataclass(frozen=True)
class View:
    """How a batch is looked at this time.

    matrix: (B, d, d + 1) float64, the affine map from the raw cell's own coordinates (pixels, steps; the middle of the
    first pixel is 0.5) to those of the grid that the encoder reads, `size` long in each dimension (B, d);
    appearance: changes of brightness and the like, (B,) each, which touch inputs and never targets.
    Everything that lies on the same picture or recording takes the same View, and answers return through its inverse.
    """

    matrix: np.ndarray
    size: np.ndarray
    appearance: Mapping[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def stretch(cls, raw: np.ndarray, size: np.ndarray) -> "View":
        """The plain view: raw sizes (B, d) stretched to the grid's size (B, d)."""
        raw = np.maximum(np.asarray(raw, np.float64), 1)
        size = np.broadcast_to(np.asarray(size, np.int64), raw.shape)
        matrix = np.zeros((*raw.shape, raw.shape[1] + 1))
        matrix[:, range(raw.shape[1]), range(raw.shape[1])] = size / raw
        return cls(matrix, size)

    def then(self, linear: np.ndarray, shift: np.ndarray, **appearance: np.ndarray) -> "View":
        """Followed by a map on the grid, about its middle: linear (B, d, d), shift (B, d) in grid steps."""
        middle = self.size / 2
        matrix = linear @ self.matrix
        matrix[:, :, -1] += middle + shift - np.einsum("bij,bj->bi", linear, middle)
        return View(matrix, self.size, {**self.appearance, **appearance})

    def to_grid(self, points: np.ndarray) -> np.ndarray:
        """Raw points (B, P, d) as the encoder's grid sees them (B, P, d)."""
        linear, shift = self.matrix[:, :, :-1], self.matrix[:, :, -1]
        return np.einsum("bij,bpj->bpi", linear, points) + shift[:, None]

    def to_raw(self, points: np.ndarray) -> np.ndarray:
        """Points on the grid (B, P, d) back to where they lie in the raw cell (B, P, d)."""
        linear, shift = self.matrix[:, :, :-1], self.matrix[:, :, -1]
        return np.einsum("bij,bpj->bpi", np.linalg.inv(linear), points - shift[:, None])

    def place(self) -> "View":
        """Without changes of appearance: as targets are seen."""
        return View(self.matrix, self.size)

    def take(self, rows: Any) -> "View":
        """The views of the given rows."""
        return View(self.matrix[rows], self.size[rows], {k: v[rows] for k, v in self.appearance.items()})


# ---------------------------------------------------------------------------------------------------------- batches


@dataclass(frozen=True)
class Batch:
    """Rows on their way through a system.

    inputs and targets: signals by name, of B rows each; rows: (B,) the rows of the source; views: by the
    column that they look at.
    """

    inputs: Mapping[str, Any]
    targets: Mapping[str, Any]
    rows: np.ndarray
    views: Mapping[str, View] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, rows: slice) -> "Batch":
        """Some of the rows: a piece."""
        return Batch(
            {name: take(signal, rows) for name, signal in self.inputs.items()},
            {name: take(signal, rows) for name, signal in self.targets.items()},
            self.rows[rows],
            {name: view.take(rows) for name, view in self.views.items()},
        )

    def pieces(self, size: int) -> "list[Batch]":
        """The batch cut into pieces of at most `size` rows, in order."""
        return [self.take(slice(at, at + size)) for at in range(0, len(self), size)]

    def to(self, device: Any) -> "Batch":
        """The batch on a device."""
        if str(device) == "cpu":
            return self
        move = lambda leaf: leaf.to(device, non_blocking=True)  # noqa: E731
        inputs = {name: tree_map(move, signal) for name, signal in self.inputs.items()}
        targets = {name: tree_map(move, signal) for name, signal in self.targets.items()}
        return Batch(inputs, targets, self.rows, self.views)
