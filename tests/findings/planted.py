"""Faults planted in clean data: {fault: (the finder that must find it, what makes the data)}."""

import io
from collections.abc import Callable

import numpy as np
import pyarrow as pa
from PIL import Image

from fromraw.sources.base import FILE
from tests.findings.clean import blobs, clean_numbers, clean_pictures, clean_table, png


def with_copies(seed: int) -> pa.Table:
    """A tenth of the rows comes twice."""
    table = clean_table(seed)
    return pa.concat_tables([table, table.slice(0, 40)])


def with_renamed_copies(seed: int) -> pa.Table:
    """A tenth of the rows comes twice, under another name."""
    table = with_copies(seed)
    return table.add_column(0, "id", pa.array([f"r{row:05}" for row in range(table.num_rows)]))


def with_copies_in_test(seed: int) -> pa.Table:
    """Data with a split of their own, in which a third of the test rows are training rows."""
    table = clean_table(seed, 300)
    table = pa.concat_tables([table, table.slice(0, 20)])
    return table.append_column("split", pa.array(["train"] * 260 + ["test"] * 60))


def with_near_copies(seed: int) -> pa.Table:
    """A fifth of the pictures comes twice: smaller and compressed, cropped and mirrored, or lighter."""
    random, table = np.random.default_rng(seed), clean_pictures(seed)
    cells = table.column("image").to_pylist()
    copies = [{"path": f"new_{n}.jpg", "bytes": _changed(cells[n]["bytes"], n, random)} for n in range(24)]
    kinds = table.column("class").to_pylist()
    return pa.table({"image": pa.array(cells + copies, FILE), "class": kinds + kinds[:24]})


def _changed(content: bytes, way: int, random: np.random.Generator) -> bytes:
    picture = Image.open(io.BytesIO(content))
    if way % 3 == 0:
        picture = picture.resize((45, 36))
    elif way % 3 == 1:
        left, top = random.integers(0, 4, 2)
        picture = picture.crop((left, top, left + 61, top + 45)).transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    else:
        picture = picture.point(lambda value: min(255, int(1.1 * value + 5)))
    picture.save(buffer := io.BytesIO(), "JPEG", quality=50)
    return buffer.getvalue()


def of_subjects(seed: int) -> pa.Table:
    """Pictures of 24 subjects, each before a ground of its own; the subject is told by the files' names."""
    random = np.random.default_rng(seed)
    who, kinds, tint = random.integers(0, 24, 160), random.integers(0, 2, 160), random.normal(0, 45, (24, 3))
    grounds = [(blobs(random, 3 + 5 * kind) + tint[s]).clip(0, 255) for s, kind in zip(who, kinds, strict=True)]
    cells = [
        {"path": f"h{s:02}_{n:04}.png", "bytes": png(ground.astype(np.uint8))}
        for n, (s, ground) in enumerate(zip(who, grounds, strict=True))
    ]
    return pa.table({"image": pa.array(cells, FILE), "class": np.array(["small", "large"])[kinds]})


def in_folders(seed: int) -> pa.Table:
    """The same, told by folders inside the classes."""
    table = of_subjects(seed)
    kinds, cells = table.column("class").to_pylist(), table.column("image").to_pylist()
    for kind, cell in zip(kinds, cells, strict=True):
        who, number = cell["path"].split("_")
        cell["path"] = f"{kind}/{who}/{number}"
    return table.set_column(0, "image", pa.array(cells, FILE))


def of_patients(seed: int) -> pa.Table:
    """80 patients with five rows each, alike in two columns."""
    random = np.random.default_rng(seed)
    table, who = clean_table(seed), random.permutation(np.arange(400) // 5)
    for name in ("x1", "amount"):
        own = random.normal(size=80)[who] * 2 * np.std(table.column(name))
        table = table.set_column(
            table.schema.get_field_index(name), name, pa.array(table.column(name).to_numpy() + own)
        )
    return table.add_column(0, "patient_id", pa.array([f"P{100 + number}" for number in who]))


def over_years(seed: int) -> pa.Table:
    """Rows in order of their date, along which the answer comes more often."""
    random = np.random.default_rng(seed)
    table, day = clean_table(seed), np.sort(random.integers(0, 1500, 400))
    label = np.where(random.random(400) < 0.2 + 0.6 * day / 1500, "yes", "no")
    dated = table.add_column(0, "signup", pa.array(np.datetime64("2019-01-01") + day))
    return dated.set_column(dated.num_columns - 1, "label", pa.array(label))


def one_after_another(seed: int) -> pa.Table:
    """Rows of a machine that warms up and cools down; nothing says when they were taken."""
    random = np.random.default_rng(seed)
    heat, table = np.zeros(400), clean_numbers(seed)
    for n in range(1, 400):
        heat[n] = 0.95 * heat[n - 1] + random.normal()
    return table.set_column(0, "x0", pa.array(heat))


def with_missing_codes(seed: int) -> pa.Table:
    """Two cells in a hundred of a column are -999."""
    random, table = np.random.default_rng(seed), clean_table(seed)
    return _changed_cells(table, "x1", random.choice(400, 8, replace=False), -999.0)


def with_a_slip(seed: int) -> pa.Table:
    """One cell of numbers from 0 to 100 is a million."""
    random, table = np.random.default_rng(seed), clean_table(seed)
    table = table.add_column(0, "score", pa.array(random.uniform(0, 100, 400).round(1)))
    return _changed_cells(table, "score", random.integers(400, size=1), 1e6)


def with_odd_answers(seed: int) -> pa.Table:
    """Three numbers to be predicted are in another unit."""
    random, table = np.random.default_rng(seed), clean_numbers(seed)
    rows = random.choice(400, 3, replace=False)
    return _changed_cells(table, "price", rows, 1000 * table.column("price").to_numpy()[rows])


def _changed_cells(table: pa.Table, name: str, rows: np.ndarray, values: object) -> pa.Table:
    cells = table.column(name).to_numpy().copy()
    cells[rows] = values
    return table.set_column(table.schema.get_field_index(name), name, pa.array(cells))


PLANTED: dict[str, tuple[str, Callable[[int], pa.Table]]] = {
    "copies": ("copies", with_copies),
    "copies under another name": ("copies", with_renamed_copies),
    "copies in the data's own test rows": ("copies", with_copies_in_test),
    "near copies": ("copies", with_near_copies),
    "subjects by names": ("groups", of_subjects),
    "subjects in folders": ("groups", in_folders),
    "patients by a column": ("groups", of_patients),
    "drift along a date": ("time_order", over_years),
    "rows one after another": ("time_order", one_after_another),
    "a code for missing": ("outliers", with_missing_codes),
    "a million beside 0 to 100": ("outliers", with_a_slip),
    "answers in another unit": ("outliers", with_odd_answers),
}
