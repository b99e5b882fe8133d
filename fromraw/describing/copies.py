"""Rows that are copies of others: exactly, but for a column that names them, or nearly, where they are pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.base import Column
from fromraw.describing.hashing import hash_rows
from fromraw.describing.near_copies import SIZE, Near, clusters_of, find_near_copies
from fromraw.describing.recognizing import Known
from fromraw.describing.survey import Survey
from fromraw.randomness import key_of, mix
from fromraw.sources.base import Source

MOST_PICTURES, MOST_BYTES = 30_000, 512 << 20
"""Pictures that are compared, and the bytes of their files; of more, a part chosen by contents."""
LARGEST = 0.2
"""Of all rows; copies of one another that are more than this are left where they are, as nothing could be split."""


@dataclass(frozen=True)
class Copies:
    """Rows that are copies, by their numbers.

    hashes: (n,) uint64, equal for rows that are kept on one side; exact, unnamed: (n,) int, one number for rows that
    are copies of one another (exactly; but for columns that are left out), -1 for others; near: (pairs, 2), among the
    pictures `looked` at; mirrored: how many of these pairs are; names: of the file of each row, where rows are files.
    """

    hashes: np.ndarray
    exact: np.ndarray
    unnamed: np.ndarray
    near: np.ndarray = field(default_factory=lambda: np.zeros((0, 2), np.int64))
    mirrored: int = 0
    looked: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    thumbnails: np.ndarray = field(default_factory=lambda: np.zeros((0, SIZE, SIZE, 3), np.uint8))
    names: Sequence[str | None] = ()

    def without_thumbnails(self) -> "Copies":
        """The same, in little memory."""
        return replace(self, thumbnails=self.thumbnails[:0].copy())


def find_copies(source: Source, survey: Survey, known: dict[str, Known], join: bool = True) -> Copies:
    """One more reading of the pictures, where there are any, and of tables in which rows are alike but for a name.
    join: whether all copies are kept on one side; else exact ones alone."""
    hashes = survey.hashes
    used = [name for k in known.values() if k.role != "left out" for name in k.column.fields]
    exact = _sets_of(hashes)
    if (exact >= 0).any() and not _is_telling(source, survey, used, hashes):
        exact = np.full(len(hashes), -1)
    unnamed = np.full(len(hashes), -1)
    if any(k.role == "left out" and k.column.names_rows for k in known.values()) and used:
        alike = _hashes_of(source, used)
        unnamed = _sets_of(alike)
        if (unnamed >= 0).any() and _is_telling(source, survey, used, alike):
            hashes = _joined(hashes, unnamed) if join else hashes
        else:
            unnamed = np.full(len(hashes), -1)
    pictures = [column for column in (k.column for k in known.values() if k.role == "input") if _seen(column, survey)]
    if len(pictures) != 1:
        return Copies(hashes, exact, unnamed)
    looked, thumbnails, names = _look(source, survey, pictures[0])
    near = find_near_copies(thumbnails)
    if join and len(near.pairs):
        hashes = _joined_near(hashes, looked, near)
    return Copies(hashes, exact, unnamed, looked[near.pairs], int(near.mirrored.sum()), looked, thumbnails, names)


# ------------------------------------------------------------------------------------------------------ equal contents


def _sets_of(hashes: np.ndarray) -> np.ndarray:
    """(n,) int: the number of each row's set of equal ones, -1 where it is alone."""
    _, number, count = np.unique(hashes, return_inverse=True, return_counts=True)
    return np.where(count[number] > 1, number, -1)


def _hashes_of(source: Source, fields: Sequence[str]) -> np.ndarray:
    return np.concatenate([hash_rows(batch) for batch in source.batches(fields)] or [np.zeros(0, np.uint64)])


def _is_telling(source: Source, survey: Survey, fields: Sequence[str], hashes: np.ndarray) -> bool:
    """Whether rows are equal for another reason than that few different ones can be.

    A third of the columns is left out. By chance, of the pairs that are equal in the others only so many were equal in
    these too as pairs of any rows are (of the survey's sample); far more must be (a root, as columns go together).
    """
    if any(pa.types.is_nested(f.type) for f in source.chosen(list(fields))):
        return True
    sample = survey.sample.combine_chunks().to_batches()[0]
    each = [_equal_pairs(hash_rows(sample.select([name]))) for name in fields]
    order = np.argsort(each, kind="stable")
    kept = [fields[place] for place in sorted(order[np.arange(len(order)) % 3 != 0])]
    if not kept:
        return False
    pairs = max(1.0, sample.num_rows * (sample.num_rows - 1) / 2)
    chance = float(np.prod([(each[place] + 0.5) / pairs for place in order[::3]]))
    return _equal_pairs(hashes) > 5 * _equal_pairs(_hashes_of(source, kept)) * chance**0.5


def _equal_pairs(hashes: np.ndarray) -> float:
    counts = np.unique(hashes, return_counts=True)[1].astype(float)
    return float((counts * (counts - 1) / 2).sum())


def _joined(hashes: np.ndarray, sets: np.ndarray) -> np.ndarray:
    """Rows of one set (>= 0) get the least of their hashes; a set that is too large is left alone."""
    inside = np.flatnonzero(sets >= 0)
    _, number, count = np.unique(sets[inside], return_inverse=True, return_counts=True)
    small = count[number] <= max(2, LARGEST * len(hashes))
    inside, number = inside[small], number[small]
    least = np.full(len(count), np.iinfo(np.uint64).max, np.uint64)
    np.minimum.at(least, number, hashes[inside])
    joined = hashes.copy()
    joined[inside] = least[number]
    return joined


# ------------------------------------------------------------------------------------------------------------- pictures


def _seen(column: Column, survey: Survey) -> bool:
    first = survey.sample.select(list(column.fields)).slice(0, 1).combine_chunks().to_batches()
    return bool(first) and column.thumbnails(first[0], SIZE) is not None


def _look(source: Source, survey: Survey, column: Column) -> tuple[np.ndarray, np.ndarray, list[str | None]]:
    """Rows of the pictures looked at, their thumbnails, and the file name of every row, None where it has none."""
    fresh = type(column)(column.name, column.fields, **column.settings)
    sample = survey.sample.select(list(column.fields)).slice(0, 64)
    fresh.fit(sample.combine_chunks().to_batches())
    most = min(MOST_PICTURES, int(MOST_BYTES / max(1, sample.nbytes / max(1, sample.num_rows))))
    chosen = np.zeros(survey.rows, bool)
    chosen[np.argsort(mix(survey.hashes ^ np.uint64(key_of("near copies"))), kind="stable")[:most]] = True
    rows, found, names, start = [], [], [], 0
    for batch in source.batches(list(column.fields)):
        names += _names_in(batch)
        here = np.flatnonzero(chosen[start : start + batch.num_rows])
        if len(here):
            pixels, seen = fresh.thumbnails(batch.take(pa.array(here)), SIZE)  # type: ignore[misc]
            rows.append(start + here[seen])
            found.append(pixels[seen])
        start += batch.num_rows
    if not found:
        return np.zeros(0, np.int64), np.zeros((0, SIZE, SIZE, 3), np.uint8), names
    return np.concatenate(rows), np.concatenate(found), names


def _names_in(batch: pa.RecordBatch) -> list[str | None]:
    cells = batch.column(0)
    if not pa.types.is_struct(cells.type) or cells.type.get_field_index("path") < 0:
        return [None] * batch.num_rows
    return pc.struct_field(cells, "path").to_pylist()


def _joined_near(hashes: np.ndarray, looked: np.ndarray, near: Near) -> np.ndarray:
    """Clusters of near copies, and with each picture its exact copies."""
    cluster = clusters_of(near, len(looked))
    alone = np.bincount(cluster)[cluster] == 1
    sets = np.full(len(hashes), -1)
    sets[looked] = np.where(alone, -1, cluster)
    same = np.unique(hashes, return_inverse=True)[1]
    of_hash = np.full(same.max() + 1, -1)
    of_hash[same[looked[~alone]]] = cluster[~alone]
    return _joined(hashes, np.where(sets < 0, of_hash[same], sets))
