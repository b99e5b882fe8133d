"""What baselines read of examples: targets, flat numbers of every input, and probabilities over all categories."""

from collections.abc import Callable

import numpy as np

from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.signals import ScalarsSpec
from fromraw.store.prepared import take
from fromraw.streams.examples import Examples

CHUNK = 1000
"""Rows that are read at once, where a row is large."""
MOST_NUMBERS = 10**8
"""As many numbers as are held in memory (in float32: 400 MB)."""
NUMBERS = "numbers"
"""The entry of an answer of `regress` that holds the answered numbers (B, N)."""


# ---------------------------------------------------------------------------------------------------------- targets


def target_spec(examples: Examples, output: str) -> ScalarsSpec:
    spec = examples.spec(examples.outputs[output])
    if not isinstance(spec, ScalarsSpec):
        raise Refused("it answers with categories or numbers only")
    return spec


def read_targets(examples: Examples, rows: np.ndarray, output: str) -> np.ndarray:
    """(n,) int64 categories as the decoder counts them, -1 where missing; or (n, N) float64, nan where missing."""
    spec, columns, categories, numbers = target_spec(examples, output), examples.columns, [], []
    for name in examples.outputs[output]:
        signal = columns[name].collate(take(examples.stored[name], rows), None)
        absent = signal.missing.numpy() | ~signal.present.numpy()[:, None]  # type: ignore[union-attr]
        numbers.append(np.where(absent, np.nan, signal.numbers.double().numpy()))  # type: ignore[union-attr]
        categories.append(np.where(signal.present, signal.categories.numpy().T, 0).T)  # type: ignore[union-attr]
    if spec.cardinalities:
        return np.concatenate(categories, 1)[:, 0].astype(np.int64) - 1
    return np.concatenate(numbers, 1)


def known_rows(examples: Examples, rows: np.ndarray, output: str) -> np.ndarray:
    """The rows whose target is there."""
    targets = read_targets(examples, rows, output)
    known = targets >= 0 if targets.ndim == 1 else ~np.isnan(targets).any(1)
    if not known.any():
        raise Refused("no row has a target to learn from")
    return rows[known]


def spread(probabilities: np.ndarray, seen: np.ndarray, categories: int, rows: int) -> Answer:
    """(n, k) for the categories that were seen as an answer for all; as if one row more, of every category alike, had
    been learned from, so that none is impossible."""
    whole = np.zeros((len(probabilities), categories))
    whole[:, seen] = probabilities
    return {"probabilities": (whole * rows + 1 / categories) / (rows + 1)}


# ------------------------------------------------------------------------------------------------------ flat numbers


def column_names(examples: Examples) -> list[str]:
    """The columns that inputs are read from, each once."""
    return list(dict.fromkeys(name for names in examples.inputs.values() for name in names))


def flat_columns(examples: Examples) -> list[str]:
    """The columns that have a form in flat numbers; Refused where there is none."""
    one = np.arange(1)
    found = [n for n in column_names(examples) if examples.columns[n].flat(take(examples.stored[n], one)) is not None]
    if not found:
        raise Refused("no input has a form in flat numbers")
    return found


def read_column(examples: Examples, name: str, rows: np.ndarray) -> np.ndarray:
    """(n, F) float32 flat numbers of a column, nan where missing."""
    column, stored = examples.columns[name], examples.stored[name]
    return in_chunks(lambda part: _flat(column.flat(take(stored, part))), rows)


def _flat(numbers: np.ndarray | None) -> np.ndarray:
    assert numbers is not None
    return numbers.astype(np.float32)


def in_chunks(read: Callable[[np.ndarray], np.ndarray], rows: np.ndarray, size: int = CHUNK) -> np.ndarray:
    """What `read` gives for a few rows at a time, end to end, without holding it twice."""
    first = read(rows[:size])
    whole = np.empty((len(rows), *first.shape[1:]), first.dtype)
    whole[:size] = first
    for at in range(size, len(rows), size):
        whole[at : at + size] = read(rows[at : at + size])
    return whole


class Design:
    """The design matrix: all flat numbers side by side, centered and scaled as the first rows given to it are.

    What is missing is 0, and a column of its own says so where that happened. A number that hardly varies beside
    others of its column (a pixel at the edge) is not blown up: it is scaled as if it varied a third as much as they do.
    """

    def __init__(self, examples: Examples, rows: np.ndarray) -> None:
        self.names = flat_columns(examples)
        self.scales: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}
        self.matrix = np.concatenate([self._fit(name, read_column(examples, name, rows)) for name in self.names], 1)

    def _fit(self, name: str, raw: np.ndarray) -> np.ndarray:
        missing = np.isnan(raw)
        gaps = missing.any(0)
        count = np.maximum(len(raw) - missing.sum(0), 1) if gaps.any() else len(raw)
        mean = np.asarray(np.nansum(raw, 0, dtype=np.float64) / count)
        square = np.zeros(raw.shape[1])
        for at in range(0, len(raw), CHUNK):
            square += np.nansum((raw[at : at + CHUNK] - mean) ** 2, 0) / count
        floor = 0.3 * np.sqrt(np.mean(square)) if square.size else 0.0
        scale = np.asarray(np.maximum(np.sqrt(square), floor))
        self.scales[name] = (
            mean.astype(np.float32),
            np.where(scale > 1e-6, scale, 1.0).astype(np.float32),
            np.asarray(gaps),
        )
        return self._apply(name, raw)

    def _apply(self, name: str, raw: np.ndarray) -> np.ndarray:
        """Scales `raw` in place."""
        mean, scale, gaps = self.scales[name]
        missing = np.isnan(raw[:, gaps]).astype(np.float32)
        raw -= mean
        raw /= scale
        np.nan_to_num(raw, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
        return np.concatenate([raw, missing], 1) if gaps.any() else raw

    def read(self, examples: Examples, rows: np.ndarray) -> np.ndarray:
        """(n, F) float32."""
        return np.concatenate([self._apply(name, read_column(examples, name, rows)) for name in self.names], 1)


def flat_width(examples: Examples) -> int:
    """How many flat numbers a row has."""
    return sum(read_column(examples, name, np.arange(1)).shape[1] for name in flat_columns(examples))


def most_rows(width: int) -> int:
    """As many rows of that many numbers as memory is meant to hold."""
    return max(1, MOST_NUMBERS // max(1, width))
