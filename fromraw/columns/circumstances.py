"""How pictures came about, apart from what they show: by which camera, in which light, on which ground.

All but the files' own facts is seen at 64x64 or less, about as a net sees it. Each is chosen to change as little as may
be with what a picture shows: a 1 has less ink than an 8, but both have something white in them.
"""

import io
import warnings
from typing import Any

import numpy as np
from PIL import ExifTags, Image

from fromraw.columns.base import Circumstance, Trait
from fromraw.columns.pictures import Arrays, Files, Pictures, Raw, read_all

_SIDE = 64
_BY_FILE, _BY_SIGHT = 0.8, 0.9
"""ROC AUC from which on it is worth telling; the more where contents have their share in it. (The highest that one
category of MNIST, CIFAR-10 or a set of cats and dogs reaches in anything that is looked at here is 0.78.)"""


def circumstances_of(raw: Raw) -> list[Circumstance]:
    """Of each picture; nan, or an empty text, where it is missing or cannot be read."""
    height, width, factor = _SIDE, _SIDE, 1.0
    if isinstance(raw, Arrays):
        height, width = (min(_SIDE, side) for side in raw.values.shape[1:3])
        factor = 255.0 if 0 < np.nanmax(raw.values, initial=0) <= 1 else 1.0
    pixels, sizes, _ = read_all(raw, Pictures(height, width, 3, factor=factor))
    seen = _by_sight(pixels, sizes[:, 0] > 0)
    return [*(_by_file(raw) if isinstance(raw, Files) else []), *seen]


def traits_of(name: str, pixels: np.ndarray, sizes: np.ndarray, raw: Raw | None) -> list[Trait]:
    """The same and how bright they are as a whole, of pictures as stored, (n, h, w, c); sizes: (n, 2), raw height and
    width, 0 where missing; raw: their files, where these are at hand."""
    stride = -(-max(pixels.shape[1:3]) // _SIDE)
    small = np.asarray(pixels[:, ::stride, ::stride, :3])
    small = small if small.dtype == np.uint8 else (small // 257).astype(np.uint8)
    there, is_seen = sizes[:, 0] > 0, min(small.shape[1:3]) > 2
    by_sight = _by_sight(small.repeat(3 // small.shape[-1], -1), there) if is_seen else []
    seen = [(c.name, c.values) for c in by_sight]
    seen += [("the brightness", np.where(there, small.mean((1, 2, 3)), np.nan))]
    seen += [(n, np.where(there, sizes[:, at], np.nan)) for at, n in enumerate(("the height", "the width"))]
    known = [n for n, _ in seen]
    seen += [(c.name, c.values) for c in (_by_file(raw) if isinstance(raw, Files) else []) if c.name not in known]
    return [Trait(f"{what} of {name}", values, ends=True) for what, values in seen]


# ------------------------------------------------------------------------------------------------------- by the file


def _by_file(raw: Files) -> list[Circumstance]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as when they are read
        facts = [_file_facts(content) for content in raw.contents]
    width, height, quality, kind, camera = zip(*facts, strict=True) if facts else ((),) * 5
    numbers = {"the width": width, "the height": height, "the JPEG quality": quality}
    texts = {"the file format": kind, "the camera (EXIF)": camera}
    return [
        *(Circumstance(n, np.array(v, np.float64), "the camera", _BY_FILE) for n, v in numbers.items()),
        *(Circumstance(n, np.array(v, np.str_), "the camera", _BY_FILE) for n, v in texts.items()),
    ]


def _file_facts(content: bytes | None) -> tuple[float, float, float, str, str]:
    """Width, height, how coarsely JPEG keeps brightness (steps in all), format, make and model of the camera."""
    try:
        image = Image.open(io.BytesIO(content or b""))
        coarse = getattr(image, "quantization", None) or {}
        width, height = map(float, image.size)
        return width, height, float(sum(coarse.get(0, ()))) or np.nan, image.format or "", _camera(image)
    except Exception:  # as when they are read
        return np.nan, np.nan, np.nan, "", ""


def _camera(image: Any) -> str:
    if image.format == "PNG" and "exif" not in image.info:
        return "none"  # which else is looked for to the end of the file
    exif = image.getexif()
    words = [str(exif.get(tag, "")).strip("\0 ") for tag in (ExifTags.Base.Make, ExifTags.Base.Model)]
    return " ".join(filter(None, words)) or "none"


# --------------------------------------------------------------------------------------------------------- by sight


def _by_sight(pixels: np.ndarray, present: np.ndarray) -> list[Circumstance]:
    grey = pixels.mean(-1, dtype=np.float32)
    ring, wide = np.ones(grey.shape[1:], bool), max(1, min(grey.shape[1:]) // 32)
    ring[wide:-wide, wide:-wide] = False
    ground = np.median(pixels[:, ring], 1)
    flat = np.sort(grey.reshape(len(grey), -1), 1)
    darkest, lightest = (flat[:, int(share * (flat.shape[1] - 1))] for share in (0.005, 0.995))
    facts = [
        ("the brightness of the lightest parts", lightest, "the lamp"),
        ("the brightness of the darkest parts", darkest, "the lamp"),
        ("the brightness of the border", ground.mean(1), "the ground"),
        ("the border's tint from green to red", ground[:, 0] - ground[:, 1], "the ground"),
        ("the border's tint from green to blue", ground[:, 2] - ground[:, 1], "the ground"),
        ("the sharpness", _sharpness(grey), "the focus"),
    ]
    return [Circumstance(n, np.where(present, v, np.nan).astype(np.float64), why, _BY_SIGHT) for n, v, why in facts]


def _sharpness(grey: np.ndarray) -> np.ndarray:
    """(n,) how much of the change from pixel to pixel is gone at the next: edges of any number and height alike."""
    across, down = np.abs(np.diff(grey, axis=2)).mean((1, 2)), np.abs(np.diff(grey, axis=1)).mean((1, 2))
    middle = 4 * grey[:, 1:-1, 1:-1]
    around = grey[:, :-2, 1:-1] + grey[:, 2:, 1:-1] + grey[:, 1:-1, :-2] + grey[:, 1:-1, 2:]
    return np.abs(middle - around).mean((1, 2)) / np.maximum(across + down, 1.0)
