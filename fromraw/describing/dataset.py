"""A data set as training sees it: rows, columns with roles, who is train, valid and test; columns fitted on train."""

import queue
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from fromraw.columns.base import Column, Stored
from fromraw.describing.copies import Copies, find_copies
from fromraw.describing.groups import Groups, guess_groups
from fromraw.describing.hashing import hash_cells
from fromraw.describing.recognizing import Known, Wishes, of_role, recognize
from fromraw.describing.survey import Survey, read_cells, survey
from fromraw.errors import UsageError
from fromraw.sources.base import Source
from fromraw.sources.naming import split_of
from fromraw.sources.opening import open_source
from fromraw.splits import NAMES, NONE, TRAIN, Split, split_rows


@dataclass(frozen=True)
class DataSet:
    """Everything that one reading tells, and the split. cells: the outputs of all rows, as stored; copies, guessed:
    which rows belong together though nobody said so; None where that was not asked, or no groups were found; wishes:
    what a person said of the columns; brought: the validation and test rows of their own, by `valid` and `test`."""

    source: Source
    survey: Survey
    known: dict[str, Known]
    split: Split
    cells: dict[str, Stored]
    copies: Copies | None = None
    guessed: Groups | None = None
    wishes: Wishes = field(default_factory=Wishes)
    brought: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hashes(self) -> np.ndarray:
        """(n,) uint64, of each row's contents; rows that are kept on one side as copies share one."""
        return self.survey.hashes if self.copies is None else self.copies.hashes

    @property
    def inputs(self) -> dict[str, Column]:
        return of_role(self.known, "input")

    @property
    def outputs(self) -> dict[str, Column]:
        return of_role(self.known, "output")

    def categories(self, side: int = TRAIN) -> dict[str, list[int]]:
        """{output: rows of each category} on one side, for outputs that have categories."""
        rows = self.split.rows(side)
        strata = {name: column.strata(self.cells[name]) for name, column in self.outputs.items()}
        return {
            name: np.bincount(s[rows], minlength=int(s.max(initial=0)) + 1)[1:].tolist()
            for name, s in strata.items()
            if s is not None
        }


def open_data(
    data: Any,
    wishes: Wishes | None = None,
    valid: Any = None,
    test: Any = None,
    tick: Callable[[int], None] = lambda rows: None,
    need_output: bool = True,
    spare_test: bool = False,
    read: Mapping[str, Any] | None = None,
    folds: int | None = 0,
    untested: bool = False,
) -> DataSet:
    """Open, survey, recognize, find what belongs together, and split."""
    wishes = wishes or Wishes()
    source = open_source(data, valid, test, read)
    seen = survey(source, tick)
    known = recognize(source, seen, wishes, need_output)
    outputs = of_role(known, "output")
    fields = [name for column in outputs.values() for name in column.fields]
    own = [f.name for f in source.fields if f.meaning == "split"]
    table = read_cells(source, [*fields, *own, *filter(None, (wishes.group, wishes.time))])
    _tell_of_no_split(source, table, own)
    cells = {name: _stored(column, table) for name, column in outputs.items()}
    usable = np.any([np.asarray(c["present"]) for c in cells.values()], axis=0) if cells else None
    strata = next((s for n, c in outputs.items() if (s := c.strata(cells[n])) is not None), None)
    sides = _own_split(table, own[0]) if own else None
    copies = find_copies(source, seen, known, join=wishes.guess)
    guessed = None
    if wishes.guess and not wishes.group and not wishes.time:
        told = [name for name, k in known.items() if k.role == "input" and (wishes.inputs or name in wishes.types)]
        guessed = _kept_if_whole(guess_groups(source, known, copies, seen.hashes, strata, told), sides)
    if guessed is not None and guessed.kept and guessed.column and known[guessed.column].role == "input":
        reason = f"{known[guessed.column].reason}; names the groups (guessed)"
        known[guessed.column] = replace(known[guessed.column], role="left out", reason=reason)
    groups = guessed.of if guessed is not None and guessed.kept else _groups(table, wishes.group, seen.hashes)
    split = split_rows(
        copies.hashes,
        own=sides,
        categories=strata,
        groups=groups,
        times=_times(table, known, wishes.time),
        usable=usable,
        spare_test=spare_test,
        folds=folds,
        untested=untested,
    )
    brought = {name: data for name, data in (("valid", valid), ("test", test)) if data is not None}
    return DataSet(source, seen, known, split, cells, copies.without_thumbnails(), guessed, wishes, brought)


def _kept_if_whole(guessed: Groups | None, own: np.ndarray | None) -> Groups | None:
    """Not kept whole where the data's own split cuts through them: it stays as it is."""
    if guessed is None or own is None:
        return guessed
    learned = np.unique(guessed.of[own == TRAIN])
    cut = np.isin(guessed.of[(own != TRAIN) & (own != NONE)], learned)
    return replace(guessed, kept=False, told=False) if cut.size and cut.mean() > 0.05 else guessed


def _stored(column: Column, table: pa.Table) -> Stored:
    """All cells of a small column in its stored form; fitted on all rows, so for splitting and counting only."""
    fresh = type(column)(column.name, column.fields, **column.settings)
    fresh.fit(table.to_batches())
    stored, _ = fresh.prepare(_one_batch(table), np.arange(table.num_rows))
    return stored


def _one_batch(table: pa.Table) -> pa.RecordBatch:
    batches = table.combine_chunks().to_batches()
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


def _tell_of_no_split(source: Source, table: pa.Table, names: Sequence[str]) -> None:
    """Say which words of the source's own split are none of a split."""
    for name in names:
        words = table.column(name).unique().drop_null().to_pylist()
        if unknown := [f'"{word}"' for word in words if split_of(str(word)) is None]:
            source.note(f"rows whose {name} is {', '.join(unknown[:4])} are neither train, valid nor test: not used")


def _own_split(table: pa.Table, name: str) -> np.ndarray:
    words = table.column(name).cast(pa.string()).combine_chunks().dictionary_encode()
    sides = np.array([*map(_side, words.dictionary.to_pylist()), NONE], np.int8)
    index = words.indices.fill_null(len(sides) - 1)
    return sides[index.to_numpy(zero_copy_only=False)]


def _side(word: str | None) -> int:
    """Whose rows a word for a split means; NONE where it is no such word."""
    split = split_of(str(word))
    return NONE if split is None else NAMES.index(split)


def _groups(table: pa.Table, name: str | None, contents: np.ndarray) -> np.ndarray | None:
    """A number for each row's group; a row whose group is missing is a group of its own, with its copies."""
    if not name:
        return None
    column = table.column(name).combine_chunks()
    hashes = hash_cells(column).view(np.int64)
    return np.where(np.asarray(column.is_null()), contents.view(np.int64), hashes)


def _times(table: pa.Table, known: dict[str, Known], name: str | None) -> np.ndarray | None:
    if not name:
        return None
    column = known[name].column
    flat = column.flat(_stored(column, table)) if getattr(column.spec, "numbers", ()) else None
    if flat is None:
        raise UsageError(
            f"--time {name}: it is {column.type}, which has no order in time; a date or a number is needed."
        )
    times = flat[:, 0]
    return np.where(np.isnan(times), -np.inf, times)


def fit_columns(data: DataSet, columns: Sequence[Column]) -> None:
    """Fit columns on training rows: from the sample where that is enough, else in one more reading of all rows."""
    train = data.split.side == TRAIN
    for column in columns:
        if column.fits_on_sample:
            rows = np.flatnonzero(train[data.survey.sample_rows])
            if len(rows) < 64:
                column.fit(_of_rows(data.source.batches(list(column.fields)), train))
            else:
                column.fit(data.survey.sample.select(list(column.fields)).take(pa.array(rows)).to_batches())
    rest = [column for column in columns if not column.fits_on_sample]
    fields = list(dict.fromkeys(name for column in rest for name in column.fields))
    if rest:
        _fit_together(rest, _of_rows(data.source.batches(fields), train))


def _of_rows(batches: Iterable[pa.RecordBatch], chosen: np.ndarray) -> Iterator[pa.RecordBatch]:
    start = 0
    for batch in batches:
        rows = np.flatnonzero(chosen[start : start + batch.num_rows])
        start += batch.num_rows
        if len(rows):
            yield batch if len(rows) == batch.num_rows else batch.take(pa.array(rows))


def _fit_together(columns: Sequence[Column], batches: Iterator[pa.RecordBatch]) -> None:
    """One reading for many columns: each fits in a thread of its own, fed batch by batch."""
    queues: list[queue.Queue[Any]] = [queue.Queue(2) for _ in columns]
    errors: list[BaseException] = []
    threads = [
        threading.Thread(target=_fit_one, args=(c, q, errors), daemon=True)
        for c, q in zip(columns, queues, strict=True)
    ]
    for thread in threads:
        thread.start()
    try:
        for batch in batches:
            for each in queues:
                each.put(batch)
    finally:
        for each in queues:
            each.put(None)
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]


def _fit_one(column: Column, batches: "queue.Queue[Any]", errors: list[BaseException]) -> None:
    try:
        column.fit(iter(batches.get, None))
    except BaseException as error:
        errors.append(error)
        for _ in iter(batches.get, None):
            pass
