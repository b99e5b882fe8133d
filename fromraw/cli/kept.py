"""After an interruption: what of the work is kept, and how it goes on."""

import time
from itertools import pairwise
from pathlib import Path


def what_is_kept(words: list[str], started: float) -> str:
    """In words. words: as typed; started: of the command, by time.monotonic."""
    if words[:1] == ["curve"]:
        return "What was trained is kept; the same command goes on."
    if words[:1] not in (["train"], ["demo"]):
        return "Nothing was changed." if words[:1] != ["predict"] else "No answers were written."
    since = time.time() - (time.monotonic() - started)
    named = [Path(after) for word, after in pairwise(words) if word == "--run"]
    named += [Path(word.removeprefix("--run=")) for word in words if word.startswith("--run=")]
    places = named or [*Path().glob("runs/*"), Path("fromraw-demo/run")]
    touched = [folder for folder in places if _touched(folder, since)]
    if not touched:
        return "Nothing was written that could be used; the same command begins again."
    again = "the same command begins anew" if {"demo", "--fresh"} & set(words) else "the same command goes on there"
    return f"What was reached is kept in {touched[-1]}; {again}."


def _touched(folder: Path, since: float) -> bool:
    """Whether weights, a baseline's answers or a result were written there since then."""
    files = [*folder.glob("checkpoint/*.safetensors"), folder / "metrics.json"]
    return any(file.is_file() and file.stat().st_mtime >= since - 1 for file in files)
