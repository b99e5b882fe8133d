"""Faults of single columns, cells and lines, planted in clean tables and written as CSV: {fault: (the finder that must
find it, what writes the file)}."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

from tests.findings.clean import clean_table


def as_csv(table: pa.Table, folder: Path) -> Path:
    csv.write_csv(table, folder / "data.csv")
    return folder / "data.csv"


def clean_csv(seed: int, folder: Path) -> Path:
    """Nothing is wrong with it."""
    return as_csv(clean_table(seed), folder)


def with_a_running_number(seed: int, folder: Path) -> Path:
    """Rows are counted, from any number on, under a name that tells nothing."""
    return _beside("nr", np.arange(400) + np.random.default_rng(seed).integers(0, 10_000), seed, folder)


def with_names_of_rows(seed: int, folder: Path) -> Path:
    """Each row has a name of its own."""
    letters, numbers = np.random.default_rng(seed).integers(0, 26, 400), np.random.default_rng(seed).permutation(400)
    return _beside("trap", [f"{chr(65 + a)}-{b:03}" for a, b in zip(letters, numbers, strict=True)], seed, folder)


def with_shuffled_numbers(seed: int, folder: Path) -> Path:
    """Whole numbers in no order, under a name that says what they are."""
    return _beside("record_id", np.random.default_rng(seed).permutation(5000)[:400], seed, folder)


def with_one_value(seed: int, folder: Path) -> Path:
    """The same in every row."""
    return _beside("country", ["NO", 7, 0.5, "2024-05-01"][seed % 4 : seed % 4 + 1] * 400, seed, folder)


def with_nothing(seed: int, folder: Path) -> Path:
    """A column without a single filled cell."""
    return _beside("country", pa.nulls(400, pa.string()), seed, folder)


def with_words(seed: int, folder: Path) -> Path:
    """Three cells of a column of numbers are words."""
    random = np.random.default_rng(seed)
    weight = random.normal(10, 2, 400).round(2).astype("U10")
    weight[random.choice(400, 3, replace=False)] = random.choice(["heavy", "about 9", "see note"], 3)
    return _beside("weight", weight, seed, folder)


def with_broken_lines(seed: int, folder: Path) -> Path:
    """Three lines have a cell too many or too few."""
    random, path = np.random.default_rng(seed), clean_csv(seed, folder)
    lines = path.read_text().splitlines()
    for line in 1 + random.choice(400, 3, replace=False):
        lines[line] = lines[line] + ",7" if random.random() < 0.5 else lines[line].partition(",")[2]
    path.write_text("\n".join(lines) + "\n")
    return path


def with_a_rare_kind(seed: int, folder: Path) -> Path:
    """Up to nine rows are of a third kind."""
    random, table = np.random.default_rng(seed), clean_table(seed)
    label = table.column("label").to_numpy().astype("U6")
    label[random.choice(400, random.integers(1, 10), replace=False)] = "hardly"
    return as_csv(table.set_column(table.num_columns - 1, "label", pa.array(label)), folder)


def _beside(name: str, cells: object, seed: int, folder: Path) -> Path:
    return as_csv(clean_table(seed).add_column(0, name, pa.array(cells)), folder)


PLANTED_CELLS: dict[str, tuple[str, Callable[[int, Path], Path]]] = {
    "a running number": ("identifier", with_a_running_number),
    "a name for each row": ("identifier", with_names_of_rows),
    "shuffled numbers called record_id": ("identifier", with_shuffled_numbers),
    "one value in all rows": ("constant", with_one_value),
    "an empty column": ("constant", with_nothing),
    "three words among numbers": ("unreadable", with_words),
    "three broken lines": ("ragged", with_broken_lines),
    "one to nine rows of a kind": ("rare", with_a_rare_kind),
}
