"""Clean data of every kind, made from a seed: nothing is wrong with them, so nothing may be found in them."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from PIL import Image

from fromraw.sources.base import FILE


def clean_table(seed: int, rows: int = 400) -> pa.Table:
    """Numbers, some skewed or rounded, categories, gaps at random, and a noisy category to predict."""
    random = np.random.default_rng(seed)
    hidden = random.normal(size=(rows, 3))
    table: dict[str, Any] = {f"x{i}": hidden @ random.normal(size=3) + random.normal(size=rows) for i in range(4)}
    table["amount"] = np.exp(hidden[:, 0] + 0.5 * random.normal(size=rows)).round(2)
    table["visits"] = random.poisson(3, rows)
    table["place"] = np.array(["north", "south", "east", "west"])[random.choice(4, rows, p=[0.4, 0.3, 0.2, 0.1])]
    table["gaps"] = pa.array(random.normal(size=rows), mask=random.random(rows) < 0.2)
    table["label"] = np.where(hidden[:, 0] + 0.7 * random.normal(size=rows) > 0, "yes", "no")
    return pa.table(table)


def clean_numbers(seed: int, rows: int = 400) -> pa.Table:
    """Numbers, and a number to predict."""
    random = np.random.default_rng(seed)
    x = random.normal(size=(rows, 6))
    price = 100 + 20 * x[:, 0] - 10 * np.abs(x[:, 1]) + 15 * random.normal(size=rows)
    return pa.table({**{f"x{i}": x[:, i] for i in range(6)}, "price": price})


def clean_pictures(seed: int, rows: int = 120) -> pa.Table:
    """Blobs of color on a rough ground, of two kinds that differ in how large the blobs are; names tell nothing."""
    random = np.random.default_rng(seed)
    kinds = random.integers(0, 2, rows)
    cells = [{"path": f"img_{n:04}.png", "bytes": png(blobs(random, 3 + 5 * kind))} for n, kind in enumerate(kinds)]
    return pa.table({"image": pa.array(cells, FILE), "class": np.array(["small", "large"])[kinds]})


def clean_series(seed: int, rows: int = 150) -> pa.Table:
    """Noisy waves of two lengths of period."""
    random = np.random.default_rng(seed)
    kinds, steps = random.integers(0, 2, rows), np.arange(40)
    waves = [
        (np.sin(steps / (2 + 2 * kind) + 6 * random.random()) + 0.5 * random.normal(size=40)).tolist() for kind in kinds
    ]
    return pa.table({"series": pa.array(waves, pa.list_(pa.float64())), "label": np.array(["slow", "fast"])[kinds]})


def clean_tails(seed: int, rows: int = 400) -> pa.Table:
    """Numbers whose tails are heavy or short, rounded or counted: the largest is far out, as is to be expected."""
    random = np.random.default_rng(seed)
    return pa.table(
        {
            "tides": random.standard_t(3, rows),
            "incomes": np.exp(random.normal(10, 1, rows)).round(2),
            "floods": np.exp(random.normal(0, 2, rows)),
            "cities": (random.pareto(1, rows) + 1).round(4),
            "waits": random.exponential(20, rows),
            "ages": random.normal(40, 12, rows).round(),
            "shares": random.beta(0.5, 0.5, rows),
            "visits": random.negative_binomial(1, 0.2, rows),
            "accidents": random.poisson(0.05, rows),
            "change": random.standard_t(3, rows).round(1),
            "loss": 3 * random.standard_t(3, rows) + 50,
        }
    )


def clean_wholes(seed: int, rows: int = 400) -> pa.Table:
    """Whole numbers and codes that differ in most rows or in few, and are measurements or categories all the same."""
    random = np.random.default_rng(seed)
    people = np.exp(random.normal(9, 1.5, rows)).astype(int)
    return pa.table(
        {
            "people": people,
            "seconds": random.permutation(20 * rows)[:rows],
            "year": random.integers(1990, 2024, rows),
            "built": 1800 + np.sort(random.integers(0, 200, rows)),
            "zone": np.array([f"Z{n:03}" for n in range(40)])[random.integers(0, 40, rows)],
            "steps": random.poisson(9000, rows),
            "rank": random.integers(1, 11, rows),
            "label": np.where(np.log(people) + random.normal(size=rows) > 9, "town", "village"),
        }
    )


CLEAN: dict[str, Callable[[int], pa.Table]] = {
    "table": clean_table,
    "numbers": clean_numbers,
    "pictures": clean_pictures,
    "series": clean_series,
    "heavy tails": clean_tails,
    "whole numbers and codes": clean_wholes,
}


def blobs(random: np.random.Generator, radius: float, size: tuple[int, int] = (48, 64)) -> np.ndarray:
    """(h, w, 3) uint8: about a dozen soft spots of color on noise."""
    y, x = np.mgrid[: size[0], : size[1]]
    picture = 110 + random.normal(0, 12, (*size, 3)) + random.normal(0, 25, 3)
    for _ in range(12):
        at = random.random(2) * size
        spot = np.exp(-((y - at[0]) ** 2 + (x - at[1]) ** 2) / (2 * radius**2))
        picture += spot[..., None] * random.normal(0, 90, 3)
    return picture.clip(0, 255).astype(np.uint8)


def png(pixels: np.ndarray) -> bytes:
    Image.fromarray(pixels).save(buffer := io.BytesIO(), "PNG")
    return buffer.getvalue()
