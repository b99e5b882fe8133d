"""`fromraw cache`: where prepared columns lie, and how much they take."""

import time

import typer

from fromraw.cli.options import Clear, Debug, Json


def cache(clear: Clear = False, json: Json = False, debug: Debug = False) -> None:
    """Show what prepared data take on the disk, or delete them."""
    from fromraw.cli.printing import print_json, table
    from fromraw.store.cache import cache_folder, entries
    from fromraw.store.cache import clear as clear_cache

    found = entries()
    size = clear_cache() if clear else sum(entry.bytes for entry in found)
    if json:
        listed = [{"name": e.path.name, "bytes": e.bytes, "used": e.used, "whole": e.whole} for e in found]
        print_json({"format": 1, "place": str(cache_folder()), "bytes": size, "entries": listed, "cleared": clear})
        return
    did = "deleted " if clear else ""
    typer.echo(f"{cache_folder()}  {did}{len(found):,} prepared columns, {in_megabytes(size)}")
    if not clear and found:
        rows = [(e.path.name, in_megabytes(e.bytes), _day(e.used), "" if e.whole else "unfinished") for e in found]
        typer.echo("\n".join(table(rows, "  ")))


def in_megabytes(size: int) -> str:
    """Bytes as MB, or kB where they are few."""
    return f"{size / 1e6:,.1f} MB" if size >= 100_000 else f"{size / 1e3:,.1f} kB"


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
