"""Gradient boosting of decision trees over histograms: the strongest simple method for tables.

Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 2001. Ke and others,
"LightGBM: a highly efficient gradient boosting decision tree", NeurIPS 2017. Categories are split as sets, missing
values go to the better side of each split.
"""

from typing import Annotated, Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from fromraw.baselines.base import Baseline
from fromraw.baselines.growing import grow, threads_for
from fromraw.baselines.reading import (
    NUMBERS,
    flat_columns,
    known_rows,
    most_rows,
    read_column,
    read_targets,
    spread,
    target_spec,
)
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.signals import Scalars, ScalarsSpec
from fromraw.store.prepared import take
from fromraw.streams.examples import Examples

KEPT = 254
"""Categories that are told apart: the most frequent; all others are one more (a histogram has 255 bins)."""
MANY = 50_000
"""Rows from which threads are worth their waiting for each other, which costs seconds where cores are shared."""
WIDEST = 2000
"""Numbers a row, beyond which it is not tried: it looks at each one of them at every split."""


@part("hist_gradient_boosting")
class HistGradientBoosting(Baseline):
    decoders = ("classify", "regress")
    rank = 2

    def __init__(
        self,
        *,
        rows: Annotated[int | None, "rows to learn from; none: as many as time allows"] = None,
        trees: Annotated[int, "rounds of boosting"] = 100,
        rate: Annotated[float, "how much of each tree's answer is added"] = 0.1,
        seed: Annotated[int, "of the rows from which bins are made"] = 0,
    ) -> None:
        self.rows, self.trees, self.rate, self.seed = rows, trees, rate, seed

    @classmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        if decoder not in cls.decoders:
            raise Refused("it answers with categories or numbers only")
        names = flat_columns(examples)
        if not any(isinstance(examples.columns[name].spec, ScalarsSpec) for name in names):
            raise Refused("no input is a table's: a number or a category")
        if (width := Table(examples, np.arange(1)).matrix.shape[1]) > WIDEST:
            raise Refused(f"{width:,} numbers a row are too many for trees (over {WIDEST:,})")

    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        self.categories = max([0, *target_spec(examples, output).cardinalities]) - 1
        most = most_rows(2 * Table(examples, np.arange(1)).matrix.shape[1])
        learn = lambda part: self._learn(examples, part, output)  # noqa: E731
        (self.table, self.models), self.rows = grow(learn, known_rows(examples, rows, output), self.rows, seconds, most)

    def _learn(self, examples: Examples, rows: np.ndarray, output: str) -> "tuple[Table, list[Any]]":
        table, y = Table(examples, rows), read_targets(examples, rows, output)
        x, table.matrix = table.matrix, np.empty((0, 0))
        x[:, np.isnan(x).all(0)] = 0  # scikit-learn cannot bin a column of which it sees nothing
        how = {
            "max_iter": self.trees,
            "learning_rate": self.rate,
            "early_stopping": False,
            "random_state": self.seed,
            "categorical_features": table.are_categories,
        }
        with threads_for(len(x), MANY):
            if y.ndim == 2:
                return table, [HistGradientBoostingRegressor(**how).fit(x, numbers) for numbers in y.T]
            self.seen = np.unique(y)
            return table, [HistGradientBoostingClassifier(**how).fit(x, y)] if len(self.seen) > 1 else []

    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        x = self.table.read(examples, rows)
        with threads_for(len(x), MANY):
            if self.categories <= 0:
                return {NUMBERS: np.stack([model.predict(x) for model in self.models], 1)}
            shares = self.models[0].predict_proba(x) if self.models else np.ones((len(rows), 1))
        return spread(shares, self.seen, self.categories, self.rows or 1)

    def words(self) -> str:
        return f"gradient boosting of {self.trees:,} trees, {self.rows:,} rows"


class Table:
    """(n, F) float64: a column for each number and category, and flat numbers of any other input; nan where missing.
    Categories are counted from 0, by how frequent they are in the rows first given."""

    def __init__(self, examples: Examples, rows: np.ndarray) -> None:
        self.names = flat_columns(examples)
        self.codes: dict[str, np.ndarray] = {}
        blocks = [self._read(examples, name, rows) for name in self.names]
        self.are_categories = [name in self.codes for name, b in zip(self.names, blocks, strict=True) for _ in b.T]
        self.matrix = np.concatenate(blocks, 1)

    def read(self, examples: Examples, rows: np.ndarray) -> np.ndarray:
        return np.concatenate([self._read(examples, name, rows) for name in self.names], 1)

    def _read(self, examples: Examples, name: str, rows: np.ndarray) -> np.ndarray:
        column = examples.columns[name]
        spec = column.spec
        if not isinstance(spec, ScalarsSpec) or not spec.categories or spec.numbers:
            return read_column(examples, name, rows).astype(np.float64)
        signal = column.collate(take(examples.stored[name], rows), None)
        assert isinstance(signal, Scalars)
        ids = signal.categories.numpy()
        if name not in self.codes:
            self.codes[name] = np.stack([_by_frequency(i, n) for i, n in zip(ids.T, spec.cardinalities, strict=True)])
        return np.stack([codes[i] for codes, i in zip(self.codes[name], ids.T, strict=True)], 1)


def _by_frequency(ids: np.ndarray, cardinality: int) -> np.ndarray:
    """(cardinality,) id -> code: nan for 0 (missing), then 0 for the most frequent."""
    counts = np.bincount(ids, minlength=cardinality)[1:]
    codes = np.empty(cardinality)
    codes[0] = np.nan
    codes[1 + np.argsort(-counts, kind="stable")] = np.minimum(np.arange(cardinality - 1), KEPT)
    return codes
