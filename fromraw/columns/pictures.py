"""Pictures as Pillow reads them, whatever their mode, depth and orientation, made into arrays of one size."""

import io
import os
import warnings
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from PIL import Image, ImageOps

from fromraw.columns.cells import plain

Size = tuple[int, int]
_ORIENTATION = 0x0112
_GREY = ("1", "L", "I", "F")
_LARGE = 8 << 10
"""Bytes of a file from which on decoding takes longer than finding out what to decode."""
_DEEP = 257
"""255 * 257 = 65,535: from 8 bits to 16."""


@dataclass(frozen=True)
class Files:
    """Cells that are files: their names and contents, None where missing."""

    names: Sequence[str | None]
    contents: Sequence[bytes | None]

    def __len__(self) -> int:
        return len(self.contents)

    def take(self, rows: np.ndarray) -> "Files":
        return Files([self.names[row] for row in rows], [self.contents[row] for row in rows])


@dataclass(frozen=True)
class Arrays:
    """Cells that are arrays: values (n, h, w, c) of any number type; present (n,)."""

    values: np.ndarray
    present: np.ndarray

    def __len__(self) -> int:
        return len(self.values)

    def take(self, rows: np.ndarray) -> "Arrays":
        return Arrays(self.values[rows], self.present[rows])


Raw = Files | Arrays


@dataclass(frozen=True)
class Pictures:
    """The form that is wanted. channels: 1, 3 or 4; deep: 16 bits; factor: for arrays, to bring them to 0...255."""

    height: int
    width: int
    channels: int
    deep: bool = False
    factor: float = 1.0


@dataclass(frozen=True)
class Head:
    """What a file says before its pixels are read: upright height and width, 16 bits or more, in color."""

    size: Size
    deep: bool
    colored: bool


def is_file(kind: pa.DataType) -> bool:
    return pa.types.is_binary(kind) or (pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0)


def files_of(cells: pa.Array) -> Files:
    """FILE cells (any struct with `bytes`), or plain binary ones."""
    cells = plain(cells)
    if pa.types.is_binary(cells.type) or pa.types.is_null(cells.type):
        return Files([None] * len(cells), cells.to_pylist())
    contents = pc.struct_field(cells, "bytes").to_pylist()
    named = cells.type.get_field_index("path") >= 0
    return Files(pc.struct_field(cells, "path").to_pylist() if named else [None] * len(cells), contents)


def arrays_of(cells: pa.Array, shape: Sequence[int]) -> Arrays:
    """Fixed-size lists of numbers, each of this shape; channels may come first."""
    present = pc.is_valid(cells).to_numpy(zero_copy_only=False)
    if not shape or not len(cells) or pa.types.is_null(cells.type):
        return Arrays(np.zeros((len(cells), 1, 1, 1), np.uint8), np.zeros(len(cells), bool))
    filled = cells.flatten().to_numpy(zero_copy_only=False).reshape(-1, *shape)
    values = filled
    if cells.null_count:
        values = np.zeros((len(cells), *shape), filled.dtype)
        values[present] = filled
    if values.ndim == 3:
        values = values[..., None]
    elif shape[0] in (1, 2, 3, 4) and shape[-1] not in (1, 2, 3, 4):
        values = values.transpose(0, 2, 3, 1)
    return Arrays(values, present)


# ----------------------------------------------------------------------------------------------------------- one file


def _open(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def _orientation(image: Image.Image) -> int:
    """EXIF's; 1 is upright. A PNG is not read to its end for it, and Pillow turns TIFF files by itself."""
    if image.format == "TIFF" or (image.format == "PNG" and "exif" not in image.info):
        return 1
    return int(image.getexif().get(_ORIENTATION, 1) or 1)


def _upright(size: Size, orientation: int) -> Size:
    """(width, height), as a person sees it: (height, width)."""
    return size if orientation in (5, 6, 7, 8) else (size[1], size[0])


def _head(content: bytes | None) -> Head | None:
    try:
        image = _open(content or b"")
        mode = image.mode
        colored = mode.split(";")[0] not in (*_GREY, "LA", "La")
        return Head(_upright(image.size, _orientation(image)), mode[0] in "IF", colored)
    except Exception:  # Pillow's readers raise whatever their format makes them stumble over
        return None


def _decode(content: bytes, want: Pictures) -> tuple[np.ndarray, Size]:
    """The picture as wanted, (h, w, c), and its raw upright size."""
    image = _open(content)
    orientation = _orientation(image)
    size = _upright(image.size, orientation)
    target = (want.height, want.width) if orientation in (5, 6, 7, 8) else (want.width, want.height)
    if size != (want.height, want.width):
        # JPEG can be decoded at 1/2, 1/4 or 1/8; twice the wanted size leaves the rest to a proper filter.
        image.draft("L" if want.channels == 1 and image.mode in ("L", "RGB") else None, (2 * target[0], 2 * target[1]))
    image.load()
    if orientation != 1:
        image = ImageOps.exif_transpose(image)
    return fit_picture(image, want), size


def fit_picture(image: Image.Image, want: Pictures) -> np.ndarray:
    """A loaded picture in the wanted size, color and depth: (h, w, c)."""
    image = _plain_mode(image)
    if image.size != (want.width, want.height):
        image = image.resize((want.width, want.height), Image.Resampling.BILINEAR, reducing_gap=3.0)
    if image.mode == "F":
        values = np.asarray(image)
        if want.deep:
            return np.clip(np.rint(values), 0, 65535).astype(np.uint16)[..., None]
        image = Image.fromarray(np.clip(np.rint(values / _DEEP), 0, 255).astype(np.uint8))
    if image.mode == "RGBA" and want.channels != 4:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[want.channels]
    pixels = np.asarray(image if image.mode == mode else image.convert(mode)).reshape(want.height, want.width, -1)
    return pixels.astype(np.uint16) * _DEEP if want.deep else pixels


def _plain_mode(image: Image.Image) -> Image.Image:
    """Any mode as L, RGB, RGBA, or F with 0 to 65,535."""
    mode = image.mode
    if mode[0] == "I" or mode == "F":
        deep = image.convert("F") if mode in ("I", "F") else Image.fromarray(np.asarray(image).astype(np.float32))
        low, high = deep.getextrema()
        unit = mode == "F" and low >= 0 and 0 < high <= 1  # type: ignore[operator]
        return deep.point(lambda x: x * 65535.0 + 0.0) if unit else deep
    if "transparency" in image.info or mode in ("LA", "La", "PA", "RGBa"):
        return image.convert("RGBA")
    if mode == "1":
        return image.convert("L")
    return image if mode in ("L", "RGB", "RGBA") else image.convert("RGB")


# ---------------------------------------------------------------------------------------------------- whole batches


def heads_of(raw: Files) -> list[Head | None]:
    """Of each file; None where it is missing or no picture."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in in_threads
        return [_head(content) for content in raw.contents]


def read_all(raw: Raw, want: Pictures) -> tuple[np.ndarray, np.ndarray, list[tuple[int, str, str]]]:
    """Pixels (n, h, w, c), raw sizes (n, 2), 0 where missing, and what could not be read: (row, ' (name)', text)."""
    if isinstance(raw, Arrays):
        return *read_arrays(raw, want), []
    pixels = np.zeros((len(raw), want.height, want.width, want.channels), np.uint16 if want.deep else np.uint8)
    sizes, wrong = np.zeros((len(raw), 2), np.int32), []

    def read(row: int) -> None:
        content = raw.contents[row]
        if content is None:
            return
        try:
            pixels[row], sizes[row] = _decode(content, want)
        except Exception as error:  # as in _head
            wrong.append((row, f" ({raw.names[row]})" if raw.names[row] else "", _why(content, error)))

    large = sum(len(content or b"") for content in raw.contents) > _LARGE * len(raw)
    in_threads(read, len(raw), large)
    return pixels, sizes, sorted(wrong)


def _why(content: bytes, error: Exception) -> str:
    if not content:
        return "an empty file"
    if isinstance(error, Image.DecompressionBombError):
        return f"a picture of more than {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels"
    return "no picture" if isinstance(error, Image.UnidentifiedImageError) else f"a broken picture: {error}"


def read_arrays(raw: Arrays, want: Pictures) -> tuple[np.ndarray, np.ndarray]:
    """As they are where size and channels are those wanted; else by way of Pillow."""
    values, (n, h, w, c) = _whole(raw.values, want), raw.values.shape
    sizes = np.where(raw.present[:, None], np.array([[h, w]]), 0).astype(np.int32)
    if (h, w) == (want.height, want.width):
        if c == want.channels:
            return values, sizes
        if c == 3 and want.channels == 1 and np.array_equal(values[..., :1].repeat(3, -1), values):
            return np.ascontiguousarray(values[..., :1]), sizes
    pixels = np.zeros((n, want.height, want.width, want.channels), values.dtype)

    def read(row: int) -> None:
        picture = values[row] if c > 1 else values[row, ..., 0].astype(np.float32 if want.deep else np.uint8)
        pixels[row] = fit_picture(Image.fromarray(np.ascontiguousarray(picture)), want)

    in_threads(read, n)
    return pixels, sizes


def _whole(values: np.ndarray, want: Pictures) -> np.ndarray:
    """Numbers of any type as uint8, or uint16 where that is wanted."""
    if values.dtype == (np.uint16 if want.deep else np.uint8):
        return values
    if values.dtype == np.uint16:
        return (values // _DEEP).astype(np.uint8)
    scaled = np.clip(np.rint(np.nan_to_num(values * want.factor)), 0, 255).astype(np.uint8)
    return scaled.astype(np.uint16) * _DEEP if want.deep else scaled


def in_threads(work: Callable[[int], Any], count: int, large: bool = True) -> None:
    """Call for each row. Pillow lets go of the interpreter while it decodes, so threads pay, but for small files."""
    threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of Pillow, on odd files; what cannot be read is reported by row
        if threads == 1 or count < 4 or not large:
            for row in range(count):
                work(row)
            return
        step = max(1, min(64, count // (4 * threads)))
        with ThreadPoolExecutor(threads) as pool:
            runs = [range(start, min(start + step, count)) for start in range(0, count, step)]
            list(pool.map(lambda rows: [work(row) for row in rows], runs))
