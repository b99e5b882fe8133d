"""What the names of folders, files, arrays and columns say: which split, which label, picture or not, junk or not."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import Literal

from fromraw.how_many import how_many

SPLITS = {
    "train": "train", "training": "train", "trn": "train",
    "valid": "valid", "val": "valid", "validation": "valid", "dev": "valid",
    "test": "test", "testing": "test", "tst": "test", "t10k": "test",
}  # fmt: skip
"""What people call a split -> what we call it."""

LABELS = frozenset(("label", "labels", "class", "target", "targets", "y"))
PICTURES = frozenset(
    (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp", ".ppm", ".pgm", ".pbm", ".pnm")
)
DATA = frozenset((
    ".csv", ".tsv", ".tab", ".jsonl", ".ndjson", ".parquet", ".pq", ".arrow", ".arrows", ".feather", ".ipc", ".ts",
    ".npz", ".zip", ".tar", ".tgz", ".tbz2", ".txz",
))  # fmt: skip
"""Endings of single files that hold many rows; with .gz and the like behind them, too."""
_JUNK = frozenset(("thumbs.db", "desktop.ini", "__macosx"))
_PACKED = (".gz", ".bz2", ".xz", ".zst")


def split_of(name: str) -> str | None:
    """The split that a name as a whole stands for: `Val` -> `valid`."""
    return SPLITS.get(name.lower())


def part_split(name: str) -> tuple[str | None, str]:
    """The split that one word of a name stands for, and the name without it: `x_train` -> (`train`, `x`)."""
    words = [word for word in re.split(r"[_\-. ]+", name) if word]
    for at in (len(words) - 1, 0):
        if words and (split := split_of(words[at])):
            return split, "_".join(words[:at] + words[at + 1 :])
    return None, name


def meaning_of(name: str, cells: Iterable[str | None] = ()) -> Literal["", "label", "split"]:
    """Whether a column or array is what people usually want predicted, or, by its first texts too, the split."""
    words = {cell.strip().lower() for cell in cells if cell and cell.strip()}
    if name.strip().lower() == "split" and words and words <= SPLITS.keys():
        return "split"
    return "label" if name.strip().lower() in LABELS else ""


def is_picture(path: str) -> bool:
    """Whether a file of this name should be a picture that Pillow reads."""
    return PurePosixPath(path).suffix.lower() in PICTURES


def is_data(path: str) -> bool:
    """Whether a file of this name holds many rows: a table, an archive, arrays."""
    ending = extension(path)
    return ending in DATA or any(ending.endswith(packed) and ending.removesuffix(packed) in DATA for packed in _PACKED)


def is_junk(path: str) -> bool:
    """Whether a file, or a folder above it, is hidden or was left there by the system."""
    steps = [step.lower() for step in path.split("/") if step not in (".", "..")]
    return any(step.startswith(".") or step in _JUNK for step in steps)


def extension(path: str) -> str:
    """The ending that tells the kind, with the packing's: `train.CSV.gz` -> `.csv.gz`; empty where there is none."""
    suffixes = PurePosixPath(path.lower()).suffixes
    return "".join(suffixes[-2:] if suffixes[-1:] and suffixes[-1] in _PACKED else suffixes[-1:])


def by_kind(paths: Iterable[str]) -> str:
    """Files in a few words, by extension: '312 .dcm files and 2 .txt files'."""
    counts = Counter(extension(path) or "nameless-kind" for path in paths).most_common(3)
    return " and ".join(how_many(count, f"{kind} files") for kind, count in counts)


def passed_over(paths: Iterable[str]) -> list[str]:
    """The note on files beside the data that are not read, named where they are few; empty where there are none."""
    names = list(paths)
    if not names:
        return []
    return [f"passed over: {', '.join(names) if len(names) <= 4 else by_kind(names)}"]


def unique(names: Iterable[str]) -> tuple[list[str], list[str]]:
    """Column names without gaps and doubles (`a`, `a` -> `a`, `a_2`), and a note on each that was changed."""
    found: list[str] = []
    notes: list[str] = []
    wanted = [name.strip() for name in names]
    for at, name in enumerate(wanted, 1):
        new = base = name or f"column_{at}"
        number = 2
        while new in found or (new != name and new in wanted):
            new, number = f"{base}_{number}", number + 1
        if new != name:
            why = f"the same as an earlier one ({name})" if name else "empty"
            notes.append(f"column {at} is called {new}: its header is {why}")
        found.append(new)
    return found, notes
