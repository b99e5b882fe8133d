"""Groups that nobody named: rows of one subject, told by files' names, by folders inside classes, or by a column.

A guess must be sure in two ways. By its form: at least ten groups, several rows in most of them, none too large, never
a name that gives the answer. And by what it does: rows of a group must be more alike than rows of the same answer are
where the groups are dealt anew, by far (permutation test of the variance between groups, z above 7).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column
from fromraw.columns.names import names_an_id, names_who
from fromraw.describing.copies import Copies
from fromraw.describing.hashing import hash_cells
from fromraw.describing.recognizing import Known
from fromraw.describing.survey import read_cells
from fromraw.randomness import key_of, mix
from fromraw.sources.base import Source

FEWEST, LARGEST = 10, 0.2
"""Groups, and the most of all rows that one of them may hold."""
_SURE, _GAIN = 7.0, 0.05
"""Deviations above what chance gives, and how much more of a variance, that groups must explain."""
_ROWS, _COLUMNS, _DEALS, _EVEN = 4000, 16, 100, 50
_WORDS = 12
"""So many different endings that are no numbers ('left', 'right') a file's name may have after its group."""
_ENDING = re.compile(r"^(.*\d.*?)[_\-. ]+([^_\-. ]+)$")


@dataclass(frozen=True)
class Groups:
    """of: (n,) int64, each row's group; column: that tells it, None where names do; words: how it was told; example: a
    name; kept: whether the split keeps them whole (not where the data's own has cut through them, nor where they are
    told by a column that a person wants read); told: whether it is for what a person said that they are not kept."""

    of: np.ndarray
    column: str | None
    words: str
    example: str = ""
    kept: bool = True
    told: bool = False

    @property
    def count(self) -> int:
        return len(np.unique(self.of))


def guess_groups(
    source: Source,
    known: dict[str, Known],
    copies: Copies,
    contents: np.ndarray,
    strata: np.ndarray | None,
    told: Sequence[str] = (),
) -> Groups | None:
    """By names where rows are files, else by a column. contents: (n,) uint64, of which a row without a name is its own
    group; strata: (n,) the answers' categories, None where they have none; told: columns that a person wants read, by
    which no rows are kept together."""
    answers = np.zeros(len(contents), np.int64) if strata is None else strata
    named = np.array([name is not None for name in copies.names], bool)
    if named.any():
        places, features = _of_thumbnails(copies)
        for keys, words in _name_keys(copies.names, _classes(source)):
            groups = _numbered(keys, contents)
            if (
                named.mean() > 0.95
                and _have_form(groups, answers)
                and _matter(features, groups[places], answers[places])
            ):
                return Groups(groups, None, words, next(filter(None, copies.names)))
        return None
    columns = _id_columns(known)
    for names in ([n for n in columns if n not in told], [n for n in columns if n in told]):
        if found := [g for name in names if (g := _by_column(source, known, name, contents, answers)) is not None]:
            best = min(found, key=lambda groups: groups.count)
            return replace(best, kept=False, told=True) if best.column in told else best
    return None


# ---------------------------------------------------------------------------------------------------------------- names


def _classes(source: Source) -> Sequence[str | None]:
    """What each row's folder may be called: the class that the source knows of."""
    fields = [f.name for f in source.fields if f.meaning in ("class", "label")]
    cells = read_cells(source, fields[:1]).column(0).to_pylist() if fields else []
    return [None if cell is None else str(cell) for cell in cells]


def _name_keys(names: Sequence[str | None], classes: Sequence[str | None]) -> Iterator[tuple[list[str | None], str]]:
    """Each row's group by each way of reading it, the coarsest first: folders below the class, then what the names
    begin with."""
    folders = [_below(name, kind) for name, kind in zip(names, classes, strict=True)] if classes else []
    if folders and all(folder is None or re.search(r"\d", folder) for folder in folders):
        yield folders, "the folders inside the classes"
    stems = [None if name is None else name.rsplit("/", 1)[-1].rsplit(".", 1)[0] for name in names]
    ways = []
    for _ in range(2):
        cut = [None if stem is None else _ENDING.match(stem) for stem in stems]
        endings = {match[2] for match in cut if match}
        told = sum(match is not None for match in cut)
        words = {ending for ending in endings if not re.search(r"\d", ending)}
        if not told or told < 0.95 * len(names) or len(words) > _WORDS:
            break
        stems = [match[1] if match else None for match in cut]
        ways.append((list(stems), "what the files' names begin with"))
    yield from reversed(ways)


def _below(name: str | None, kind: str | None) -> str | None:
    """The folders between the class's and the file."""
    steps = (name or "").split("/")[:-1]
    return "/".join(steps[steps.index(kind) + 1 :]) or None if kind in steps else None


# -------------------------------------------------------------------------------------------------------------- columns


def _id_columns(known: dict[str, Known]) -> list[str]:
    """Single fields whose names say that they tell who or what a row is of."""
    return [
        name
        for name, k in known.items()
        if k.role != "output" and k.column.fields == (name,) and (names_who(name) or names_an_id(name))
    ]


def _by_column(
    source: Source, known: dict[str, Known], name: str, contents: np.ndarray, answers: np.ndarray
) -> Groups | None:
    cells = read_cells(source, [name]).column(0).combine_chunks()
    if pa.types.is_floating(cells.type) or pa.types.is_nested(cells.type):
        return None
    groups = np.where(np.asarray(cells.is_null()), contents.view(np.int64), hash_cells(cells).view(np.int64))
    if not _have_form(groups, answers):
        return None
    if not names_who(name) and not 2 < len(groups) / len(np.unique(groups)) <= 50:
        return None
    rows = _whole_groups(groups)
    others = [k.column for other, k in known.items() if other != name and k.role != "left out" and k.column.scalar]
    features = _of_columns(source, others, rows)
    return Groups(groups, name, f"the column {name}") if _matter(features, groups[rows], answers[rows]) else None


def _whole_groups(groups: np.ndarray) -> np.ndarray:
    """Some thousand rows, whole groups of them, in order."""
    units, of, size = np.unique(groups, return_inverse=True, return_counts=True)
    order = np.argsort(mix(units.view(np.uint64) ^ np.uint64(key_of("groups"))), kind="stable")
    taken = np.zeros(len(units), bool)
    taken[order[: max(1, int(np.searchsorted(np.cumsum(size[order]), _ROWS, side="right")))]] = True
    return np.flatnonzero(taken[of])


# ------------------------------------------------------------------------------------------------------------- how sure


def _numbered(keys: Sequence[str | None], contents: np.ndarray) -> np.ndarray:
    hashes = hash_cells(pa.array(keys, pa.string())).view(np.int64)
    return np.where([key is None for key in keys], contents.view(np.int64), hashes)


def _have_form(groups: np.ndarray, answers: np.ndarray) -> bool:
    """Enough groups, several rows in most, none too large, and the answer not told by them."""
    _, of, size = np.unique(groups, return_inverse=True, return_counts=True)
    if len(size) < FEWEST or size.max() > LARGEST * len(groups) or len(groups) < 2 * len(size):
        return False
    if (size[of] > 1).mean() < 0.8:
        return False
    pairs, rows = np.unique(np.stack([of, answers]), axis=1, return_counts=True)
    purest = np.zeros(len(size))
    np.maximum.at(purest, pairs[0], rows)
    return not (purest.sum() > 0.95 * len(groups) and len(size) < 3 * len(np.unique(answers)))


def _matter(features: np.ndarray, groups: np.ndarray, answers: np.ndarray) -> bool:
    """Whether rows of a group are more alike than rows with the same answer are, dealt to groups anew."""
    if len(features) < 2 * FEWEST or not features.shape[1]:
        return False
    _, of = np.unique(groups, return_inverse=True)
    x = _even(features - _means(features, np.unique(answers, return_inverse=True)[1]))
    if x.shape[1] > 16:
        x = _even(x @ np.linalg.svd(x.T @ x)[0][:, :16])
    order, random = np.argsort(answers, kind="stable"), np.random.default_rng(key_of("deal"))
    dealt = []
    for _ in range(_DEALS):
        anew = of.copy()
        anew[order] = of[order[np.lexsort((random.random(len(of)), answers[order]))]]
        dealt.append(_between(x, anew))
    gain, chance = _between(x, of) - np.mean(dealt, 0), np.std(dealt, 0)
    return bool((gain > np.maximum(_SURE * chance, _GAIN)).any())


def _even(x: np.ndarray) -> np.ndarray:
    """(n, F) at mean 0 and deviation 1, without those columns of which a few rows make most of the variance: chance may
    put such rows into one small group."""
    x = (x - x.mean(0)) / np.maximum(x.std(0), 1e-9)
    x = np.clip(x, -4, 4)
    squares = x**2
    even: np.ndarray = x[:, squares.sum(0) ** 2 > _EVEN * np.maximum((squares**2).sum(0), 1e-9)]
    return even


def _between(x: np.ndarray, of: np.ndarray) -> np.ndarray:
    """(F,) the share of each variance that lies between groups."""
    share: np.ndarray = (_means(x, of) ** 2).sum(0) / np.maximum((x**2).sum(0), 1e-9)
    return share


def _means(x: np.ndarray, of: np.ndarray) -> np.ndarray:
    """(n, F): for each row the mean of its group."""
    size = np.maximum(np.bincount(of), 1)
    return np.stack([np.bincount(of, column) / size for column in x.T], 1)[of] if x.shape[1] else x


def _of_thumbnails(copies: Copies) -> tuple[np.ndarray, np.ndarray]:
    """Rows, and (rows, 192) their pictures at 8 x 8 pixels."""
    chosen = np.linspace(0, len(copies.looked) - 1, min(len(copies.looked), 2 * _ROWS)).astype(np.int64)
    small = copies.thumbnails[chosen].reshape(len(chosen), 8, 4, 8, 4, 3).mean((2, 4)).reshape(len(chosen), 192)
    return copies.looked[chosen], small


def _of_columns(source: Source, columns: Sequence[Column], rows: np.ndarray) -> np.ndarray:
    """(rows, F) numbers of the first columns, gaps at their mean, in one reading."""
    fields = [name for column in columns[:_COLUMNS] for name in column.fields]
    batches, found = list(_taken(source, fields, rows)), [np.zeros((len(rows), 0))]
    for column in columns[:_COLUMNS] if batches else ():
        fresh = type(column)(column.name, column.fields, **column.settings)
        fresh.fit([batch.select(list(column.fields)) for batch in batches])
        parts = [fresh.flat(fresh.prepare(batch, np.arange(batch.num_rows))[0]) for batch in batches]
        numbers = np.concatenate([part for part in parts if part is not None] or [np.zeros((len(rows), 0))])
        found.append(np.where(np.isfinite(numbers), numbers, 0.0)[:, :8])
    return np.concatenate(found, 1)


def _taken(source: Source, fields: Sequence[str], rows: np.ndarray) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in source.batches(list(fields)):
        low, high = np.searchsorted(rows, (start, start + batch.num_rows))
        if high > low:
            yield batch.take(pa.array(rows[low:high] - start))
        start += batch.num_rows
