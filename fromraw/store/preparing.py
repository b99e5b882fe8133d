"""Preparing: one pass over the source writes the stored form of every column that is not in the cache yet."""

import hashlib
import inspect
import json
import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column, Stored
from fromraw.sources.base import Problem, Source
from fromraw.store.cache import DESCRIPTION, cache_folder, lock_of
from fromraw.store.prepared import Writer, join, open_prepared, problems_of


def name_of(source: Source, column: Column, keep: np.ndarray | None) -> str:
    """The digest that a prepared column is known by: of the data, its settings and fit, and the code that prepares."""
    facts = [source.fingerprint(), column.type, column.name, column.fields, column.settings, column.state()]
    digest = hashlib.blake2b(json.dumps(facts, sort_keys=True, default=str).encode(), digest_size=16)
    for file in sorted(Path(inspect.getfile(type(column))).parent.glob("*.py")):
        digest.update(file.read_bytes())
    if keep is not None:
        digest.update(np.packbits(keep).tobytes())
    return digest.hexdigest()


@dataclass(frozen=True)
class Prepared:
    """Prepared columns of the same rows. rows: (n,), which rows of the source they are; problems: with their cells;
    mebibytes: what they take in the cache."""

    columns: dict[str, Stored]
    rows: np.ndarray
    problems: list[Problem]
    mebibytes: int = 0


def _open(folders: dict[str, Path], rows: np.ndarray, memory_bytes: int) -> Prepared:
    share = memory_bytes // max(1, len(folders))
    columns = {name: open_prepared(folder, share) for name, folder in folders.items()}
    problems = [p for folder in folders.values() for p in problems_of(folder)]
    size = sum(f.stat().st_size for d in folders.values() for f in d.glob("*.npy"))
    return Prepared(columns, rows, problems, max(1, size >> 20))


def prepare(
    source: Source,
    columns: Sequence[Column],
    rows: int,
    keep: np.ndarray | None = None,
    memory_bytes: int = 2 << 30,
    tick: Callable[[int], None] = lambda rows: None,
) -> Prepared:
    """The columns' stored form, from the cache or written there; tick is told how many rows are done.

    keep: (rows,) bool, to prepare a part of the rows only.
    """
    folders = {column.name: cache_folder() / name_of(source, column, keep) for column in columns}
    cache_folder().mkdir(parents=True, exist_ok=True)
    chosen = np.flatnonzero(keep) if keep is not None else np.arange(rows)
    with ExitStack() as stack:
        for folder in sorted(set(folders.values())):
            stack.enter_context(lock_of(folder))
        missing = [column for column in columns if not folders[column.name].exists()]
        if missing:
            place = str(Path(source.place).resolve()) if Path(source.place).exists() else source.place
            writers = {c: Writer(folders[c.name], {"data": place, "column": c.name}) for c in missing}
            _write(source, writers, keep, tick)
        for folder in folders.values():
            os.utime(folder / DESCRIPTION)
        return _open(folders, chosen, memory_bytes)  # opened while locked: from here on nobody can take it away


def prepare_in_memory(source: Source, columns: Sequence[Column], rows: int, keep: np.ndarray | None = None) -> Prepared:
    """The same, and nothing is written: for rows that will not come again."""
    chosen = np.flatnonzero(keep) if keep is not None else np.arange(rows)
    fields = list(dict.fromkeys(name for column in columns for name in column.fields))
    parts: dict[str, list[Stored]] = {column.name: [] for column in columns}
    problems: list[Problem] = []
    start = 0
    for batch in source.batches(fields):
        here = chosen[np.searchsorted(chosen, start) : np.searchsorted(chosen, start + batch.num_rows)]
        part = batch if len(here) == batch.num_rows else batch.take(pa.array(here - start))
        for column in columns:
            stored, found = column.prepare(part, here)
            parts[column.name].append(stored)
            problems += found
        start += batch.num_rows
    return Prepared({name: join(several) for name, several in parts.items()}, chosen, problems)


def _write(source: Source, writers: dict[Column, Writer], keep: np.ndarray | None, tick: Callable[[int], None]) -> None:
    """What is there already is counted in rows: where a source cuts its batches depends on the columns asked for."""
    fields = list(dict.fromkeys(name for column in writers for name in column.fields))
    start = 0
    try:
        for batch in source.batches(fields):
            first, start = start, start + batch.num_rows
            for done in {writer.rows for writer in writers.values() if writer.rows < start}:
                rows = np.arange(done, start)
                rows = rows if keep is None else rows[keep[rows]]
                part = batch if len(rows) == batch.num_rows else batch.take(pa.array(rows - first))
                for column, writer in writers.items():
                    if writer.rows == done:
                        writer.append(*column.prepare(part, rows), start - done)
            tick(start)
        for writer in writers.values():
            writer.finish()
    finally:
        for writer in writers.values():
            writer.close()
