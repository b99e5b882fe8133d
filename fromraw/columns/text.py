"""Free text: several words a cell, nearly always different ones. This version does not read it."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from fromraw.columns.cells import Look
from fromraw.columns.unread import Unread
from fromraw.parts import part

WORDS = 4
LETTERS = 40


@part("text")
class Text(Unread):
    """What people write in their own words."""

    type = "text"

    @classmethod
    def judge(cls, look: Look, rows: int) -> tuple[float, str] | None:
        """Half of the cells are different, and the median one is long."""
        if look.filled < 2 or look.are_numbers or 2 * look.values < look.filled:
            return None
        words = float(np.median(pc.list_value_length(pc.utf8_split_whitespace(look.texts)).to_numpy()))
        letters = float(np.median(pc.utf8_length(look.texts).to_numpy()))
        if words < WORDS and letters <= LETTERS:
            return None
        long = f"{words:.0f} words" if words >= WORDS else f"{letters:.0f} letters"
        return 0.85, f"free text, median {long}: this version does not read text{look.gaps}"

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        random = np.random.default_rng(seed)
        words = np.array(["the", "a", "red", "old", "bee", "wasp", "fly", "flew", "over", "garden", "wall"])
        texts = [" ".join(random.choice(words, 9)) if random.random() > 0.1 else None for _ in range(rows)]
        return pa.record_batch({"text": pa.array(texts, pa.string())})
