"""`fromraw cache`: where prepared columns lie, of which data they are, how much they take; and deleting them."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fromraw.cli.options import Clear, Debug, Json
from fromraw.how_many import how_many

if TYPE_CHECKING:
    from fromraw.store.cache import Entry

_Data = Annotated[list[str] | None, typer.Argument(metavar="[DATA...]", help="Only what was made from these.")]


def cache(data: _Data = None, clear: Clear = False, json: Json = False, debug: Debug = False) -> None:
    """Show what prepared data take on the disk, or delete them."""
    from fromraw.cli.printing import print_json
    from fromraw.store.cache import cache_folder, entries
    from fromraw.store.cache import clear as clear_cache

    found = _chosen(entries(), data or [])
    deleted = clear_cache(found) if clear else []
    place = cache_folder()
    if json:
        print_json(_as_data(place, found, deleted, clear))
    elif clear:
        typer.echo("\n".join(_cleared_lines(place, found, deleted)))
    else:
        typer.echo("\n".join(_listed_lines(place, found)))


def _chosen(found: Sequence["Entry"], names: Sequence[str]) -> list["Entry"]:
    """All, or those of the data that are named: by path, as they are listed, or by a prepared column's own name.
    UsageError where there are none of a name."""
    from fromraw.errors import unknown

    wanted = set()
    for name in names:
        is_it = {name, str(Path(name).expanduser().resolve())}
        of_name = [entry.path for entry in found if {entry.data, _short(entry.data), entry.path.name} & is_it]
        if not of_name:
            raise unknown("prepared data", name, {_short(entry.data) for entry in found if entry.data})
        wanted.update(of_name)
    return [entry for entry in found if entry.path in wanted or not names]


def _listed_lines(place: Path, found: Sequence["Entry"]) -> list[str]:
    """The place and the whole; then the data, the last used first."""
    from fromraw.cli.printing import table
    from fromraw.store.cache import free_bytes

    of_data: dict[str, list[Entry]] = {}
    for entry in reversed(found):
        of_data.setdefault(entry.data, []).append(entry)
    rows = [
        (_short(data) or "(unknown data)", _columns(of), _size(of), _day(of[0].used)) for data, of in of_data.items()
    ]
    head = f"{place}  {_counted(found)}, {_size(found)}; {in_megabytes(free_bytes(place))} free"
    how = (
        "All are made again when needed. fromraw cache --clear deletes them, fromraw cache DATA --clear those of DATA."
    )
    return [head, *table(rows, "  "), how] if rows else [head]


def _cleared_lines(place: Path, found: Sequence["Entry"], deleted: Sequence["Entry"]) -> list[str]:
    kept = [entry for entry in found if entry not in deleted]
    of = f": {', '.join(names)}" if (names := _names(deleted)) else ""
    did = f"{place}  deleted {_counted(deleted)}, {_size(deleted)}{of}"
    left = f"! kept {_counted(kept)}, which another command is writing: {', '.join(_names(kept))}"
    return [did, left] if kept else [did]


def _as_data(place: Path, found: Sequence["Entry"], deleted: Sequence["Entry"], clear: bool) -> dict[str, Any]:
    """bytes: of what was deleted with --clear, else of all that is listed."""
    from fromraw.store.cache import free_bytes

    listed = [
        {"name": e.path.name, "data": e.data, "column": e.column, "bytes": e.bytes, "used": e.used, "whole": e.whole,
         "deleted": e in deleted}
        for e in found
    ]  # fmt: skip
    size = sum(entry.bytes for entry in (deleted if clear else found))
    whole = {"place": str(place), "bytes": size, "free": free_bytes(place)}
    return {"format": 1, **whole, "entries": listed, "cleared": clear}


def _names(found: Sequence["Entry"]) -> list[str]:
    """The data that they are of, each once."""
    return list(dict.fromkeys(_short(entry.data) or "unknown data" for entry in found))


def _columns(found: Sequence["Entry"]) -> str:
    """`image, class`, or how many; and how many are unfinished."""
    names = sorted({entry.column for entry in found if entry.column})
    unfinished = sum(not entry.whole for entry in found)
    said = ", ".join(names) if 0 < len(names) <= 3 and len(names) == len(found) else _counted(found)
    return f"{said} ({unfinished} unfinished)" if unfinished else said


def _counted(found: Sequence["Entry"]) -> str:
    return how_many(len(found), "prepared columns")


def _size(found: Sequence["Entry"]) -> str:
    return in_megabytes(sum(entry.bytes for entry in found))


def _short(place: str) -> str:
    home = str(Path.home())
    return f"~{place.removeprefix(home)}" if place.startswith(f"{home}/") else place


def in_megabytes(size: int) -> str:
    """Bytes as GB, MB or kB."""
    for unit, name in ((1e9, "GB"), (1e6, "MB")):
        if size >= unit / 10:
            return f"{size / unit:,.1f} {name}"
    return f"{size / 1e3:,.1f} kB"


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
