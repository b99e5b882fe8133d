"""A kernel machine for pictures: radial basis functions on pixels or on oriented gradients and colors.

Boser, Guyon, Vapnik, "A training algorithm for optimal margin classifiers", COLT 1992; here with a squared loss, whose
leave-one-out error is known in closed form, and Nystroem's approximation where rows are many (Williams, Seeger, NIPS
2000). What is read, and how wide the functions are, is chosen by that error on the first rows.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import Annotated, Literal

import numpy as np
import torch
from scipy.linalg import cholesky, solve_triangular
from torch import Tensor

from fromraw.baselines.base import Baseline
from fromraw.baselines.growing import first_rows, grow, threads_for
from fromraw.baselines.pictures import Colors, oriented_gradients
from fromraw.baselines.reading import (
    NUMBERS,
    in_chunks,
    known_rows,
    most_rows,
    read_targets,
    spread,
    target_spec,
)
from fromraw.baselines.ridge import Ridge, RidgeClassifier
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.signals import GridSpec
from fromraw.streams.examples import Examples

LARGE = 64
"""Pixels a side, above which pixels themselves are not read."""
WIDTHS = (0.5, 1.0, 2.0, 4.0)
"""Exponents at the mean squared distance between two pictures."""


@part("kernel")
class Kernel(Baseline):
    decoders = ("classify", "regress")
    rank = 2

    def __init__(
        self,
        *,
        rows: Annotated[int | None, "rows to learn from; none: as many as time allows"] = None,
        landmarks: Annotated[int, "at most so many pictures that others are compared with"] = 2000,
        reads: Annotated[Literal["best", "pixels", "gradients"], "what is compared; best: chosen on rows"] = "best",
    ) -> None:
        self.rows, self.landmarks, self.reads = rows, landmarks, reads

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with categories or numbers only")
        if not _pictures(examples):
            raise Refused("no input is a picture")

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        self.categories = max([0, *target_spec(examples, output).cardinalities]) - 1
        began, rows = monotonic(), known_rows(examples, rows, output)
        with threads_for(1):
            self.look, self.width = self._choose(examples, first_rows(rows), output)
        left = seconds - (monotonic() - began)
        learn = lambda part: self._learn(examples, part, output)  # noqa: E731
        (self.space, self.model), self.rows = grow(learn, rows, self.rows, left, most_rows(self.landmarks))

    def _learn(self, examples: Examples, rows: np.ndarray, output: str) -> "tuple[Space, Ridge | RidgeClassifier]":
        space = Space(self.look(examples, rows[: self.landmarks]), self.width)
        x = in_chunks(lambda part: space(self.look(examples, part)), rows)
        return space, _solve(x, read_targets(examples, rows, output))

    def _choose(self, examples: Examples, rows: np.ndarray, output: str) -> "tuple[Look, float]":
        """The reading and width with the smallest leave-one-out error."""
        y = read_targets(examples, rows, output)
        tried: list[tuple[float, int, Look, float]] = []
        for look in self._looks(examples, rows):
            x = look(examples, rows)
            for width in WIDTHS:
                space = Space(x[: self.landmarks], width)
                tried.append((_solve(space(x), y).error, len(tried), look, width))
        _, _, look, width = min(tried)
        return look, width

    def _looks(self, examples: Examples, rows: np.ndarray) -> "list[Look]":
        small = max(max(examples.spec(c).sizes) for c in _pictures(examples).values()) <= LARGE  # type: ignore[union-attr]
        wanted = {"best": ("pixels", "gradients") if small else ("gradients",)}.get(self.reads, (self.reads,))
        return [Look(name, examples, rows) for name in wanted]

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        with threads_for(len(rows)):
            x = in_chunks(lambda part: self.space(self.look(examples, part)), rows)
        if isinstance(self.model, Ridge):
            return {NUMBERS: self.model(x)}
        return spread(self.model.probabilities(x), self.model.seen, self.categories, self.rows or 1)

    def words(self) -> str:
        read = {"pixels": "pixels", "gradients": "oriented gradients and colors"}[self.look.name]
        return f"{read} + kernel machine, {self.rows:,} rows"


def _solve(x: np.ndarray, y: np.ndarray) -> Ridge | RidgeClassifier:
    return Ridge(x, y) if y.ndim == 2 else RidgeClassifier(x, y)


def _pictures(examples: Examples) -> dict[str, list[str]]:
    """The inputs that are pictures, with their columns."""
    specs = {name: examples.spec(columns) for name, columns in examples.inputs.items()}
    return {n: list(examples.inputs[n]) for n, s in specs.items() if isinstance(s, GridSpec) and s.dimensions == 2}


class Look:
    """Pictures as numbers, (n, F) float32; each kind of number varies as much as any other, on first rows."""

    def __init__(self, name: str, examples: Examples, rows: np.ndarray) -> None:
        self.name = name
        grids = _grids(examples, rows[:256])
        self.reads: dict[str, list[Callable[[Tensor], Tensor]]] = {
            at: [partial(torch.flatten, start_dim=1)] if name == "pixels" else [oriented_gradients, Colors(values)]
            for at, values in grids.items()
        }
        self.scales = [float(x.std(0, correction=0).norm()) or 1.0 for x in self._parts(grids)]

    def _parts(self, grids: dict[str, Tensor]) -> list[Tensor]:
        return [read(values) for at, values in grids.items() for read in self.reads[at]]

    def __call__(self, examples: Examples, rows: np.ndarray) -> np.ndarray:
        return in_chunks(lambda part: self._read(examples, part), rows)

    def _read(self, examples: Examples, rows: np.ndarray) -> np.ndarray:
        parts = self._parts(_grids(examples, rows))
        return torch.cat([x / scale for x, scale in zip(parts, self.scales, strict=True)], 1).numpy()


def _grids(examples: Examples, rows: np.ndarray) -> dict[str, Tensor]:
    """The pictures of each input (B, C, H, W), all of the size that the spec names."""
    inputs = _pictures(examples)
    batch = replace(examples, inputs=inputs, outputs={}).batch(rows)
    return {n: _fitted(batch.inputs[n].values.float(), examples.spec(inputs[n]).sizes) for n in inputs}  # type: ignore[union-attr]


def _fitted(values: Tensor, size: tuple[int, ...]) -> Tensor:
    return values if values.shape[2:] == size else torch.nn.functional.interpolate(values, size, mode="bilinear")


class Space:
    """Coordinates (n, m) in which inner products are the kernel's, exactly so for the landmarks (m, F)."""

    def __init__(self, landmarks: np.ndarray, width: float) -> None:
        self.center = landmarks.mean(0)
        self.landmarks = landmarks - self.center
        self.squares = (self.landmarks**2).sum(1)
        self.width = width / max(2 * float(self.squares.mean()), 1e-12)
        among = self._kernel(self.landmarks).astype(np.float64) + 1e-5 * np.eye(len(landmarks))
        lower = cholesky(among, lower=True)
        self.whiten = solve_triangular(lower, np.eye(len(landmarks)), lower=True).T.astype(np.float32)

    def _kernel(self, x: np.ndarray) -> np.ndarray:
        distances = (x**2).sum(1)[:, None] + self.squares - 2 * (x @ self.landmarks.T)
        return np.exp(-self.width * np.maximum(distances, 0))

    def __call__(self, x: np.ndarray) -> np.ndarray:
        return self._kernel(x - self.center) @ self.whiten
