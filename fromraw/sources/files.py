"""Cells that name picture files: a column of paths, relative to its table, becomes a column of files.

The files lie in the table's folder, in one inside it, or in a zip or tar beside the table. They are opened only where
that column is asked for.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path

import pyarrow as pa

from fromraw.sources.base import FILE, MISSING, Problem
from fromraw.sources.naming import is_junk, is_picture
from fromraw.sources.places import UNREADABLE, Directory, Place, is_archive, open_archive
from fromraw.sources.tree import ROWS, file_cells

_MOST = 20
"""Folders, and archives, that are looked into."""
_ENOUGH = 0.5
"""The share of named files that must exist: some are always lost, but where most are, the cells mean something else."""


def find_folders(columns: Mapping[str, Sequence[str | None]], beside: Path) -> dict[str, Place]:
    """Of the columns whose first cells name pictures: the place where most of them are.

    beside: the folder that the table lies in, or the zip or tar. DataError where an archive is damaged.
    """
    named = {name: _present(cells) for name, cells in columns.items()}
    named = {name: cells for name, cells in named.items() if cells and all(is_picture(cell) for cell in cells)}
    found = {name: _find_place(cells, beside) for name, cells in named.items()}
    return {name: place for name, place in found.items() if place}


def _present(cells: Sequence[str | None]) -> list[str]:
    return [cell.strip() for cell in cells if cell is not None and not _is_missing(cell)]


def _find_place(cells: Sequence[str], beside: Path) -> Place | None:
    return next((place for place in _places(beside) if place.holds(cells) >= _ENOUGH), None)


def _places(beside: Path) -> Iterator[Place]:
    """Where to look, the nearest first."""
    if not beside.is_dir():
        yield from [open_archive(beside)] if is_archive(beside.name) else []
        return
    yield Directory(beside)
    inside = [path for path in sorted(beside.iterdir()) if not is_junk(path.name)]
    yield from map(Directory, islice((path for path in inside if path.is_dir()), _MOST))
    yield from map(open_archive, islice((path for path in inside if is_archive(path.name)), _MOST))


def open_files(
    batch: pa.RecordBatch, places: Mapping[str, Place], tell: Callable[[Problem], None]
) -> Iterator[pa.RecordBatch]:
    """The batch with the names in these columns replaced by FILE cells; cut small, since files are long."""
    here = [name for name in batch.schema.names if name in places]
    if not here:
        yield batch
        return
    for start in range(0, batch.num_rows, ROWS):
        piece = batch.slice(start, ROWS)
        for name in here:
            at = piece.schema.get_field_index(name)
            paths = [None if _is_missing(cell) else str(cell).strip() for cell in piece.column(at).to_pylist()]
            files = [_contents(places[name], path, tell) if path else None for path in paths]
            piece = piece.set_column(at, pa.field(name, FILE), file_cells(paths, files))
        yield piece


def stamps(paths: Sequence[str | None], place: Place) -> list[tuple[int, int]]:
    """Size and time of the files that cells name, or of the archive that they are in, for fingerprints."""
    return [place.stamp(path) for path in _present(paths)]


def _is_missing(cell: str | None) -> bool:
    return cell is None or cell.strip().lower() in MISSING


def _contents(place: Place, path: str, tell: Callable[[Problem], None]) -> bytes | None:
    try:
        return place.read(path)
    except (KeyError, FileNotFoundError):
        tell(Problem(path, f"named in the table, but not in {place.name}"))
    except UNREADABLE as error:
        why = getattr(error, "strerror", None) or str(error) or "cannot be read"
        tell(Problem(path, f"damaged in {place.name} ({why.lower()})"))
    return None
