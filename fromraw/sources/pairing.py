"""Which files of a folder are its train, valid and test: `train.csv`, or `X_TRAIN.ts` as the UCR archive names them."""

from collections.abc import Sequence
from pathlib import Path

from fromraw.errors import DataError
from fromraw.sources.naming import extension, part_split

_ORDER = (".ts", ".parquet", ".pq", ".csv", ".tsv", ".tab", ".npz", ".zip", ".tar")
"""Where the same data lie in several forms (the UCR archive's do), the first of these is read."""


def pair_files(names: Sequence[str], folder: Path) -> dict[str, str]:
    """Split -> file, of names that end as data do; {"": name} for a single file; empty where names tell nothing.

    The files have one stem and one ending. Of several stems the folder's own name wins; else DataError.
    """
    found: dict[str, dict[str, dict[str, str]]] = {}
    for name in names:
        ending = extension(name)
        split, stem = part_split(name[: len(name) - len(ending)])
        if split:
            found.setdefault(stem.lower(), {}).setdefault(ending, {})[split] = name
    if not found:
        return {"": names[0]} if len(names) == 1 else {}
    by_ending = found[_stem(sorted(found), folder)]
    best = max(sorted(by_ending, key=_rank), key=lambda ending: len(by_ending[ending]))
    return {split: by_ending[best][split] for split in ("train", "valid", "test") if split in by_ending[best]}


def _stem(stems: Sequence[str], folder: Path) -> str:
    own = folder.resolve().name.lower()
    if len(stems) > 1 and own not in stems:
        sets = ", ".join(stem or "without a name" for stem in stems)
        raise DataError(
            f"{folder}/: {len(stems)} data sets ({sets}); name one's train file, and its test file by --test."
        )
    return own if own in stems else stems[0]


def _rank(ending: str) -> int:
    kind = "." + ending.split(".")[1]
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)
