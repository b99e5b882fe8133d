"""Ridge regression whose strength is chosen by leave-one-out, in one decomposition; for categories with probabilities.

Leave-one-out errors in closed form: Allen, "The relationship between variable selection and data augmentation and a
method for prediction", Technometrics 1974. A category is answered by regression on its indicator; probabilities are the
softmax of the scores times one factor, which is fitted on the leave-one-out scores (Guo and others, ICML 2017).
"""

from collections.abc import Iterator

import numpy as np
from scipy.linalg import eigh
from scipy.optimize import minimize_scalar
from threadpoolctl import threadpool_limits

LARGEST = 4000
"""The largest matrix that is decomposed: the smaller of rows and columns."""
EXACT = 2 * LARGEST
"""Rows up to which all is computed in float64: where columns are about as many, a row's own weight is nearly 1."""
STRENGTHS = 10.0 ** np.arange(-5, 3.1, 0.5)
"""Penalties, as multiples of the mean squared column length."""
_BLOCK = 4096


class Ridge:
    """x: (n, D) float32; y: (n, K) float64. `left_out`: (n, K), what is answered to a row by all others."""

    def __init__(self, x: np.ndarray, y: np.ndarray) -> None:
        self.center, self.mean = x.mean(0, dtype=np.float64).astype(np.float32), y.mean(0)
        x, y = x - self.center, y - self.mean
        if len(x) <= EXACT:
            x = x.astype(np.float64)
        few = x.shape[0] <= x.shape[1]
        products = _products(x.T if few else x)
        with threadpool_limits(1):  # many small steps: where cores are shared, threads wait for each other at each
            values, vectors = eigh(products)
        values = np.maximum(values, 0)
        penalties = STRENGTHS * max(float(values.mean()) if len(values) else 0.0, 1e-12)
        scaled = vectors.T @ (y if few else _products(x, y))
        shrink = (values[:, None] if few else 1) / (values[:, None] + penalties)
        basis = vectors if few else _Rotated(x, vectors)
        errors = np.mean([np.mean(e**2, axis=(0, 2)) for e in _left_out(basis, scaled, y, shrink)], axis=0)
        best = len(errors) - 1 - int(np.argmin(errors[::-1]))
        self.strength, self.error = float(STRENGTHS[best]), float(errors[best])
        at_best = _left_out(basis, scaled, y, shrink[:, [best]])
        self.left_out = y + self.mean - np.concatenate([e[:, 0] for e in at_best])
        solution = vectors @ (scaled / (values + penalties[best])[:, None])
        self.weight = (x.T @ solution if few else solution).astype(np.float32)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """(n, K) float64."""
        return ((x - self.center) @ self.weight).astype(np.float64) + self.mean


class _Rotated:
    """x @ vectors, made a block at a time."""

    def __init__(self, x: np.ndarray, vectors: np.ndarray) -> None:
        self.x, self.vectors = x, vectors.astype(x.dtype)

    def __getitem__(self, rows: slice) -> np.ndarray:
        return self.x[rows] @ self.vectors


def _left_out(
    basis: "np.ndarray | _Rotated", scaled: np.ndarray, y: np.ndarray, shrink: np.ndarray
) -> Iterator[np.ndarray]:
    """(block, S, K) errors of rows that were left out, for each of S penalties; the intercept is one column more."""
    for at in range(0, len(y), _BLOCK):
        block = basis[at : at + _BLOCK]
        solutions = (shrink[:, :, None] * scaled[:, None]).reshape(len(shrink), -1).astype(block.dtype)
        answers = (block @ solutions).reshape(len(block), shrink.shape[1], -1)
        leverage = (block * block) @ shrink.astype(block.dtype) + 1 / len(y)
        yield (y[at : at + _BLOCK, None] - answers) / np.maximum(1 - leverage, 1e-6)[:, :, None]


def _products(x: np.ndarray, y: np.ndarray | None = None) -> np.ndarray:
    """x' y (or x' x) in float64; where x is float32, blocks of rows are summed in that."""
    y = x if y is None else y.astype(x.dtype)
    whole = np.zeros((x.shape[1], y.shape[1]))
    for at in range(0, len(x), _BLOCK):
        whole += x[at : at + _BLOCK].T @ y[at : at + _BLOCK]
    return whole


class RidgeClassifier:
    """x: (n, D); categories: (n,) whole numbers from 0. Answers for the categories that it has `seen`."""

    def __init__(self, x: np.ndarray, categories: np.ndarray) -> None:
        self.seen, codes = np.unique(categories, return_inverse=True)
        self.ridge = Ridge(x, np.eye(len(self.seen))[codes])
        self.factor = fit_factor(self.ridge.left_out, codes)
        wrong = self.ridge.left_out.argmax(1) != codes
        self.error = float(wrong.mean()) + 1e-3 * self.ridge.error

    def probabilities(self, x: np.ndarray) -> np.ndarray:
        """(n, len(seen))."""
        return softmax(self.factor * self.ridge(x))


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


def fit_factor(scores: np.ndarray, codes: np.ndarray) -> float:
    """What scores (n, K) are best multiplied by before the softmax: by maximum likelihood, 1 to 100.

    As if one row more, of every category alike, were shared out among all: so few rows never make it certain.
    """
    truth, share = (np.arange(len(codes)), codes), 1 / (1 + len(codes))

    def cost(log_factor: float) -> float:
        logs = np.log(np.maximum(softmax(np.exp(log_factor) * scores), 1e-30))
        return -float((1 - share) * logs[truth].mean() + share * logs.mean())

    return float(np.exp(minimize_scalar(cost, bounds=(0.0, np.log(100.0)), method="bounded").x))
