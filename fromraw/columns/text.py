"""Free text, and cells that hold several things at once (JSON, lists, sizes). This version reads neither.

Half of the cells at least are different ones; where they are fewer, they are categories.
"""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.look import NEARLY, Look
from fromraw.columns.units import several_units
from fromraw.columns.unread import Unread
from fromraw.parts import part

WORDS = 4
LETTERS = 40
_KEY = r"^\s*(?:[0-9a-fA-F-]{32,}|[a-z][a-z0-9+.-]*://\S+)\s*$"
"""Hashes and addresses are long, but no text."""
_SHAPES = {"JSON objects": r"^\s*\{.*\}\s*$", "lists in brackets": r"^\s*[\[(].*[\])]\s*$"}
_SEPARATORS = (";", "|", ",")


@part("text")
class Text(Unread):
    """What people write in their own words, and what takes a program of its own to read."""

    type = "text"
    takes_the_rest = True

    @classmethod
    def judge(cls, look: Look, rows: int) -> tuple[float, str] | None:
        """Half of the cells are different, and they are made of pieces, or the median one is long."""
        if look.filled < 2 or look.are_numbers or 2 * look.values < look.filled:
            return None
        if _share(look.texts, _KEY) >= NEARLY:
            return None
        if pieces := _pieces(look.texts):
            return 0.86, f"{pieces}, which this version does not read{look.gaps()}"
        words = float(np.median(pc.list_value_length(pc.utf8_split_whitespace(look.texts)).to_numpy()))
        letters = float(np.median(pc.utf8_length(look.texts).to_numpy()))
        if words < WORDS and letters <= LETTERS:
            return None
        long = f"{words:.0f} words" if words >= WORDS else f"{letters:.0f} letters"
        return 0.85, f"free text, median {long}: this version does not read text{look.gaps()}"

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random = np.random.default_rng(seed)
        words = np.array(["the", "a", "red", "old", "bee", "wasp", "fly", "flew", "over", "garden", "wall"])
        texts = [" ".join(random.choice(words, 9)) if random.random() > 0.1 else None for _ in range(rows)]
        return pa.record_batch({"text": pa.array(texts, pa.string())})


def _pieces(texts: pa.Array) -> str:
    """What cells are made of, in words, where it is the same in nearly all."""
    for words, pattern in _SHAPES.items():
        if _share(texts, pattern) >= NEARLY:
            return words
    for separator in _SEPARATORS:
        if words := _entries(texts, separator):
            return words
    if units := several_units(texts):
        return f"numbers in several units ({', '.join(units)})"
    return _several_numbers(texts)


def _entries(texts: pa.Array, separator: str) -> str:
    """Lists of a few entries that come again and again, more of them in some cells than in others."""
    parted = pc.split_pattern(texts, separator)
    lengths, entries = pc.list_value_length(parted).to_numpy(), pc.utf8_trim_whitespace(pc.list_flatten(parted))
    _, counts = np.unique(lengths, return_counts=True)
    often = int((counts >= 0.1 * len(texts)).sum())
    different = int(pc.count_distinct(entries).as_py())
    return (
        f'lists parted by "{separator}", {different:,} entries' if often > 1 and different < 0.2 * len(entries) else ""
    )


def _several_numbers(texts: pa.Array) -> str:
    """The same words and marks around numbers that vary in length: 12 x 4 x 90. Phone numbers do not vary so."""
    frames = pc.replace_substring_regex(pc.utf8_trim_whitespace(texts), r"[-+]?\d+(?:\.\d+)?", "#")
    top = max(pc.value_counts(frames).to_pylist(), key=lambda pair: pair["counts"])
    frame, digits = top["values"], pc.replace_substring_regex(texts, r"\d", "9")
    vary = max(pc.value_counts(digits).field("counts").to_pylist()) < NEARLY * len(texts)
    often = vary and top["counts"] >= NEARLY * len(texts)
    apart = frame.count("#") > 1 and any(mark.isspace() or mark.isalpha() for mark in frame.strip("#"))
    return f"several numbers a cell ({frame})" if often and apart else ""


def _share(texts: pa.Array, pattern: str) -> float:
    return (pc.sum(pc.match_substring_regex(texts, pattern)).as_py() or 0) / max(1, len(texts))
