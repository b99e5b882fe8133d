"""The cache: where prepared columns lie, how much they take, and how they are cleared.

`FROMRAW_CACHE` moves it; else it lies where the platform keeps caches.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path


def cache_folder() -> Path:
    """The folder of prepared columns."""
    return Path(os.environ.get("FROMRAW_CACHE") or user_cache_path("fromraw")) / "columns"


@dataclass(frozen=True)
class Entry:
    """One prepared column: its folder, size in bytes, and time of last use (seconds since 1970)."""

    path: Path
    bytes: int
    used: float
    whole: bool


def entries() -> list[Entry]:
    """What lies in the cache, least recently used first."""
    found = []
    for path in cache_folder().glob("*/"):
        files = [file.stat() for file in path.iterdir() if file.is_file()]
        used = max((file.st_mtime for file in files), default=path.stat().st_mtime)
        found.append(Entry(path, sum(f.st_size for f in files), used, not path.name.endswith(".partial")))
    return sorted(found, key=lambda entry: entry.used)


def clear() -> int:
    """Delete every prepared column; returns the bytes freed. They are made again when they are needed."""
    freed = sum(entry.bytes for entry in entries())
    shutil.rmtree(cache_folder(), ignore_errors=True)
    return freed
