"""Cells of series in all their forms (lists, lists of channels, arrays, a column a step) as steps end to end."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.base import Ragged
from fromraw.columns.cells import is_number, plain, value_type
from fromraw.columns.spelling import to_numbers


@dataclass(frozen=True)
class Recordings:
    """steps: Ragged (L, C) float64, nan where a step is empty; present: (n,); wrong: (n,), unlike the others."""

    steps: Ragged
    present: np.ndarray
    wrong: np.ndarray


def is_list(kind: pa.DataType) -> bool:
    return pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind)


def depth_of(kind: pa.DataType) -> int:
    """1 for a list of numbers, 2 for a list of such lists; 0 for anything else."""
    depth = 0
    while is_list(kind):
        kind, depth = value_type(kind.value_type), depth + 1
    return depth if is_number(kind) and depth in (1, 2) else 0


def read_recordings(cells: Sequence[pa.Array], shape: Sequence[int], channels: int, steps_first: bool) -> Recordings:
    """One array of cells, or one for each step.

    shape: of a cell that is an array; channels: how many each should have (0: as many as the first); steps_first: a
    list of steps holds a list of channels, not the other way round.
    """
    if len(cells) > 1:
        return _of_matrix(np.stack([to_numbers(column)[0] for column in cells], 1)[:, :, None])
    column = plain(cells[0])
    present = pc.is_valid(column).to_numpy(zero_copy_only=False)
    if not depth_of(column.type):
        nothing = Ragged(np.zeros((0, max(1, channels))), np.zeros(len(column) + 1, np.int64))
        return Recordings(nothing, np.zeros(len(column), bool), present)
    if shape:
        return _of_matrix(_of_arrays(column, present, shape, steps_first))
    if depth_of(column.type) == 1:
        return _of_lists(column, present)
    return _of_channels(column, present, channels, steps_first)


def _of_arrays(column: pa.Array, present: np.ndarray, shape: Sequence[int], steps_first: bool) -> np.ndarray:
    """(n, steps, channels)."""
    values = np.full((len(column), *shape), np.nan)
    values[present] = _numbers(column.flatten()).reshape(-1, *shape)
    if values.ndim == 2:
        return values[:, :, None]
    return values if steps_first else values.transpose(0, 2, 1)


def _of_matrix(values: np.ndarray) -> Recordings:
    """(n, steps, channels); what is empty at the end is taken for a shorter recording."""
    filled = ~np.isnan(values).all(2)
    lengths = np.where(filled.any(1), values.shape[1] - np.argmax(filled[:, ::-1], 1), 0)
    inside = np.arange(values.shape[1])[None] < lengths[:, None]
    return Recordings(Ragged(values[inside], _offsets(lengths)), lengths > 0, np.zeros(len(values), bool))


def _of_lists(column: pa.Array, present: np.ndarray) -> Recordings:
    lengths = _lengths(column)
    values = _numbers(pc.list_flatten(column))[:, None]
    return Recordings(Ragged(values, _offsets(lengths)), present & (lengths > 0), np.zeros(len(column), bool))


def _of_channels(column: pa.Array, present: np.ndarray, channels: int, steps_first: bool) -> Recordings:
    """Channels of a row that end early are nan from there on."""
    counts, inner = _lengths(column), pc.list_flatten(column)
    lengths, values = _lengths(inner), _numbers(pc.list_flatten(inner))
    starts, firsts = _offsets(lengths), _offsets(counts)
    wanted = channels or int(next(iter(lengths if steps_first else counts[counts > 0]), 1))
    rows, wrong = [], np.zeros(len(column), bool)
    for row in range(len(column)):
        lists = range(firsts[row], firsts[row + 1])
        longest = int(lengths[firsts[row] : firsts[row + 1]].max(initial=0))
        table = np.full((len(lists), longest), np.nan)
        for place, at in enumerate(lists):
            table[place, : lengths[at]] = values[starts[at] : starts[at + 1]]
        table = table if steps_first else table.T
        wrong[row] = bool(table.size) and table.shape[1] != wanted
        rows.append(table if table.size and not wrong[row] else np.zeros((0, wanted)))
    steps = Ragged.of([np.zeros((0, wanted)), *rows])
    steps = Ragged(steps.values, steps.offsets[1:])
    return Recordings(steps, present & (steps.lengths > 0), wrong)


def _numbers(values: pa.Array) -> np.ndarray:
    numbers = pc.cast(values, pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    return np.where(np.isfinite(numbers), numbers, np.nan)


def _lengths(lists: pa.Array) -> np.ndarray:
    return pc.fill_null(pc.list_value_length(lists), 0).to_numpy(zero_copy_only=False).astype(np.int64)


def _offsets(lengths: np.ndarray) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
