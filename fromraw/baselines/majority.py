"""The trivial answer to a category: the most frequent one, each category as probable as it is frequent."""

import numpy as np

from fromraw.baselines.base import Baseline
from fromraw.baselines.reading import known_rows, read_targets, spread, target_spec
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.streams.examples import Examples


@part("majority")
class Majority(Baseline):
    decoders = ("classify",)
    rank = 0

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with categories only")

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        rows = known_rows(examples, rows, output)
        self.counts = np.bincount(
            read_targets(examples, rows, output), minlength=target_spec(examples, output).cardinalities[0] - 1
        )

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        shares = np.broadcast_to(self.counts / self.counts.sum(), (len(rows), len(self.counts)))
        return spread(shares, np.arange(len(self.counts)), len(self.counts), int(self.counts.sum()))

    def words(self) -> str:
        return f"always the most frequent of {len(self.counts):,} categories"
