"""What a set of training pictures is like: sizes, colors, mean and spread, the ground they stand on.

Sizes are those of all pictures; the rest is seen on evenly spaced ones, all of the first 2,048 and ever fewer after.
"""

from typing import Any

import numpy as np

from fromraw.columns.pictures import Arrays, Files, Pictures, Raw, heads_of, read_all

_SEEN = 1024
_SMALL = 64
_NEAR = 12
"""Two colors are alike that differ by less in each channel (of 255)."""


class Portraits:
    """Filled batch by batch. largest: the longest side that is kept exactly."""

    def __init__(self, largest: int) -> None:
        self.largest = largest
        self.sizes = np.zeros((0, 2), np.int64)
        self.deep_files = False
        self.peak = 0.0
        self._rows: dict[str, np.ndarray] = {}
        self._stride, self._place = 1, 0

    def add(self, raw: Raw) -> None:
        """Look at a batch of training pictures."""
        good, sizes, deep = _outlines(raw)
        self.sizes = np.concatenate([self.sizes, sizes])
        places = np.arange(self._place, self._place + len(good))
        self._place += len(good)
        picked = places % self._stride == 0
        if picked.any():
            chosen = raw.take(good[picked])
            if isinstance(chosen, Arrays):
                self.peak = max(self.peak, float(np.nanmax(chosen.values, initial=0)))
            self.deep_files |= deep
            self._keep(_portray(self._stack(chosen, sizes[picked], deep)))

    def _stack(self, raw: Raw, sizes: np.ndarray, deep: bool) -> np.ndarray:
        """(m, h, w, 4) float32 in 0 to 255; of one small size."""
        sizes = np.unique(sizes, axis=0)
        same = len(sizes) == 1 and sizes[0].max() <= self.largest
        h, w = (int(n) for n in sizes[0]) if same else (_SMALL, _SMALL)
        pixels, raw_sizes, _ = read_all(raw, Pictures(h, w, 1 if deep else 4, deep, self.factor))
        pixels = pixels[raw_sizes[:, 0] > 0].astype(np.float32)
        if not deep:
            return pixels
        return np.concatenate([(pixels / 257).repeat(3, -1), np.full_like(pixels, 255)], -1)

    def _keep(self, found: dict[str, np.ndarray]) -> None:
        self._rows = {k: np.concatenate([self._rows[k], v]) if self._rows else v for k, v in found.items()}
        while len(self._rows["mean"]) > 2 * _SEEN:
            self._rows = {k: v[::2] for k, v in self._rows.items()}
            self._stride *= 2

    def _share(self, name: str) -> float:
        return float(self._rows[name].mean()) if self._rows and len(self._rows[name]) else 0.0

    # ---------------------------------------------------------------------------------------------- what they are like

    @property
    def factor(self) -> float:
        """What numbers of arrays are multiplied by: 255 where none is above 1."""
        return 255.0 if 0 < self.peak <= 1 else 1.0

    @property
    def channels(self) -> int:
        return 4 if self._share("transparent") else 3 if self._share("colored") else 1

    @property
    def deep(self) -> bool:
        return self.deep_files and self.channels == 1

    @property
    def one_size(self) -> bool:
        return len(self.sizes) > 0 and bool((self.sizes == self.sizes[0]).all())

    @property
    def median(self) -> tuple[int, int]:
        """(height, width)."""
        if not len(self.sizes):
            return 1, 1
        height, width = np.median(self.sizes, 0)
        return int(height), int(width)

    def stored_size(self, wanted: int | None) -> tuple[int, int]:
        """The one small size that all have; else of median aspect, at most `largest` long (or as long as wanted)."""
        if not len(self.sizes):
            return 1, 1
        longest = int(np.median(self.sizes.max(1)))
        if self.one_size and longest == min(wanted or self.largest, longest if wanted is None else self.largest):
            return self.median
        long = wanted or min(self.largest, longest)
        aspect = float(np.exp(np.median(np.log(self.sizes[:, 0] / self.sizes[:, 1]))))
        return max(1, round(long * min(1, aspect))), max(1, round(long / max(1, aspect)))

    @property
    def mean(self) -> np.ndarray:
        """(channels,), in the stored numbers."""
        return self._pick(self._average("mean"))

    @property
    def deviation(self) -> np.ndarray:
        spread = np.sqrt(np.maximum(self._average("square") - self._average("mean") ** 2, 0))
        return self._pick(np.where(spread < 1e-3, 255 / 4, spread))

    def _average(self, name: str) -> np.ndarray:
        found: Any = self._rows.get(name)
        return found.mean(0) if found is not None and len(found) else np.zeros(5)

    def _pick(self, values: np.ndarray) -> np.ndarray:
        """From red, green, blue, alpha, grey to the channels that are stored."""
        chosen = values[4:5] if self.channels == 1 else values[: self.channels]
        return chosen * 257 if self.deep else chosen

    @property
    def ground(self) -> list[float] | None:
        """The color of nearly all pictures' edges, where there is one."""
        if not self._rows or not len(self._rows["near"]) or np.median(self._rows["near"]) < 0.6:
            return None
        edges = self._rows["edge"]
        middle = np.median(edges, 0)
        alike = (np.abs(edges - middle) < _NEAR).all(1).mean()
        return self._pick(middle).tolist() if alike >= 0.8 else None

    @property
    def photographs(self) -> bool:
        """In color, and the edge of most is not even."""
        return self.channels >= 3 and float(np.median(self._rows["near"])) < 0.85


def _outlines(raw: Raw) -> tuple[np.ndarray, np.ndarray, bool]:
    """Rows that can be read, their sizes (m, 2), and whether they have 16 bits and no color."""
    if isinstance(raw, Files):
        heads = [(row, head) for row, head in enumerate(heads_of(raw)) if head is not None]
        sizes = np.array([head.size for _, head in heads], np.int64).reshape(-1, 2)
        deep = any(head.deep for _, head in heads) and not any(head.colored for _, head in heads)
        return np.array([row for row, _ in heads], np.int64), sizes, deep
    good = np.flatnonzero(raw.present)
    sizes = np.broadcast_to(np.array(raw.values.shape[1:3], np.int64), (len(good), 2))
    return good, sizes, raw.values.dtype == np.uint16 and raw.values.shape[-1] == 1


def _portray(x: np.ndarray) -> dict[str, np.ndarray]:
    """(m, h, w, 4) -> of each picture: mean and mean square of red, green, blue, alpha, grey; its edge's color, and
    what share of the edge is near it; whether it is colored, transparent."""
    grey = x[..., :3] @ np.array([0.299, 0.587, 0.114], np.float32)
    all_five = np.concatenate([x, grey[..., None]], -1)
    edges = np.concatenate([all_five[:, 0], all_five[:, -1], all_five[:, :, 0], all_five[:, :, -1]], 1)
    middle = edges.shape[1] // 2
    edge = np.partition(edges.transpose(0, 2, 1).copy(), middle)[..., middle]
    near = (np.abs(edges - edge[:, None]) < _NEAR).all(-1).mean(1)
    red, green, blue = x[..., 0], x[..., 1], x[..., 2]
    colored = np.maximum(np.abs(red - green), np.abs(green - blue)).max((1, 2)) > _NEAR
    return {
        "mean": all_five.mean((1, 2), dtype=np.float64),
        "square": np.square(all_five).mean((1, 2), dtype=np.float64),
        "edge": edge.astype(np.float64),
        "near": near,
        "colored": colored.astype(np.float64),
        "transparent": (x[..., 3].min((1, 2)) < 255).astype(np.float64),
    }
