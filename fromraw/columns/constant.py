"""Constants: the same in every row, or empty in every row, so that nothing can be learned from them."""

import pyarrow as pa

from fromraw.columns.look import Look
from fromraw.columns.unread import Unread
from fromraw.how_many import how_many
from fromraw.parts import part


@part("constant")
class Constant(Unread):
    """One value throughout."""

    type = "constant"
    unpredictable = "there is nothing to learn"

    @classmethod
    def judge(cls, look: Look, rows: int) -> tuple[float, str] | None:
        seen = (
            f"all {how_many(rows, 'rows')}"
            if len(look.cells) >= rows
            else f"all of the {how_many(len(look.cells), 'rows')} looked at"
        )
        if not look.filled:
            return 0.95, f"empty in {seen}"
        if look.values == 1 and not look.missing:
            return 0.95, f'"{look.texts[0].as_py()}" in {seen}: a constant'
        return None

    @classmethod
    def example(cls, rows: int, seed: int) -> pa.RecordBatch:
        return pa.record_batch({"constant": pa.array([f"version {seed}"] * rows, pa.string())})
