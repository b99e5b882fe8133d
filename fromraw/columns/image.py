"""Pictures: files or arrays, grey or in color, of any size; stored as whole numbers of one size.

Where all training pictures have one small size they are kept exactly; else each is stretched, antialiased, to the
median aspect. A view (a change of place, size or light) is applied when a batch is formed: mirror images and shifts by
whole pixels are copied, anything else is interpolated.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import numpy as np
import PIL.Image
import pyarrow as pa
import torch
from torch.nn import functional as F

from fromraw.columns.base import Circumstance, Claim, Column, Sample, Stored, Trait, tensor
from fromraw.columns.cells import cells_of
from fromraw.columns.circumstances import circumstances_of, traits_of
from fromraw.columns.pictures import Pictures, Raw, arrays_of, files_of, heads_of, is_file, read_all
from fromraw.columns.portraits import Portraits
from fromraw.columns.warp import Border, warp
from fromraw.errors import Refused
from fromraw.parts import part
from fromraw.randomness import Draw
from fromraw.signals import Grid, GridSpec, View
from fromraw.sources.base import FILE, Field, Problem

LONGEST = 96
"""The longest side that is stored, where nobody says otherwise."""
_FLAT = 64


@part("image")
class Image(Column):
    """A picture a row. Stored: pixels (n, h, w, c) uint8 or uint16, and size (n, 2), the raw height and width."""

    type = "image"
    unseen = "Pictures made in another way: another camera, light, distance or background than in these."
    hub_name = "image"
    fits_on_sample = True
    raw_tells_more = True

    def __init__(
        self,
        name: str,
        fields: Sequence[str],
        *,
        size: Annotated[int | None, "longest side in pixels as stored; none: by rule, at most 96"] = None,
        shape: Annotated[tuple[int, ...], "of a cell that is an array: (height, width[, channels])"] = (),
    ) -> None:
        super().__init__(name, fields, size=size, shape=shape)
        self.limit, self.shape = size, tuple(shape)
        self.height = self.width = self.channels = 1
        self.deep = False
        """Whether the numbers have 16 bits."""
        self.median = (1, 1)
        self.one_size = False
        self.factor = 1.0
        """What an array's numbers are multiplied by, to lie in 0 to 255."""
        self.mean, self.deviation = np.zeros(1), np.ones(1)
        self.border: list[float] | None = None
        """The color of the ground that pictures stand on, where they have one."""
        self.photographs = False

    @classmethod
    def recognize(cls, sample: Sample) -> list[Claim]:
        return [claim for f in sample.fields if (claim := _claim(f, sample))]

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random, cells = np.random.default_rng(seed), []
        for row in range(rows):
            pixels = random.integers(0, 256, (8 + row % 5, 9, 3), np.uint8)
            PIL.Image.fromarray(pixels).save(buffer := io.BytesIO(), "PNG")
            cells.append({"path": f"{row}.png", "bytes": None if random.random() < 0.1 else buffer.getvalue()})
        return pa.record_batch({"image": pa.array(cells, FILE)})

    # ------------------------------------------------------------------------------------------------ what is learned

    def fit(self, batches: Iterable[pa.RecordBatch]) -> None:
        seen = Portraits(self.limit or LONGEST)
        for batch in batches:
            seen.add(self._raw(batch))
        self.median, self.one_size = seen.median, seen.one_size
        self.height, self.width = seen.stored_size(self.limit)
        self.channels, self.deep, self.factor = seen.channels, seen.deep, seen.factor
        self.mean, self.deviation = seen.mean, seen.deviation
        self.border, self.photographs = seen.ground, seen.photographs

    def _raw(self, batch: pa.RecordBatch) -> Raw:
        cells = cells_of(batch, self.fields[0])
        return files_of(cells) if is_file(cells.type) else arrays_of(cells, self.shape)

    def state(self) -> dict[str, Any]:
        return {
            "size": [self.height, self.width],
            "channels": self.channels,
            "deep": self.deep,
            "factor": self.factor,
            "median": list(self.median),
            "one_size": self.one_size,
            "mean": self.mean.tolist(),
            "deviation": self.deviation.tolist(),
            "border": self.border,
            "photographs": self.photographs,
        }

    def load(self, state: Mapping[str, Any]) -> None:
        self.height, self.width = state["size"]
        self.median = tuple(state["median"])
        self.mean, self.deviation = np.array(state["mean"]), np.array(state["deviation"])
        for name in ("channels", "deep", "factor", "one_size", "border", "photographs"):
            setattr(self, name, state[name])

    def handed_on(self, ranges: bool = False, fewest: int = 0) -> dict[str, Any]:
        """Sizes and colors of all pictures together."""
        names = (
            "size", "channels", "deep", "factor", "median", "one_size", "mean", "deviation", "border", "photographs"
        )  # fmt: skip
        return {name: value for name, value in self.state().items() if name in names}

    @property
    def spec(self) -> GridSpec:
        return GridSpec(self.channels, (self.height, self.width))

    # ----------------------------------------------------------------------------------------------- stored and shown

    def prepare(self, batch: pa.RecordBatch, rows: np.ndarray) -> tuple[Stored, list[Problem]]:
        want = Pictures(self.height, self.width, self.channels, self.deep, self.factor)
        pixels, sizes, wrong = read_all(self._raw(batch), want)
        problems = [Problem.of_row(rows[row], text, name=where) for row, where, text in wrong]
        return {"pixels": pixels, "size": sizes, "present": sizes[:, 0] > 0}, problems

    def thumbnails(self, batch: pa.RecordBatch, size: int) -> tuple[np.ndarray, np.ndarray]:
        pixels, sizes, _ = read_all(self._raw(batch), Pictures(size, size, 3, factor=self.factor))
        return pixels, sizes.min(1) >= size

    def collate(self, stored: Stored, view: View | None) -> Grid:
        pixels, present = np.asarray(stored["pixels"]), tensor(stored["present"])
        ground = Border(self.border, self.mean)
        seen = pixels if view is None else warp(pixels, np.asarray(stored["size"]), view, ground)
        values = self._standardize(seen)
        if view is not None and view.appearance:
            values = _relight(values, view.appearance)
        if not bool(present.all()):
            values = values * present[:, None, None, None]
        return Grid(values, present)

    def _standardize(self, values: np.ndarray) -> torch.Tensor:
        """(B, h, w, c) of any type -> (B, c, h, w) float32, channels last in memory."""
        rows, height, width, channels = values.shape
        # A whole line of pixels at a time: three channels are too few for the processor's vector units. By numpy, on
        # one thread: torch would wake as many as it has, beside those at work on the net.
        mean, scale = (np.tile(x, width).astype(np.float32) for x in (self.mean, 1 / self.deviation))
        lines = values.astype(np.float32).reshape(rows * height, width * channels)
        lines -= mean
        lines *= scale
        return torch.from_numpy(lines.reshape(values.shape)).permute(0, 3, 1, 2)

    def restore(self, values: Any, view: View | None = None) -> Any:
        """Points on the grid (B, P, 2), as (y, x), back to pixels of the raw pictures."""
        points = np.asarray(values, np.float64)
        return points if view is None else view.to_raw(points)

    def flat(self, stored: Stored) -> np.ndarray:
        """The standardized pixels of pictures averaged down to at most 64 x 64."""
        values = self.collate(stored, None).values
        size = (min(self.height, _FLAT), min(self.width, _FLAT))
        if size != (self.height, self.width):
            values = F.adaptive_avg_pool2d(values, size)
        return values.flatten(1).double().numpy()

    # ---------------------------------------------------------------------------------------------------------- views

    def look(self, stored: Stored, draw: Draw | None, changes: Mapping[str, Any], fixed: int = 0) -> View:
        """changes: mirror (true or false), shift (pixels), scale (0.1: 90 to 110%), turn (degrees), brightness and
        contrast (0.2: by up to a fifth of a standard deviation, or of the contrast)."""
        plain = View.stretch(np.asarray(stored["size"]), np.array([self.height, self.width]))
        if draw is not None:
            return vary(plain, draw, changes)
        return plain.then(np.tile(np.diag([1.0, -1.0]), (len(plain.size), 1, 1)), np.zeros((1, 2))) if fixed else plain

    def fixed_looks(self, changes: Mapping[str, Any]) -> int:
        """Where a mirror image shows the same thing, it is looked at too."""
        return 2 if changes.get("mirror") else 1

    def suggest_changes(self, sample: Stored) -> dict[str, tuple[Any, str]]:
        side = min(self.height, self.width)
        found: dict[str, tuple[Any, str]] = {}
        if shift := min(4, round(side / 14)):
            found["shift"] = (shift, f"moved by up to {shift} px each way (1/14 of {side}) it is the same thing")
        ground = "in grey" if self.channels == 1 else "on an even ground"
        why = {
            True: "colored to the edge, like photographs: a mirror image shows the same thing",
            False: f"{ground}, like drawings, digits or letters: a mirror image may mean something else",
        }
        return {**found, "mirror": (self.photographs, why[self.photographs])}

    def circumstances(self, batch: pa.RecordBatch) -> list[Circumstance]:
        return circumstances_of(self._raw(batch))

    def traits(self, stored: Stored, batch: pa.RecordBatch | None = None) -> list[Trait]:
        raw = None if batch is None else self._raw(batch)
        return traits_of(self.name, np.asarray(stored["pixels"]), np.asarray(stored["size"]), raw)

    def facts(self) -> dict[str, Any]:
        return {"photographs": self.photographs}

    def show(self) -> str:
        color = {1: " grey", 3: "", 4: " with transparency"}[self.channels] + (", 16 bits" if self.deep else "")
        if self.one_size and (self.height, self.width) == self.median:
            return f"{self.width}x{self.height}{color}"
        return f"{max(self.height, self.width)} px{color}; median {self.median[1]}x{self.median[0]}"


def vary(view: View, draw: Draw, changes: Mapping[str, Any]) -> View:
    """A plain view of pictures, changed at random."""
    rows = len(view.matrix)
    linear, shift = np.zeros((rows, 2, 2)), np.zeros((rows, 2))
    linear[:, 0, 0] = linear[:, 1, 1] = 1
    whole = not (changes.get("turn") or changes.get("scale"))
    if reach := changes.get("shift", 0):
        even = draw.integers("shift", -int(reach), int(reach), 2) if float(reach).is_integer() and whole else None
        shift = even.astype(np.float64) if even is not None else (2 * draw.uniform("shift", 2) - 1) * reach
    if not whole:
        angle = np.radians(changes.get("turn", 0.0)) * (2 * draw.uniform("turn")[:, 0] - 1)
        size = np.exp(np.log1p(changes.get("scale", 0.0)) * (2 * draw.uniform("scale")[:, 0] - 1))
        cos, sin = size * np.cos(angle), size * np.sin(angle)
        linear = np.stack([np.stack([cos, -sin], 1), np.stack([sin, cos], 1)], 1)
    if changes.get("mirror"):
        linear[:, :, 1] *= np.where(draw.uniform("mirror") < 0.5, -1.0, 1.0)
    light = {n: changes[n] * (2 * draw.uniform(n)[:, 0] - 1) for n in ("brightness", "contrast") if changes.get(n)}
    return view.then(linear, shift, **light)


def _relight(values: torch.Tensor, appearance: Mapping[str, np.ndarray]) -> torch.Tensor:
    """contrast: about each picture's own mean; brightness: added."""

    def of(name: str) -> torch.Tensor:
        change = appearance.get(name, np.zeros(len(values)))
        return torch.as_tensor(np.asarray(change, np.float32))[:, None, None, None]

    middle = values.mean((1, 2, 3), keepdim=True)
    return (values - middle) * (1 + of("contrast")) + middle + of("brightness")


def _claim(field: Field, sample: Sample) -> Claim | None:
    name, cells = field.name, sample.column(field.name)
    if is_file(field.type):
        filled = cells.drop_null().slice(0, 64)
        sizes = [head.size for head in heads_of(files_of(filled)) if head is not None]
        if not sizes or (not sample.named and 2 * len(sizes) < len(filled)):
            return _refuse(sample, f"{name} holds no pictures")
        height, width = np.median(np.array(sizes), 0).astype(int)
        return Claim((name,), name, 1.0 if sample.named else 0.98, f"pictures, about {width}x{height}")
    shape, kind = tuple(field.known.get("shape", ())), str(field.known.get("dtype", ""))
    if len(shape) not in (2, 3) or (len(shape) == 3 and not {shape[0], shape[-1]} & {1, 2, 3, 4}):
        return _refuse(sample, f"{name} has no shape like (height, width[, 1 to 4 channels])")
    if not sample.named and kind != "uint8":
        return None
    sure = 1.0 if sample.named else 0.9
    return Claim((name,), name, sure, f"arrays of {kind}, {' x '.join(map(str, shape))}", {"shape": shape})


def _refuse(sample: Sample, why: str) -> Claim | None:
    """No claim; where the type was named, the reason."""
    if sample.named:
        raise Refused(why)
    return None
