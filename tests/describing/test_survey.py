"""One reading of all rows, in bounded memory: first and scattered ones are kept, and every row is hashed."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fromraw.describing import survey as room
from fromraw.describing.dataset import open_data
from fromraw.describing.hashing import hash_rows
from fromraw.describing.survey import FIRST, SCATTERED, read_cells, survey
from fromraw.sources.base import Field, Source


class Counting(Source):
    """Rows that know their number, cut as one likes."""

    def __init__(self, rows: int, cut: int, heavy: int = 0) -> None:
        super().__init__()
        self.place, self.rows, self.cut, self.heavy, self.read_columns = "numbers", rows, cut, heavy, []

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        return None

    @property
    def fields(self) -> Sequence[Field]:
        return [Field("n", pa.int64()), Field("load", pa.binary()), Field("side", pa.string(), "split")]

    def parts(self) -> Sequence[str]:
        return ["all"]

    def fingerprint(self) -> str:
        return f"{self.rows}"

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        for at in range(0, self.rows, self.cut):
            numbers = np.arange(at, min(at + self.cut, self.rows))
            batch = {"n": numbers, "load": [bytes(self.heavy)] * len(numbers), "side": ["train"] * len(numbers)}
            yield pa.record_batch(batch).select(list(columns) if columns else [f.name for f in self.fields])


@pytest.mark.parametrize("rows", [0, 1, 40, 300, 5000, 40_000])
def test_the_sample_holds_first_and_scattered_rows_by_their_numbers(rows: int) -> None:
    seen = survey(Counting(rows, 700))
    assert seen.rows == rows
    assert np.array_equal(seen.sample_rows, np.asarray(seen.sample["n"]))
    assert np.array_equal(seen.sample_rows, np.unique(seen.sample_rows))
    assert len(seen.sample_rows) <= 2 * (FIRST + SCATTERED)
    assert rows > 2000 or len(seen.sample_rows) == rows
    if rows > 2000:
        assert len(seen.sample_rows) > 500
        assert set(range(64)) <= set(seen.sample_rows.tolist())
        late = seen.sample_rows[seen.sample_rows >= FIRST]
        assert abs(late.mean() / rows - 0.5) < 0.1


def test_how_the_source_cuts_its_batches_changes_neither_hashes_nor_sample() -> None:
    one, other = survey(Counting(9000, 9000)), survey(Counting(9000, 130))
    assert np.array_equal(one.hashes, other.hashes)
    assert np.array_equal(one.sample_rows, other.sample_rows)
    assert one.sample.equals(other.sample.combine_chunks()) or one.sample.to_pylist() == other.sample.to_pylist()


def test_of_heavy_rows_fewer_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SAMPLE_BYTES", 100_000)
    seen = survey(Counting(3000, 100, heavy=1000))
    assert 16 <= len(seen.sample_rows) <= 200
    assert seen.sample.nbytes <= 250_000


def test_the_split_is_not_part_of_what_a_row_is() -> None:
    seen = survey(Counting(10, 10))
    (batch,) = Counting(10, 10).read("all")
    assert np.array_equal(seen.hashes, hash_rows(batch.select(["n", "load"])))


def test_every_batch_is_told() -> None:
    told: list[int] = []
    survey(Counting(1000, 300), told.append)
    assert told == [300, 600, 900, 1000]


def test_a_few_columns_of_all_rows_are_read_and_no_others() -> None:
    found = read_cells(Counting(1000, 300), ["n"])
    assert found.column_names == ["n"]
    assert np.array_equal(np.asarray(found["n"]), np.arange(1000))


def test_no_columns_are_no_rows_and_no_fault() -> None:
    assert read_cells(Counting(10, 3), []).num_columns == 0
    from_table = pa.table({"only": [0.5 * n for n in range(50)]})
    assert open_data(from_table, need_output=False).outputs == {}
