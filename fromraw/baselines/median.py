"""The trivial answer to a number where the absolute error counts: its median over the training rows.

No constant has a smaller mean absolute error on these rows (Laplace, "Mémoire sur la probabilité des causes par les
événements", 1774).
"""

import numpy as np

from fromraw.baselines.base import Baseline
from fromraw.baselines.reading import NUMBERS, known_rows, read_targets
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.streams.examples import Examples


@part("median")
class Median(Baseline):
    decoders = ("regress",)
    rank = 0

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with numbers only")

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        self.median = np.median(read_targets(examples, known_rows(examples, rows, output), output), 0)

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        return {NUMBERS: np.tile(self.median, (len(rows), 1))}

    def words(self) -> str:
        return "always the median"
