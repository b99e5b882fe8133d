"""Rows that lie near one another for the net: k-means of its summaries, and in which words a cluster can be told.

Lloyd, "Least squares quantization in PCM", IEEE Transactions on Information Theory 1982; that errors gather in such
clusters: Eyuboglu and others, "Domino: discovering systematic errors with cross-modal embeddings", ICLR 2022.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from fromraw.audits.slices import Slice
from fromraw.columns.base import Trait
from fromraw.evaluation.coarse import direction
from fromraw.evaluation.unlike import watch_rows
from fromraw.gathering import Ground
from fromraw.randomness import key_of, mix
from fromraw.splits import TRAIN
from fromraw.system import System

MOST, ROWS_OF_ONE = 10, 50
"""Clusters, and the training rows for which there is one of them."""
LEARNED_FROM = 2000
"""Training rows, at most."""
CENTER = 50
"""Rows that stand for a cluster, of which those that are tested can be shown."""
_ROUNDS = 30
_CLEAR = 0.8
"""The share of a cluster's rows beyond the middle of all rows, or of one value, by which it is told."""


def cluster_rows(
    system: System, ground: Ground, rows: np.ndarray, device: str, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """(n,) each row's cluster, and how far it is from the middle of that, squared. What clusters there are, training
    rows say."""
    train = ground.rows.of(TRAIN)
    keys = mix(ground.rows.hashes[train] ^ np.uint64(key_of("clusters", seed)))
    learned = _summaries(system, ground, np.sort(train[np.argsort(keys, kind="stable")[:LEARNED_FROM]]), device)
    centers = find_centers(learned, min(MOST, len(learned) // ROWS_OF_ONE), seed)
    far = _squares(_summaries(system, ground, rows, device), centers)
    nearest = far.argmin(1)
    return nearest, far[np.arange(len(far)), nearest]


def _summaries(system: System, ground: Ground, rows: np.ndarray, device: str) -> np.ndarray:
    """(n, D) what the net makes of each row, by direction and length."""
    found: list[np.ndarray] = []
    keep = lambda batch, summary: found.append(direction(summary.float()).double().cpu().numpy())  # noqa: E731
    watch_rows(system, ground.examples, rows, device, keep)
    return np.concatenate(found)


def find_centers(points: np.ndarray, count: int, seed: int) -> np.ndarray:
    """(count, D), one at least: begun far apart (Arthur, Vassilvitskii, "k-means++", SODA 2007)."""
    random = np.random.default_rng(key_of(seed, "centers"))
    centers = points[random.integers(len(points))][None]
    while len(centers) < count:
        far = _squares(points, centers).min(1)
        if far.sum() <= 0:
            break
        centers = np.concatenate([centers, points[random.choice(len(points), p=far / far.sum())][None]])
    for _ in range(_ROUNDS):
        nearest = _squares(points, centers).argmin(1)
        moved = np.stack([points[nearest == k].mean(0) if (nearest == k).any() else c for k, c in enumerate(centers)])
        if np.array_equal(moved, centers):
            break
        centers = moved
    return centers


def _squares(points: np.ndarray, centers: np.ndarray) -> np.ndarray:
    """(n, k) squared distances."""
    squares = (points**2).sum(1)[:, None] - 2 * points @ centers.T + (centers**2).sum(1)
    return np.asarray(np.maximum(squares, 0.0))


def cluster_slices(
    nearest: np.ndarray, far: np.ndarray, rows: np.ndarray, traits: Sequence[Trait], fewest: int
) -> Iterator[Slice]:
    """A slice a cluster of so many rows at least, told by what its rows have in common."""
    for number in np.unique(nearest):
        inside = nearest == number
        if fewest <= inside.sum() < len(inside):
            center = np.flatnonzero(inside)[np.argsort(far[inside], kind="stable")[:CENTER]]
            words = ": ".join(filter(None, (f"cluster {number + 1}", in_common(traits, inside))))
            name = f"rows look alike to the net ({words})"
            yield Slice(name, "what the net makes of it", inside, True, rows[center].tolist())


def in_common(traits: Sequence[Trait], inside: np.ndarray, most: int = 2) -> str:
    """'x1 mostly above 2.3, place mostly north': by what most rows inside differ from most of the others."""
    told = []
    for trait in traits:
        found = _of_number(trait, inside) if trait.values.dtype.kind == "f" else _of_text(trait, inside)
        told += [found] if found else []
    return ", ".join(words for _, words in sorted(told, key=lambda pair: -pair[0])[:most])


def _of_number(trait: Trait, inside: np.ndarray) -> tuple[float, str] | None:
    known = ~np.isnan(trait.values)
    if not (known & inside).any():
        return None
    middle = float(np.median(trait.values[known]))
    above = float((trait.values[known & inside] > middle).mean())
    below = float((trait.values[known & inside] < middle).mean())
    if max(above, below) < _CLEAR:
        return None
    return max(above, below) - 0.5, f"{trait.name} mostly {'above' if above > below else 'below'} {trait.write(middle)}"


def _of_text(trait: Trait, inside: np.ndarray) -> tuple[float, str] | None:
    values, counts = np.unique(trait.values[inside], return_counts=True)
    value, share = values[counts.argmax()], counts.max() / inside.sum()
    elsewhere = float((trait.values[~inside] == value).mean())
    if share < _CLEAR or share - elsewhere < 0.3:
        return None
    return share - elsewhere, f"{trait.name} mostly {value or 'missing'}"
