"""A dict of arrays in Python: `{"x": x, "y": y}`, or with splits in the names, `{"x_train": ..., "x_test": ...}`."""

from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any

import numpy as np

from fromraw.errors import UsageError
from fromraw.parts import part
from fromraw.sources.answered import Answered, added_in
from fromraw.sources.base import Source
from fromraw.sources.giving_back import package_of
from fromraw.sources.stacks import Stack, Stacks, by_split, slices


@part("arrays")
class Arrays(Stacks):
    """arrays: by name; place: what a person calls them."""

    def __init__(self, arrays: Mapping[str, np.ndarray], place: str = "a dict of arrays") -> None:
        super().__init__(place, *by_split({name: _stack(array) for name, array in arrays.items()}, place))
        self._arrays = arrays

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A dict from names to anything that numpy takes for an array."""
        if not isinstance(data, Mapping) or not data or package_of(data) == "datasets":
            return None
        return cls({str(name): _array(str(name), value) for name, value in data.items()})

    def fingerprint(self) -> str:
        """Of names, types, shapes and contents."""
        hashed = blake2b(digest_size=16)
        for name, array in self._arrays.items():
            hashed.update(repr((name, array.dtype.str, array.shape)).encode())
            hashed.update(repr(array.tolist()).encode() if array.dtype.hasobject else _bytes(array))
        return hashed.hexdigest()

    def give_back(self, pieces: Iterable[Answered]) -> dict[str, np.ndarray]:
        """The arrays with those of the answers; where names tell splits, an array of answers for each split."""
        added, start, found = added_in(pieces), 0, dict(self._arrays)
        for split, rows in self.lengths().items():
            ending = f"_{split}" if split else ""
            columns = zip(added.column_names, added.slice(start, rows).columns, strict=True)
            found |= {f"{name}{ending}": _array(name, column.to_numpy()) for name, column in columns}
            start += rows
        return found


def _bytes(array: np.ndarray) -> memoryview:
    """An array's memory, uncopied where it is in order."""
    return np.ascontiguousarray(array).reshape(-1).view(np.uint8).data


def _stack(array: np.ndarray) -> Stack:
    return Stack(array.shape, array.dtype, lambda rows: slices(array, rows))


def _array(name: str, value: Any) -> np.ndarray:
    """One dimension of texts, or numbers of any shape; UsageError for what is neither."""
    try:
        array = np.asarray(value)
    except ValueError as error:  # rows of different length
        raise UsageError(f"{name} must be an array with equally long rows ({error}).") from error
    if (
        not array.ndim
        or array.dtype.kind not in "biufOUSmM"
        or (array.dtype.kind in "OUS" and array.squeeze().ndim > 1)
    ):
        raise UsageError(f"{name} must be an array of numbers or texts, got {array.dtype} {array.shape}.")
    return array
