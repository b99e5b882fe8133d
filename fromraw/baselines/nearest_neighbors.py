"""Nearest neighbors: the answer of the rows most like this one.

Cover, Hart, "Nearest neighbor pattern classification", IEEE Trans. Information Theory 1967. Nearer ones count more; how
many are asked is chosen by leaving first rows out.
"""

from typing import Annotated

import numpy as np
import torch

from fromraw.baselines.base import Baseline
from fromraw.baselines.growing import grow
from fromraw.baselines.reading import (
    NUMBERS,
    Design,
    flat_width,
    known_rows,
    most_rows,
    read_targets,
    spread,
    target_spec,
)
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.streams.examples import Examples

WIDEST = 5000
"""Numbers a row, beyond which distances say little and take long."""
COUNTS = (1, 3, 5, 10, 20, 40)
"""Numbers of neighbors that are compared."""
LEFT_OUT = 1000
"""Rows that are left out in turn to compare them."""
ASKED = 0.25
"""Answers to so many rows, as a share of those given to learn from, are to fit in the time as well."""


@part("nearest_neighbors")
class NearestNeighbors(Baseline):
    decoders = ("classify", "regress")
    rank = 2

    def __init__(
        self,
        *,
        rows: Annotated[int | None, "rows to learn from; none: as many as time allows"] = None,
        neighbors: Annotated[int | None, "rows that are asked; none: by leaving rows out"] = None,
    ) -> None:
        self.rows, self.neighbors = rows, neighbors

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with categories or numbers only")
        if (width := flat_width(examples)) > WIDEST:
            raise Refused(f"{width:,} numbers a row are too many to compare rows by (over {WIDEST:,})")

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        self.categories = max([0, *target_spec(examples, output).cardinalities]) - 1
        known = known_rows(examples, rows, output)
        share = 1 / max(1.0, ASKED * len(known) / LEFT_OUT)
        learn = lambda part: self._learn(examples, part, output)  # noqa: E731
        learned, self.rows = grow(learn, known, self.rows, seconds * share, most_rows(flat_width(examples)))
        self.design, self.x, self.y, self.neighbors = learned

    def _learn(self, examples: Examples, rows: np.ndarray, output: str) -> tuple[Design, np.ndarray, np.ndarray, int]:
        design, y = Design(examples, rows), read_targets(examples, rows, output)
        x, design.matrix = design.matrix, np.empty((0, 0))
        if y.ndim == 1:
            y = np.eye(self.categories)[y]
        return design, x, y, self.neighbors or self._choose(x, y)

    def _choose(self, x: np.ndarray, y: np.ndarray) -> int:
        """The number of neighbors that answers best to rows that were left out."""
        near, squares = nearest(x[:LEFT_OUT], x, 1 + max(COUNTS))
        itself = near == np.arange(len(near))[:, None]
        squares = np.where(itself, np.inf, squares)
        order = np.argsort(squares, axis=1, kind="stable")
        near, squares = np.take_along_axis(near, order, 1)[:, :-1], np.take_along_axis(squares, order, 1)[:, :-1]
        if not near.shape[1]:
            return 1
        counts = [count for count in COUNTS if count <= near.shape[1]]
        errors = [float(np.mean((_weighed(near, squares, y, count) - y[: len(near)]) ** 2)) for count in counts]
        return counts[int(np.argmin(errors))]

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        assert self.neighbors is not None
        near, squares = nearest(self.design.read(examples, rows), self.x, self.neighbors)
        found = _weighed(near, squares, self.y, self.neighbors)
        if self.categories <= 0:
            return {NUMBERS: found}
        return spread(found, np.arange(self.categories), self.categories, near.shape[1])

    def words(self) -> str:
        return f"{self.neighbors} nearest of {self.rows:,} rows"


def nearest(x: np.ndarray, among: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(n, k) places of the nearest rows, nearest first, and their squared distances."""
    among_t, count = torch.from_numpy(among), min(count, len(among))
    squares = (among_t**2).sum(1)
    found = []
    for block in torch.from_numpy(x).split(max(1, 20_000_000 // len(among))):
        distances = torch.addmm(squares[None], block, among_t.T, alpha=-2)
        least, places = distances.topk(count, dim=1, largest=False)
        found.append((places.numpy(), (least + (block**2).sum(1, keepdim=True)).clamp_min(0).numpy()))
    return np.concatenate([f[0] for f in found]), np.concatenate([f[1] for f in found])


def _weighed(near: np.ndarray, squares: np.ndarray, y: np.ndarray, count: int) -> np.ndarray:
    """(n, K) the mean of the first `count` neighbors, each counting by one over its distance."""
    near, squares = near[:, :count], squares[:, :count]
    weight = 1 / (np.sqrt(squares) + 1e-3 * np.sqrt(squares.mean(1, keepdims=True)) + 1e-9)
    weight /= weight.sum(1, keepdims=True)
    whole = np.zeros((len(near), y.shape[1]))
    for place in range(near.shape[1]):
        whole += weight[:, [place]] * y[near[:, place]]
    return whole
