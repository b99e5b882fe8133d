"""Cells that name picture files: a column of paths, relative to its table, becomes a column of files.

Files are opened only where that column is asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa

from fromraw.sources.base import FILE, MISSING, Problem
from fromraw.sources.naming import is_picture
from fromraw.sources.tree import ROWS, file_cells

_FOLDERS = 20
_ENOUGH = 0.5
"""The share of named files that must exist: some are always lost, but where most are, the cells mean something else."""


def find_folders(columns: Mapping[str, Sequence[str | None]], folder: Path) -> dict[str, Path]:
    """Of the columns whose first cells name pictures: the folder, the table's or one in it, where most of them are."""
    found = {name: _folder_of(cells, folder) for name, cells in columns.items()}
    return {name: place for name, place in found.items() if place}


def _folder_of(cells: Sequence[str | None], folder: Path) -> Path | None:
    present = [cell.strip() for cell in cells if cell is not None and not _is_missing(cell)]
    if not present or not all(is_picture(cell) for cell in present):
        return None
    inside = (path for path in sorted(folder.iterdir()) if path.is_dir()) if folder.is_dir() else ()
    for place in [folder, *islice(inside, _FOLDERS)]:
        if sum((place / cell).is_file() for cell in present) >= _ENOUGH * len(present):
            return place
    return None


def open_files(
    batch: pa.RecordBatch, folders: Mapping[str, Path], tell: Callable[[Problem], None]
) -> Iterator[pa.RecordBatch]:
    """The batch with the paths of these columns, relative to their folders, replaced by FILE cells; cut small, since
    files are long."""
    here = [name for name in batch.schema.names if name in folders]
    if not here:
        yield batch
        return
    for start in range(0, batch.num_rows, ROWS):
        piece = batch.slice(start, ROWS)
        for name in here:
            at = piece.schema.get_field_index(name)
            paths = [None if _is_missing(cell) else str(cell).strip() for cell in piece.column(at).to_pylist()]
            files = [_contents(folders[name], path, tell) if path else None for path in paths]
            piece = piece.set_column(at, pa.field(name, FILE), file_cells(paths, files))
        yield piece


def stamps(paths: Sequence[str | None], folder: Path) -> list[tuple[int, int]]:
    """Size and time of the files that cells name, for fingerprints; 0, 0 for a missing one."""
    files = [folder / path.strip() for path in paths if path is not None and not _is_missing(path)]
    stats = [file.stat() if file.is_file() else None for file in files]
    return [(stat.st_size, stat.st_mtime_ns) if stat else (0, 0) for stat in stats]


def _is_missing(cell: str | None) -> bool:
    return cell is None or cell.strip().lower() in MISSING


def _contents(folder: Path, path: str, tell: Callable[[Problem], None]) -> bytes | None:
    try:
        return (folder / path).read_bytes()
    except OSError as error:
        tell(Problem(path, (error.strerror or "cannot be read").lower()))
        return None
