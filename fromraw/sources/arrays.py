"""A dict of arrays in Python: `{"x": x, "y": y}`, or with splits in the names, `{"x_train": ..., "x_test": ...}`."""

from collections.abc import Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

import numpy as np
import pyarrow as pa

from fromraw.errors import UsageError
from fromraw.parts import part
from fromraw.sources.base import Field, Source
from fromraw.sources.stacks import Stack, Stacks, by_split, slices


@part("arrays")
class Arrays(Source):
    """arrays: by name; place: what a person calls them."""

    def __init__(self, arrays: Mapping[str, np.ndarray], place: str = "a dict of arrays") -> None:
        super().__init__()
        self.place = place
        self._arrays = arrays
        groups, notes = by_split({name: _stack(array) for name, array in arrays.items()}, place)
        self.notes += notes
        self._stacks = Stacks(groups, place)
        self.things = self._stacks.things

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """A dict from names to anything that numpy takes for an array."""
        if not isinstance(data, Mapping) or not data:
            return None
        return cls({str(name): _array(str(name), value) for name, value in data.items()})

    @property
    def fields(self) -> Sequence[Field]:
        return self._stacks.fields

    def parts(self) -> Sequence[str]:
        return self._stacks.parts()

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        return self._stacks.read(part, self.chosen(columns))

    def fingerprint(self) -> str:
        """Of names, types, shapes and contents."""
        hashed = blake2b(digest_size=16)
        for name, array in self._arrays.items():
            hashed.update(repr((name, array.dtype.str, array.shape)).encode())
            hashed.update(repr(array.tolist()).encode() if array.dtype.hasobject else _bytes(array))
        return hashed.hexdigest()


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
