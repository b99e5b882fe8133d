"""Small real data that installed packages ship: `example:digits` and others, for the first try and for the docs.

All are scikit-learn's copies: digits, Alpaydin and Kaynak, 1998; iris, Fisher, 1936; wine, Forina and others, 1991;
breast_cancer, Wolberg, Street, Mangasarian, 1995; diabetes, Efron, Hastie, Johnstone, Tibshirani, 2004.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from fromraw.errors import unknown
from fromraw.parts import part
from fromraw.sources.arrays import Arrays
from fromraw.sources.base import Source
from fromraw.sources.frames import Frame

_PREFIX = "example:"


@part("example")
class Example(Source):
    """Only a name: what it opens is an ordinary source of arrays or a frame."""

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        """`example:NAME`; UsageError, with the nearest name, where there is none of that name."""
        if not isinstance(data, str) or not data.startswith(_PREFIX) or Path(data).exists():
            return None
        name = data.removeprefix(_PREFIX)
        if name not in EXAMPLES:
            raise unknown("example", name, EXAMPLES)
        return EXAMPLES[name](data)


def _digits(place: str) -> Source:
    """Pictures of 8x8 pixels with 17 shades, as 0 to 255."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    images = np.round(bunch.images * (255 / 16)).astype(np.uint8)
    return Arrays({"image": images, "label": bunch.target.astype(np.uint8)}, place)


def _table(name: str, **how: Any) -> Callable[[str], Source]:
    """A table whose last column is `target`, with the names of categories spelled out."""

    def load(place: str) -> Source:
        from sklearn import datasets

        bunch = getattr(datasets, f"load_{name}")(**how)
        target = bunch.target
        if "target_names" in bunch:
            target = np.array([str(category) for category in bunch.target_names])[target]
        columns = dict(zip(bunch.feature_names, bunch.data.T, strict=True))
        return Frame(pa.table({**{n: np.ascontiguousarray(v) for n, v in columns.items()}, "target": target}), place)

    return load


EXAMPLES: dict[str, Callable[[str], Source]] = {
    "digits": _digits,
    "iris": _table("iris"),
    "wine": _table("wine"),
    "breast_cancer": _table("breast_cancer"),
    "diabetes": _table("diabetes", scaled=False),
}
