"""A linear model of the raw input: logistic regression for categories, ridge regression for numbers.

Cox, "The regression analysis of binary sequences", J. R. Statist. Soc. B 1958. Hoerl, Kennard, "Ridge regression:
biased estimation for nonorthogonal problems", Technometrics 1970.
"""

import warnings
from time import monotonic
from typing import Annotated

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression

from fromraw.baselines.base import Baseline
from fromraw.baselines.growing import first_rows, grow, threads_for
from fromraw.baselines.reading import (
    NUMBERS,
    Design,
    flat_columns,
    flat_width,
    known_rows,
    most_rows,
    read_targets,
    spread,
    target_spec,
)
from fromraw.baselines.ridge import LARGEST, Ridge
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.streams.examples import Examples

MANY = 100_000_000
"""Numbers from which threads are worth their waiting for each other."""
TRIED = (0.001, 0.01, 0.1, 1.0)
"""Inverse penalties that are compared on the first rows."""


@part("linear")
class Linear(Baseline):
    decoders = ("classify", "regress")
    rank = 1

    def __init__(
        self,
        *,
        rows: Annotated[int | None, "rows to learn from; none: as many as time allows"] = None,
        steps: Annotated[int, "at most so many steps of the solver"] = 100,
    ) -> None:
        self.rows, self.steps = rows, steps

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with categories or numbers only")
        flat_columns(examples)

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        self.categories = max([0, *target_spec(examples, output).cardinalities]) - 1
        width = flat_width(examples)
        most = most_rows(width) if self.categories > 0 or width <= LARGEST else LARGEST
        began, rows = monotonic(), known_rows(examples, rows, output)
        first = first_rows(rows)
        penalty = _choose_penalty(Design(examples, first).matrix, read_targets(examples, first, output))
        left = seconds - (monotonic() - began)
        learn = lambda part: self._learn(examples, part, output, penalty)  # noqa: E731
        (self.design, self.model), self.rows = grow(learn, rows, self.rows, left, most)

    def _learn(
        self, examples: Examples, rows: np.ndarray, output: str, penalty: float
    ) -> tuple[Design, "LogisticRegression | Ridge | int"]:
        design, y = Design(examples, rows), read_targets(examples, rows, output)
        x, design.matrix = design.matrix, np.empty((0, 0))
        if y.ndim == 2:
            return design, Ridge(x, y)
        if len(np.unique(y)) == 1:
            return design, int(y[0])
        return design, self._logistic(x, y, penalty)

    def _logistic(self, x: np.ndarray, y: np.ndarray, inverse_penalty: float) -> LogisticRegression:
        with warnings.catch_warnings(), threads_for(x.size, MANY):
            warnings.simplefilter("ignore", ConvergenceWarning)
            return LogisticRegression(C=inverse_penalty, max_iter=self.steps, tol=1e-3).fit(x, y)

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        if isinstance(self.model, int):
            return spread(np.ones((len(rows), 1)), np.array([self.model]), self.categories, self.rows or 1)
        x = self.design.read(examples, rows)
        if isinstance(self.model, Ridge):
            return {NUMBERS: self.model(x)}
        return spread(self.model.predict_proba(x), self.model.classes_, self.categories, self.rows or 1)

    def words(self) -> str:
        what = "logistic regression" if self.categories > 0 else "ridge regression"
        return f"{what} on the raw input, {self.rows:,} rows"


def _choose_penalty(x: np.ndarray, y: np.ndarray) -> float:
    """The inverse penalty that answers best to the fourth of these rows that it did not learn from."""
    held = np.arange(len(x)) % 4 == 3
    if y.ndim == 2 or len(np.unique(y[~held])) < 2 or not held.any():
        return TRIED[1]
    fits = [Linear(steps=50)._logistic(x[~held], y[~held], penalty) for penalty in TRIED]
    return TRIED[int(np.argmin([_surprise(fit, x[held], y[held]) for fit in fits]))]


def _surprise(fit: LogisticRegression, x: np.ndarray, y: np.ndarray) -> float:
    answers = spread(fit.predict_proba(x), fit.classes_, int(max(y.max(), fit.classes_.max())) + 1, 100)
    return -float(np.log(answers["probabilities"][np.arange(len(y)), y]).mean())
