"""The cache: where prepared columns lie, of which data they are, how much they take, and how they are deleted.

`FROMRAW_CACHE` moves it; else it lies where the platform keeps caches.
"""

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from platformdirs import user_cache_path

PARTIAL = ".partial"
"""Ends the name of a column's folder while it is being written."""
DESCRIPTION = "description.json"


def cache_folder() -> Path:
    """The folder of prepared columns."""
    return Path(os.environ.get("FROMRAW_CACHE") or user_cache_path("fromraw")) / "columns"


def free_bytes(place: Path) -> int:
    """Of the disk on which a folder lies, or will lie."""
    there = next(folder for folder in (place.absolute(), *place.absolute().parents) if folder.exists())
    return shutil.disk_usage(there).free


@dataclass(frozen=True)
class Entry:
    """One prepared column: its folder, the data and the column that it was made from ("" where an earlier version made
    it), size in bytes, time of last use (seconds since 1970), and whether it is finished."""

    path: Path
    data: str
    column: str
    bytes: int
    used: float
    whole: bool


def entries() -> list[Entry]:
    """What lies in the cache, least recently used first."""
    found = []
    for path in cache_folder().glob("*/"):
        try:
            found.append(_entry(path))
        except FileNotFoundError:  # deleted, or finished under another name, while we looked
            continue
    return sorted(found, key=lambda entry: entry.used)


def _entry(path: Path) -> Entry:
    files = [file.stat() for file in path.iterdir() if file.is_file()]
    used = max((file.st_mtime for file in files), default=path.stat().st_mtime)
    about, size = _about(path / DESCRIPTION), sum(file.st_size for file in files)
    return Entry(path, about.get("data", ""), about.get("column", ""), size, used, not path.name.endswith(PARTIAL))


def _about(description: Path) -> dict[str, Any]:
    try:
        return json.loads(description.read_text())
    except (OSError, ValueError):  # not there yet, or half written
        return {}


def lock_of(folder: Path) -> FileLock:
    """Held by whoever writes or deletes a prepared column. Its file is never deleted: someone may be waiting for it."""
    return FileLock(folder.with_name(f"{folder.name.removesuffix(PARTIAL)}.lock"))


def clear(chosen: Iterable[Entry]) -> list[Entry]:
    """Delete prepared columns, but for those that are being written right now; returns what was deleted.

    They are made again when they are needed. A training that has opened them goes on: it holds the files, which vanish
    when it ends.
    """
    deleted = []
    for entry in chosen:
        try:
            with lock_of(entry.path).acquire(timeout=0):
                shutil.rmtree(entry.path)
        except (Timeout, OSError):  # OSError: on systems that delete no file that is open
            continue
        deleted.append(entry)
    return deleted
