"""Which folder a training writes to: a new one, or the one where the same training stopped."""

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from fromraw import __version__
from fromraw.errors import UsageError
from fromraw.keeping import FORMAT

_DONE = "checkpoint.done"


@dataclass(frozen=True)
class Claimed:
    """folder: of the run; state: new, unfinished (the same training stopped there) or finished."""

    folder: Path
    state: Literal["new", "unfinished", "finished"]


def identity_of(fingerprint: str, options: Mapping[str, Any]) -> str:
    """The same data, the same options as typed, the same version: the same training."""
    facts = json.dumps([fingerprint, options, __version__], sort_keys=True, default=str)
    return hashlib.blake2b(facts.encode(), digest_size=16).hexdigest()


def claim_folder(place: str, identity: str, wish: str | Path | None, fresh: bool) -> Claimed:
    """The run folder for this training. Raises UsageError where a named folder holds something else."""
    if wish:
        return _claim_named(Path(wish), identity, fresh)
    stem = (
        re.sub(r"[^\w.-]+", "-", Path(place.rstrip("/")).name.split(".")[0].replace("example:", "")).strip("-") or "run"
    )
    number = 1
    while True:
        folder = Path("runs") / f"{stem}-{number}"
        if not folder.exists():
            return Claimed(folder, "new")
        if not fresh and _identity_in(folder) == identity:
            return Claimed(folder, _state_of(folder))
        number += 1


def _claim_named(folder: Path, identity: str, fresh: bool) -> Claimed:
    if folder.is_file():
        raise UsageError(f"--run {folder}: it is a file, and a run is a folder.")
    if not folder.exists() or not any(folder.iterdir()):
        return Claimed(folder, "new")
    if _identity_in(folder) != identity and not (folder / "format").exists():
        raise UsageError(f"--run {folder}: it holds other files and is no run folder; choose another.")
    if fresh:
        return Claimed(folder, "new")
    if _identity_in(folder) != identity:
        raise UsageError(f"--run {folder}: a run of other data, options or version; --fresh begins it anew.")
    return Claimed(folder, _state_of(folder))


def _identity_in(folder: Path) -> str | None:
    path = folder / "identity"
    return path.read_text().strip() if path.exists() else None


def _state_of(folder: Path) -> Literal["unfinished", "finished"]:
    return "unfinished" if (folder / "checkpoint").exists() or not (folder / "metrics.json").exists() else "finished"


def begin_folder(claimed: Claimed, identity: str) -> None:
    """The files by which a folder is known as a run, from its first moment. A run that is begun anew is emptied now,
    when all that was asked for has been found to be right, and not before."""
    folder = claimed.folder
    if claimed.state == "new" and (folder / "format").exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "identity").write_text(f"{identity}\n")
    (folder / "format").write_text(f"{FORMAT}\n")
    (folder / "checkpoint").mkdir(exist_ok=True)


def end_folder(folder: Path) -> None:
    """Finished: the checkpoint goes, in one move of the file system, as half of one would be gone on from."""
    (folder / "checkpoint").rename(folder / _DONE)
    clear_folder(folder)


def clear_folder(folder: Path) -> None:
    """Delete what is left where the last move was interrupted."""
    shutil.rmtree(folder / _DONE, ignore_errors=True)
