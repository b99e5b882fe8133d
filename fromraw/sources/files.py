"""Cells that name picture files: a column of paths, relative to its table, becomes a column of files.

Files are opened only where that column is asked for.
"""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from fromraw.sources.base import FILE, Problem
from fromraw.sources.naming import is_picture
from fromraw.sources.tree import ROWS, file_cells

_MISSING = frozenset(("", "na", "nan", "null", "none", "?", "-"))
_ENOUGH = 0.5
"""The share of named files that must exist: some are always lost, but where most are, the cells mean something else."""


def names_files(cells: Sequence[str | None], folder: Path) -> bool:
    """Whether cells are paths of pictures beside the table."""
    present = [cell.strip() for cell in cells if not _is_missing(cell)]  # type: ignore[union-attr]
    if not present or not all(is_picture(cell) for cell in present):
        return False
    return sum((folder / cell).is_file() for cell in present) >= _ENOUGH * len(present)


def open_files(
    batch: pa.RecordBatch, columns: Sequence[str], folder: Path, tell: Callable[[Problem], None]
) -> Iterator[pa.RecordBatch]:
    """The batch with these columns' paths replaced by FILE cells, cut small, since files are long."""
    for start in range(0, batch.num_rows, ROWS if columns else max(1, batch.num_rows)):
        piece = batch.slice(start, ROWS) if columns else batch
        for name in columns:
            at = piece.schema.get_field_index(name)
            paths = [None if _is_missing(cell) else str(cell).strip() for cell in piece.column(at).to_pylist()]
            cells = file_cells(paths, [path and _contents(folder / path, path, tell) for path in paths])
            piece = piece.set_column(at, pa.field(name, FILE), cells)
        yield piece


def stamps(paths: Sequence[str | None], folder: Path) -> list[tuple[int, int]]:
    """Size and time of the files that cells name, for fingerprints; 0, 0 for a missing one."""
    files = [folder / path.strip() for path in paths if path is not None and not _is_missing(path)]
    stats = [file.stat() if file.is_file() else None for file in files]
    return [(stat.st_size, stat.st_mtime_ns) if stat else (0, 0) for stat in stats]


def _is_missing(cell: str | None) -> bool:
    return cell is None or cell.strip().lower() in _MISSING


def _contents(file: Path, path: str, tell: Callable[[Problem], None]) -> bytes | None:
    try:
        return file.read_bytes()
    except OSError as error:
        tell(Problem(path, (error.strerror or "cannot be read").lower()))
        return None
