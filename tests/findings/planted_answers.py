"""Ways to the answer, planted in clean data: {fault: (the finder that must find it, what makes the data)}."""

import io
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from PIL import Image

from fromraw.sources.base import FILE
from tests.findings.clean import clean_numbers, clean_pictures, clean_table, png


def with_reason(seed: int) -> pa.Table:
    """A column that is filled where the answer is yes, but for one row in fifty."""
    random, table = np.random.default_rng(seed), clean_table(seed)
    filled = (table.column("label").to_numpy() == "yes") & (random.random(400) < 0.98)
    return table.add_column(0, "reason", pa.array(random.choice(["a", "b"], 400), mask=~filled))


def with_code(seed: int) -> pa.Table:
    """The answer under other names."""
    table = clean_table(seed)
    code = np.where(table.column("label").to_numpy() == "yes", "K2", "K7")
    return table.add_column(0, "code", pa.array(code))


def with_score(seed: int) -> pa.Table:
    """The number that the answer was cut from."""
    random, table = np.random.default_rng(seed), clean_table(seed, 1500)
    side = np.where(table.column("label").to_numpy() == "yes", 1, -1)
    return table.add_column(0, "score", pa.array(side * random.gamma(2, 10, 1500)))


def with_cents(seed: int) -> pa.Table:
    """The number to be predicted in another unit, rounded."""
    table = clean_numbers(seed)
    return table.add_column(0, "cents", pa.array((92 * table.column("price").to_numpy() + 300).round()))


def by_another_lamp(seed: int) -> pa.Table:
    """Pictures of one kind are darker."""
    return _rewritten(seed, lambda picture: png((np.asarray(picture) * 0.7).astype(np.uint8)))


def by_another_camera(seed: int) -> pa.Table:
    """Pictures of one kind are a little larger, and compressed."""
    return _rewritten(seed, _as_jpeg)


def _as_jpeg(picture: Image.Image) -> bytes:
    picture.resize((80, 60)).save(buffer := io.BytesIO(), "JPEG", quality=80)
    return buffer.getvalue()


def _rewritten(seed: int, write: Callable[[Image.Image], bytes]) -> pa.Table:
    table = clean_pictures(seed)
    cells, kinds = table.column("image").to_pylist(), table.column("class").to_pylist()
    for cell, kind in zip(cells, kinds, strict=True):
        if kind == "large":
            cell["bytes"] = write(Image.open(io.BytesIO(cell["bytes"])))
    return table.set_column(0, "image", pa.array(cells, FILE))


PLANTED_ANSWERS: dict[str, tuple[str, Callable[[int], pa.Table]]] = {
    "filled for one category": ("leak", with_reason),
    "the answer under other names": ("leak", with_code),
    "a number that the answer was cut from": ("leak", with_score),
    "the answer in another unit": ("leak", with_cents),
    "darker pictures of one category": ("shortcuts", by_another_lamp),
    "one category by another camera": ("shortcuts", by_another_camera),
    "40 test rows": ("too_few", clean_table),
}
