"""Pictures: every mode that files have, sizes by rule, and views that copy or interpolate."""

import io
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image as Pillow

from fromraw.columns.base import Sample
from fromraw.columns.image import Image
from fromraw.randomness import Draw
from fromraw.signals import View
from fromraw.sources.base import FILE, Field

random = np.random.default_rng(0)


def encoded(pixels: np.ndarray | Pillow.Image, kind: str = "PNG", **options: Any) -> bytes:
    picture = pixels if isinstance(pixels, Pillow.Image) else Pillow.fromarray(pixels)
    picture.save(buffer := io.BytesIO(), kind, **options)
    return buffer.getvalue()


def batch_of(*files: bytes | None) -> pa.RecordBatch:
    cells = [{"path": f"{row}.png", "bytes": content} for row, content in enumerate(files)]
    return pa.record_batch({"image": pa.array(cells, FILE)})


def fitted(*files: bytes | None, **settings: Any) -> tuple[Image, Any]:
    column = Image("image", ["image"], **settings)
    column.fit([batch_of(*files)])
    return column, column.prepare(batch_of(*files), np.arange(len(files)))[0]


def noise(*shape: int) -> np.ndarray:
    return random.integers(0, 256, shape, np.uint8)


GREY, COLOR = noise(9, 12), noise(9, 12, 3)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (encoded(GREY), GREY[..., None]),
        (encoded(np.stack([GREY] * 3, -1)), GREY[..., None]),
        (encoded(COLOR), COLOR),
        (encoded(np.dstack([COLOR, np.full((9, 12), 255, np.uint8)])), COLOR),
        (encoded(np.dstack([COLOR, noise(9, 12)]), "PNG"), None),
        (encoded(GREY.astype(np.uint16) * 200 + 7), GREY[..., None].astype(np.uint16) * 200 + 7),
        (encoded(Pillow.fromarray(GREY > 99)), (GREY[..., None] > 99) * np.uint8(255)),
        (encoded(Pillow.fromarray(COLOR).quantize(8)), np.asarray(Pillow.fromarray(COLOR).quantize(8).convert("RGB"))),
        (encoded(COLOR, "BMP"), COLOR),
        (encoded(COLOR, "TIFF"), COLOR),
        (encoded(COLOR, "WEBP", lossless=True), COLOR),
    ],
    ids=["grey", "grey as RGB", "color", "opaque", "transparent", "16 bits", "1 bit", "palette", "bmp", "tiff", "webp"],
)
def test_one_small_size_is_stored_exactly(content: bytes, expected: np.ndarray | None) -> None:
    column, stored = fitted(content, None, content)
    assert stored["present"].tolist() == [True, False, True]
    assert stored["size"].tolist() == [[9, 12], [0, 0], [9, 12]]
    if expected is None:
        assert column.channels == 4
    else:
        assert stored["pixels"].dtype == expected.dtype
        np.testing.assert_array_equal(stored["pixels"][2], expected)


def test_printers_colors_are_read() -> None:
    cmyk = Pillow.fromarray(COLOR).convert("CMYK")
    column, stored = fitted(encoded(cmyk, "TIFF"))
    assert column.channels == 3
    np.testing.assert_array_equal(stored["pixels"][0], np.asarray(cmyk.convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_pictures_stand_upright_as_exif_says(orientation: int, kind: str) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = orientation
    pixels = np.zeros((16, 24), np.uint8)
    pixels[:8, :12] = 255
    options: dict[str, Any] = {"exif": exif, **({"quality": 95} if kind == "JPEG" else {})}
    _, stored = fitted(encoded(pixels, kind, **options))
    upright = {2: np.fliplr, 3: lambda x: np.rot90(x, 2), 4: np.flipud, 5: np.transpose, 6: lambda x: np.rot90(x, -1)}
    upright |= {7: lambda x: np.rot90(x.T, 2), 8: np.rot90, 1: lambda x: x}
    expected = upright[orientation](pixels)
    assert stored["size"].tolist() == [list(expected.shape)]
    assert np.abs(stored["pixels"][0, ..., 0].astype(int) - expected).max() < 20


@pytest.mark.parametrize("shape", [(1, 300), (3, 4000), (300, 1), (1, 1), (500, 400)])
def test_any_size_is_read(shape: tuple[int, int]) -> None:
    column, stored = fitted(*[encoded(noise(*size)) for size in [shape, (40, 40), (40, 40), (40, 40)]])
    assert (column.height, column.width) == (40, 40)
    assert stored["size"][0].tolist() == list(shape)
    assert column.show() == "40 px grey; median 40x40"


def test_large_pictures_are_stored_at_the_median_aspect() -> None:
    files = [
        encoded(np.full((height, width), 80, np.uint8), "JPEG") for height, width in [(480, 640)] * 3 + [(300, 300)]
    ]
    column, stored = fitted(*files)
    assert (column.height, column.width) == (72, 96)
    assert column.show() == "96 px grey; median 640x480"
    assert (stored["pixels"] == 80).all()
    assert fitted(*files, size=32)[0].spec.sizes == (24, 32)


def test_arrays_are_stored_as_they_are() -> None:
    pixels = noise(5, 6, 7, 3)
    cells = pa.FixedSizeListArray.from_arrays(pa.array(pixels.ravel()), 6 * 7 * 3)
    for shape, values in [((6, 7, 3), pixels), ((3, 6, 7), None)]:
        column = Image("image", ["image"], shape=shape)
        column.fit([pa.record_batch({"image": cells})])
        stored, _ = column.prepare(pa.record_batch({"image": cells}), np.arange(5))
        expected = pixels.reshape(5, 3, 6, 7).transpose(0, 2, 3, 1) if values is None else values
        np.testing.assert_array_equal(stored["pixels"], expected)
    floats = pa.FixedSizeListArray.from_arrays(pa.array((pixels / 255).astype(np.float32).ravel()), 6 * 7 * 3)
    column = Image("image", ["image"], shape=(6, 7, 3))
    column.fit([pa.record_batch({"image": floats})])
    np.testing.assert_array_equal(column.prepare(pa.record_batch({"image": floats}), np.arange(5))[0]["pixels"], pixels)


def test_broken_files_are_named() -> None:
    good = encoded(COLOR)
    column, _ = fitted(good)
    _, problems = column.prepare(batch_of(good, b"", b"not a picture", good[:150], None), np.arange(10, 15))
    assert [p.where for p in problems] == ["row 12 (1.png)", "row 13 (2.png)", "row 14 (3.png)"]
    assert [p.text.split(":")[0] for p in problems] == ["an empty file", "no picture", "a broken picture"]


def test_a_decompression_bomb_is_a_problem_not_a_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    column, _ = fitted(encoded(GREY))
    monkeypatch.setattr(Pillow, "MAX_IMAGE_PIXELS", 40)
    stored, problems = column.prepare(batch_of(encoded(GREY)), np.arange(1))
    assert not stored["present"].any()
    assert [p.text for p in problems] == ["a picture of more than 80 pixels"]


def test_batches_are_standardized_and_channels_last() -> None:
    column, stored = fitted(*[encoded(noise(9, 12, 3)) for _ in range(8)])
    signal = column.collate(stored, None)
    assert signal.values.shape == (8, 3, 9, 12)
    assert signal.values.is_contiguous(memory_format=torch.channels_last)
    torch.testing.assert_close(signal.values.mean((0, 2, 3)), torch.zeros(3), atol=1e-4, rtol=0)
    torch.testing.assert_close(signal.values.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-3, rtol=0)


# -------------------------------------------------------------------------------------------------------------- views


def drawn(rows: int) -> Draw:
    return Draw(7, "view", np.arange(rows), np.zeros(rows, np.int64))


@given(st.integers(0, 3), st.booleans(), st.sampled_from([1, 3]), st.booleans())
def test_copied_and_interpolated_views_are_the_same(shift: int, mirror: bool, channels: int, even: bool) -> None:
    pixels = np.random.default_rng(shift).integers(0, 256, (6, 8, 9, channels), np.uint8)
    column, _ = fitted(encoded(pixels[0].squeeze()))
    column.mean, column.deviation = np.zeros(channels), np.ones(channels)
    column.height, column.width, column.channels = 8, 9, channels
    column.border = [9.0] * channels if even else None
    stored = {"pixels": pixels, "size": np.full((6, 2), [16, 27], np.int32), "present": np.ones(6, bool)}
    view = column.look(stored, drawn(6), {"shift": shift, "mirror": mirror})
    nearly = View(view.matrix + 1e-5, view.size)
    copied, between = column.collate(stored, view).values, column.collate(stored, nearly).values
    inner = (slice(None), slice(None), slice(3, 5), slice(3, 6)) if not even else ...
    torch.testing.assert_close(copied[inner], between[inner], atol=0.6, rtol=0)


def test_a_bright_point_is_where_the_view_says() -> None:
    pixels = np.zeros((20, 40, 40, 1), np.uint8)
    pixels[:, 12:15, 20:23] = 255
    column, _ = fitted(encoded(pixels[0, ..., 0]))
    stored = {"pixels": pixels, "size": np.full((20, 2), [80, 120], np.int32), "present": np.ones(20, bool)}
    changes = {"shift": 3, "mirror": True, "turn": 20, "scale": 0.2}
    view = column.look(stored, drawn(20), changes)
    values = column.collate(stored, view).values[:, 0].double() - column.collate(stored, view).values.min()
    weight = values / values.sum((1, 2), keepdim=True)
    places = torch.arange(40) + 0.5
    seen = torch.stack([(weight * places[:, None]).sum((1, 2)), (weight * places).sum((1, 2))], 1).numpy()
    np.testing.assert_allclose(seen, view.to_grid(np.full((20, 1, 2), [27.0, 64.5]))[:, 0], atol=0.1)
    np.testing.assert_allclose(column.restore(seen[:, None], view)[:, 0], np.full((20, 2), [27.0, 64.5]), atol=0.5)


def test_light_changes_only_when_asked() -> None:
    column, stored = fitted(*[encoded(noise(9, 12)) for _ in range(4)])
    view = column.look(stored, drawn(4), {"brightness": 0.5})
    change = column.collate(stored, view).values - column.collate(stored, None).values
    torch.testing.assert_close(change, change[:, :, :1, :1].expand_as(change), atol=1e-4, rtol=0)
    assert change.abs().max() > 0.01


def test_only_photographs_are_mirrored() -> None:
    photographs, stored = fitted(*[encoded(noise(32, 32, 3)) for _ in range(4)])
    assert photographs.suggest_changes(stored)["mirror"][0] is True
    assert photographs.suggest_changes(stored)["shift"][0] == 2
    assert photographs.fixed_looks({"mirror": True}) == 2
    drawing = np.zeros((28, 28), np.uint8)
    drawing[8:20, 13:15] = 255
    digits, stored = fitted(encoded(drawing))
    assert digits.suggest_changes(stored)["mirror"][0] is False
    assert digits.border == [0.0]
    assert digits.facts() == {"photographs": False}


# -------------------------------------------------------------------------------------------------------- recognition


def test_files_and_arrays_of_bytes_are_recognized() -> None:
    table = pa.Table.from_batches([batch_of(encoded(GREY), b"broken", encoded(GREY))])
    (claim,) = Image.recognize(Sample([Field("image", FILE)], table))
    assert claim.reason == "pictures, about 12x9"
    for shape, kind, count in [
        ((6, 7), "uint8", 1),
        ((6, 7, 3), "uint8", 1),
        ((6, 7, 9), "uint8", 0),
        ((6, 7), "float32", 0),
    ]:
        size = int(np.prod(shape))
        cells = pa.FixedSizeListArray.from_arrays(pa.array(np.zeros(2 * size, kind)), size)
        field = Field("x", cells.type, known={"shape": shape, "dtype": kind})
        assert len(Image.recognize(Sample([field], pa.table({"x": cells})))) == count
