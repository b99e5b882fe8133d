"""Which files of a folder are its train, valid and test: `train.csv`, `X_TRAIN.ts` as the UCR archive names them, or
`train-00000-of-00002.parquet`, in several files, as Hugging Face's hub does."""

import re
from collections.abc import Sequence
from pathlib import Path

from fromraw.errors import DataError
from fromraw.sources.naming import extension, part_split
from fromraw.sources.places import is_archive

_ORDER = (
    ".ts", ".parquet", ".pq", ".arrow", ".feather", ".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".npz", ".zip", ".tar",
)  # fmt: skip
"""Where the same data lie in several forms (the UCR archive's do), the first of these is read."""
TABLES = frozenset(
    (".parquet", ".pq", ".arrow", ".arrows", ".feather", ".ipc", ".csv", ".tsv", ".tab", ".jsonl", ".ndjson")
)
"""What one table may lie in many files of."""
_SHARD = re.compile(r"[-_.]\d+[-_]of[-_]\d+([-_.][0-9a-f]{8,})?$", re.I)


def pair_files(names: Sequence[str], folder: Path) -> dict[str, tuple[str, ...]]:
    """Split -> files, of names that end as data do; {"": files} of one kind where no name tells a split; else empty.

    The files of splits have one stem and one ending. Of several stems the folder's own name wins; else DataError.
    Archives beside tables are left to these, as what their cells may name.
    """
    found: dict[str, dict[str, dict[str, list[str]]]] = {}
    for name in names:
        ending = extension(name)
        split, stem = part_split(_SHARD.sub("", name[: len(name) - len(ending)]))
        if split:
            found.setdefault(stem.lower(), {}).setdefault(ending, {}).setdefault(split, []).append(name)
    if not found:
        return _unsplit(names)
    by_ending = found[_stem(sorted(found), folder)]
    best = max(sorted(by_ending, key=_rank), key=lambda ending: len(by_ending[ending]))
    return {split: tuple(by_ending[best][split]) for split in ("train", "valid", "test") if split in by_ending[best]}


def _unsplit(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """A single file, or tables of one kind."""
    tables = [name for name in names if not is_archive(name)] or list(names)
    endings = {extension(name) for name in tables}
    alike = len(endings) == 1 and _kind(next(iter(endings))) in TABLES
    return {"": tuple(tables)} if len(tables) == 1 or alike else {}


def _stem(stems: Sequence[str], folder: Path) -> str:
    own = folder.resolve().name.lower()
    if len(stems) > 1 and own not in stems:
        sets = ", ".join(stem or "without a name" for stem in stems)
        raise DataError(
            f"{folder}/: {len(stems)} data sets ({sets}); name one's train file, and its test file by --test."
        )
    return own if own in stems else stems[0]


def _kind(ending: str) -> str:
    """Without the packing."""
    return "." + ending.split(".")[1]


def _rank(ending: str) -> int:
    return _ORDER.index(_kind(ending)) if _kind(ending) in _ORDER else len(_ORDER)
