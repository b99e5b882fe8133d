"""After an interruption: what of the work is kept."""

import time
from pathlib import Path


def what_is_kept(started: float) -> str:
    """In words. started: of the command, by time.monotonic."""
    since = time.time() - (time.monotonic() - started)
    touched = [folder for folder in Path().glob("runs/*") if _touched(folder, since)]
    if not touched:
        return "Nothing was written that could be used; the same command begins again."
    return f"{touched[-1]} keeps what was reached; the same command goes on there."


def _touched(folder: Path, since: float) -> bool:
    """Whether a checkpoint, or a result, was written there since then."""
    files = [*folder.glob("checkpoint/*"), folder / "metrics.json"]
    return any(file.is_file() and file.stat().st_mtime >= since for file in files)
