"""Training without the rows that a file names, such as a run's suspects.csv."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from fromraw.describing.dataset import DataSet
from fromraw.errors import DataError, UsageError
from fromraw.how_many import how_many
from fromraw.splits import NONE, TRAIN, VALID

Named = tuple[tuple[int, str], ...]
"""Rows, counted from 1 in the source, each with the answer that was given to it."""


def read_named(path: str | Path) -> Named:
    """The rows that a file names. Raises UsageError where it is not there or has no columns `row` and `given`."""
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            lines = list(csv.DictReader(file))
            return tuple((int(line["row"]), line["given"]) for line in lines)
    except OSError as error:
        raise UsageError(f"--drop {path}: {error.strerror or error}; a run's suspects.csv is needed.") from None
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f'--drop {path}: it needs the columns "row" (whole numbers) and "given", as a run\'s suspects.csv has.'
        ) from None


def drop_rows(data: DataSet, named: Named) -> DataSet:
    """The data without these training and validation rows, which it notes; tested rows stay, and so does the split of
    all others. Raises DataError where the rows are not those of these data."""
    if not named:
        return data
    rows = np.array(sorted({row for row, _ in named})) - 1
    _check_same(data, rows, named)
    side = data.split.side.copy()
    dropped = rows[np.isin(side[rows], (TRAIN, VALID))]
    side[dropped] = NONE
    if (side == TRAIN).sum() < 2 or ((data.split.side == VALID).any() and not (side == VALID).any()):
        raise DataError(f"--drop names {how_many(len(dropped), 'rows')}, without which too few are left to learn from.")
    kept = len(rows) - len(dropped)
    left_in = f"; {kept:,} that are tested, or not used, are left as they were" if kept else ""
    data.source.note(f"--drop: {len(dropped):,} training and validation rows left out{left_in}")
    return replace(data, split=replace(data.split, side=side))


def _check_same(data: DataSet, rows: np.ndarray, named: Sequence[tuple[int, str]]) -> None:
    """By what was given to each row: a file of other data names other answers."""
    if rows[0] < 0 or rows[-1] >= data.survey.rows:
        wrong = int(rows[0] if rows[0] < 0 else rows[-1]) + 1
        raise DataError(f"--drop names row {wrong:,}, and there are {data.survey.rows:,}: it was made of other data.")
    fields = [column.fields[0] for column in data.outputs.values()]
    cells = data.source.peek(rows.tolist(), fields)
    place = {int(row) + 1: at for at, row in enumerate(rows)}
    for row, given in named:
        there = [str(cells.column(name)[place[row]].as_py()) for name in fields]
        if given not in there:
            what = f'row {row:,} is given as "{given}", here it is "{there[0]}"'
            raise DataError(f"--drop says that {what}: it was made of other data.")
