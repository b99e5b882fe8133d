"""Light, camera and ground that go with a category are found, and what a picture shows is not accused."""

import io
from collections.abc import Callable
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from PIL import ExifTags, Image, ImageFilter
from sklearn.datasets import load_digits

from fromraw.describing.dataset import open_data
from fromraw.findings.base import Case, Finding
from fromraw.findings.shortcuts import Shortcuts
from fromraw.sources.base import FILE
from tests.findings.clean import blobs, png

Write = Callable[[np.ndarray], bytes]
ROWS = 240


@cache
def scenes() -> tuple[np.ndarray, np.ndarray]:
    """(n, h, w, 3) pictures of three kinds, of which the last is rare, and their kinds."""
    random = np.random.default_rng(0)
    kinds = random.choice(3, ROWS, p=[0.4, 0.35, 0.25])
    return np.stack([blobs(random, 3 + 2 * kind, (32, 40)) for kind in kinds]), kinds


def find(write: Write, otherwise: Write) -> list[Finding]:
    """In pictures of which those of one kind are written otherwise."""
    pictures, kinds = scenes()
    files = [(otherwise if kind == 2 else write)(p) for p, kind in zip(pictures, kinds, strict=True)]
    cells = pa.array([{"path": f"{n}.x", "bytes": file} for n, file in enumerate(files)], FILE)
    names = np.array(["bee", "fly", "other"])[kinds]
    return Shortcuts().find(Case(open_data(pa.table({"image": cells, "class": names}))))


def jpeg(pixels: np.ndarray, quality: int = 90, model: str = "", scale: float = 1.0) -> bytes:
    image, exif = Image.fromarray(pixels), Image.Exif()
    if model:
        exif[ExifTags.Base.Model] = model
    height, width = (round(scale * side) for side in pixels.shape[:2])
    image.resize((width, height)).save(buffer := io.BytesIO(), "JPEG", quality=quality, exif=exif)
    return buffer.getvalue()


def darker(pixels: np.ndarray) -> bytes:
    return png((pixels * 0.6).astype(np.uint8))


def blurred(pixels: np.ndarray) -> bytes:
    return png(np.asarray(Image.fromarray(pixels).filter(ImageFilter.GaussianBlur(1.5))))


def framed(pixels: np.ndarray) -> bytes:
    framed = pixels.copy()
    framed[:3], framed[-3:], framed[:, :3], framed[:, -3:] = 250, 250, 250, 250
    return png(framed)


def test_pictures_taken_alike_are_not_accused() -> None:
    assert find(png, png) == []


@pytest.mark.parametrize(("otherwise", "learned"), [(darker, "lamp"), (blurred, "focus"), (framed, "ground")])
def test_another_light_focus_or_ground_for_one_category(otherwise: Write, learned: str) -> None:
    found = {f.text.split("a net may learn the ")[1].split()[0]: f for f in find(png, otherwise)}
    assert learned in found
    assert 'tells "other" from the rest' in found[learned].text
    assert found[learned].evidence["told"][0]["roc_auc"] > 0.9


@pytest.mark.parametrize(
    ("otherwise", "circumstance"),
    [
        (lambda p: jpeg(p, quality=60), "the JPEG quality"),
        (lambda p: jpeg(p, model="Nikon"), "the camera (EXIF)"),
        (lambda p: jpeg(p, scale=1.5), "the width"),
        (png, "the file format"),
    ],
)
def test_another_camera_for_one_category(otherwise: Write, circumstance: str) -> None:
    (camera,) = [f for f in find(jpeg, otherwise) if "learn the camera" in f.text]
    assert circumstance in {told["circumstance"] for told in camera.evidence["told"]}


def test_digits_are_told_by_their_ink_and_that_is_no_shortcut() -> None:
    pixels, label = (array[:900] for array in load_digits(return_X_y=True))
    images = (pixels.reshape(-1, 8, 8) * 15.9).astype(np.uint8)
    assert Shortcuts().find(Case(open_data({"X": images, "y": label}))) == []
    images[label == 3] //= 2
    (found,) = Shortcuts().find(Case(open_data({"X": images, "y": label})))
    assert 'the brightness of the lightest parts of X alone tells "3" from the rest' in found.text
