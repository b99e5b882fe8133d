"""Raw cells as a person would see them: pictures, curves, texts."""

import io
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
from PIL import Image, ImageOps

from fromraw.columns.cells import plain
from fromraw.columns.pictures import files_of, is_file
from fromraw.errors import Refused
from fromraw.figures.base import Scene
from fromraw.figures.wording import shorten, write_number
from fromraw.signals import GridSpec
from fromraw.streams.examples import Examples

LONGEST = 240
"""Pixels of a picture's longer side, as shown."""


def readable_input(scene: Scene) -> tuple[str, int]:
    """The input that tells a person most, and its dimensions: a picture (2), else a curve (1), else the row (0)."""
    if scene.examples is None and scene.cells is None:
        raise Refused("the rows are not at hand")
    columns = {c: scene.columns[c] for item in scene.plan.inputs.values() for c in item.columns}
    found = {n: c.spec.dimensions for n, c in columns.items() if isinstance(c.spec, GridSpec) and c.spec.dimensions < 3}
    name = max(found, key=lambda name: found[name], default=next(iter(columns)))
    return name, found.get(name, 0)


def pictures_of(scene: Scene, name: str, rows: Sequence[int]) -> list[np.ndarray | None]:
    """(h, w) or (h, w, 3 or 4) uint8 each, from the raw file where it is there, else as stored; None: missing."""
    field = scene.columns[name].fields[0]
    table = _in_order(scene, rows, [field]) if scene.cells is not None else None
    if table is not None and field in table.column_names and is_file(table.schema.field(field).type):
        return [_decode(content) for content in files_of(plain(table.column(field))).contents]
    examples = _stored(scene)
    pixels = examples.stored[name].get("pixels")
    if isinstance(pixels, np.ndarray):
        return [_as_bytes(pixels[row]) for row in rows]
    return [_stretch(values) for values in _signals(examples, name, rows)]


def _in_order(scene: Scene, rows: Sequence[int], fields: Sequence[str]) -> pa.Table:
    """Raw cells in the order of `rows`: a source gives them in its own."""
    assert scene.cells is not None
    ascending, places = np.unique(rows, return_inverse=True)
    return scene.cells(ascending.tolist(), fields).take(pa.array(places))


def _stored(scene: Scene) -> Examples:
    if scene.examples is None:
        raise Refused("the stored rows are not at hand")
    return scene.examples


def _decode(content: bytes | None) -> np.ndarray | None:
    """Upright, small, in grey or color."""
    try:
        image = ImageOps.exif_transpose(Image.open(io.BytesIO(content or b"")))
        image.thumbnail((LONGEST, LONGEST))
        if image.mode.startswith("I") or image.mode == "F":
            return _stretch(np.asarray(image, np.float64)[None])
        kept = image.mode if image.mode in ("L", "RGB", "RGBA") else "RGBA" if "A" in image.mode else "RGB"
        return np.asarray(image.convert(kept))
    except Exception:  # Pillow raises anything on broken files; such a row has no picture
        return None


def _as_bytes(pixels: np.ndarray) -> np.ndarray:
    shown = pixels if pixels.dtype == np.uint8 else (pixels // 257).astype(np.uint8)
    return shown[..., 0] if shown.shape[-1] < 3 else shown


def _stretch(values: np.ndarray) -> np.ndarray:
    """(channels, h, w) of any range to bytes, the darkest number black."""
    low, high = float(values.min()), float(values.max())
    shown = (255 * (values - low) / max(high - low, 1e-12)).astype(np.uint8)
    return shown[0] if len(shown) < 3 else shown[:3].transpose(1, 2, 0)


def curves_of(scene: Scene, name: str, rows: Sequence[int]) -> list[np.ndarray]:
    """(channels, steps) each, standardized as the net sees them, without padding."""
    return _signals(_stored(scene), name, rows)


def _signals(examples: Examples, name: str, rows: Sequence[int]) -> list[np.ndarray]:
    batch = Examples(examples.columns, examples.stored, {name: [name]}, {}, {}).batch(np.array(rows))
    signal = batch.inputs[name]
    masks = [None] * len(rows) if signal.mask is None else list(signal.mask.numpy())
    found = zip(signal.values.numpy(), masks, strict=True)
    return [values if mask is None or not mask.any() else values[:, mask] for values, mask in found]


def texts_of(scene: Scene, rows: Sequence[int], most: int) -> dict[str, list[str]]:
    """The cells of the first input columns, as texts."""
    if scene.cells is None:
        raise Refused("the raw rows are not at hand")
    fields = [f for item in scene.plan.inputs.values() for c in item.columns for f in scene.columns[c].fields]
    table = _in_order(scene, rows, fields[:most])
    return {name: [_text(cell) for cell in table.column(name)] for name in table.column_names}


def _text(cell: pa.Scalar) -> str:
    value = cell.as_py()
    if value is None or value == "":
        return "\u2013"
    return write_number(value) if isinstance(value, float) else shorten(str(value), 40)
