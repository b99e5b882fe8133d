"""What was appended is what is read, exactly, fixed or ragged, in memory or from a map of the file."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.columns.base import Column, Ragged, Stored
from fromraw.columns.number import Number
from fromraw.columns.series import Series
from fromraw.sources.base import Problem
from fromraw.sources.frames import Frame
from fromraw.store.cache import cache_folder, clear, entries, lock_of
from fromraw.store.prepared import Writer, open_prepared, problems_of, take
from fromraw.store.preparing import prepare, prepare_in_memory


def batch(lengths: list[int], seed: int = 0) -> Stored:
    random = np.random.default_rng(seed)
    rows = [random.normal(size=(length, 2)).astype(np.float32) for length in lengths]
    values = np.concatenate([*rows, np.zeros((0, 2), np.float32)])
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    pixels = random.integers(0, 255, (len(lengths), 3, 2), np.uint8)
    return {"wave": Ragged(values, offsets), "pixels": pixels, "present": np.array(lengths, np.int64) > 0}


def write(folder: Path, batches: list[Stored]) -> Path:
    writer = Writer(folder)
    for number, stored in enumerate(batches):
        writer.append(stored, [Problem.of_row(number, "odd")])
    return writer.finish()


lengths = st.lists(st.lists(st.integers(0, 4), max_size=5), min_size=1, max_size=4)


@given(lengths=lengths, memory=st.sampled_from([0, 1 << 30]))
def test_every_row_is_read_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[list[int]], memory: int
) -> None:
    batches = [batch(each, seed) for seed, each in enumerate(lengths)]
    found = open_prepared(write(tmp_path_factory.mktemp("store") / "it", batches), memory)
    wave = found["wave"]
    assert isinstance(wave, Ragged)
    assert wave.lengths.tolist() == [length for each in lengths for length in each]
    assert np.array_equal(wave.values, np.concatenate([b["wave"].values for b in batches]))
    for name in ("pixels", "present"):
        assert np.array_equal(found[name], np.concatenate([b[name] for b in batches]))
        assert found[name].dtype == batches[0][name].dtype


def test_any_rows_are_taken_in_any_order_also_twice(tmp_path: Path) -> None:
    stored = batch([3, 0, 2, 1])
    found = take(open_prepared(write(tmp_path / "it", [stored]), 0), np.array([2, 0, 2, 1]))
    wave = found["wave"]
    assert isinstance(wave, Ragged)
    assert wave.lengths.tolist() == [2, 3, 2, 0]
    assert np.array_equal(wave.values[:2], stored["wave"].values[3:5])
    assert np.array_equal(wave.values[5:7], stored["wave"].values[3:5])
    padded, mask = wave.padded()
    assert padded.shape == (4, 3, 2)
    assert mask.sum(1).tolist() == [2, 3, 2, 0]
    assert np.array_equal(padded[mask], wave.values)
    assert (padded[~mask] == 0).all()


def test_what_is_larger_than_the_memory_is_mapped_and_what_is_smaller_is_not(tmp_path: Path) -> None:
    folder = write(tmp_path / "it", [batch([3, 1])])
    assert isinstance(open_prepared(folder, 0)["pixels"], np.memmap)
    assert not isinstance(open_prepared(folder, 1 << 20)["pixels"], np.memmap)


def test_files_are_plain_npy_and_the_folder_appears_whole(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "it")
    writer.append(batch([3, 1]), [])
    assert not (tmp_path / "it").exists()
    folder = writer.finish()
    assert sorted(path.name for path in folder.iterdir()) == [
        "description.json", "pixels.npy", "present.npy", "wave.lengths.npy", "wave.npy",
    ]  # fmt: skip
    assert np.load(folder / "pixels.npy", allow_pickle=False).shape == (2, 3, 2)
    assert not (tmp_path / "it.partial").exists()


def test_problems_are_kept_in_order_also_over_an_interruption(tmp_path: Path) -> None:
    first = Writer(tmp_path / "it")
    first.append(batch([1]), [Problem.of_row(0, "broken", name=" (a.png)")])
    first.close()
    second = Writer(tmp_path / "it")
    assert second.rows == 1
    second.append(batch([2]), [Problem.of_row(1, "unseen", "unseen")])
    found = problems_of(second.finish())
    assert [(p.where, p.text, p.kind, p.row) for p in found] == [
        ("row 1 (a.png)", "broken", "unreadable", 0), ("row 2", "unseen", "unseen", 1),
    ]  # fmt: skip


def test_an_array_that_changes_its_form_is_refused(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "it")
    writer.append({"present": np.ones(2, bool)}, [])
    with pytest.raises(ValueError, match="present changed from"):
        writer.append({"present": np.ones((2, 1), bool)}, [])
    writer.close()


def test_the_cache_lists_the_least_recently_used_first_and_clears(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FROMRAW_CACHE", str(tmp_path / "cache"))
    import os

    for age, name in ((100, "old"), (10, "new")):
        folder = write(cache_folder() / name, [batch([1, 2])])
        for file in folder.iterdir():
            os.utime(file, (1e9 - age, 1e9 - age))
    Writer(cache_folder() / "half").close()
    found = entries()
    assert [(entry.path.name, entry.whole) for entry in found] == [
        ("old", True),
        ("new", True),
        ("half.partial", False),
    ]
    size = sum(file.stat().st_size for file in (cache_folder() / "old").iterdir())
    assert found[0].bytes == size
    assert clear(found[:1]) == found[:1]
    assert entries() == found[1:]


def test_what_is_being_written_is_not_deleted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMRAW_CACHE", str(tmp_path / "cache"))
    whole = write(cache_folder() / "whole", [batch([1, 2])])
    Writer(cache_folder() / "half").close()
    with lock_of(cache_folder() / "half"):
        assert [entry.path for entry in clear(entries())] == [whole]
    assert [entry.path.name for entry in clear(entries())] == ["half.partial"]


def test_columns_that_are_open_outlive_their_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FROMRAW_CACHE", str(tmp_path / "cache"))
    stored = batch([3, 0, 2])
    found = open_prepared(write(cache_folder() / "it", [stored]), 0)
    clear(entries())
    assert not (cache_folder() / "it").exists()
    assert np.array_equal(found["pixels"], stored["pixels"])


def test_prepared_in_memory_is_what_is_read_from_the_disk() -> None:
    """Of several batches, of some rows only, ragged and not."""
    random = np.random.default_rng(0)
    series = [random.normal(size=random.integers(2, 6)).tolist() for _ in range(90)]
    table = pa.table({"s": pa.array(series, pa.list_(pa.float64())), "x": [*range(89), None]})
    source = Frame(pa.concat_tables([table.slice(start, 30) for start in (0, 30, 60)]))
    batch = table.to_batches()[0]
    columns: list[Column] = [Series("s", ["s"]), Number("x", ["x"])]
    for column in columns:
        column.fit([batch])
    keep = np.arange(90) % 4 > 0
    here, there = prepare_in_memory(source, columns, 90, keep), prepare(source, columns, 90, keep)
    assert here.rows.tolist() == there.rows.tolist()
    for column in columns:
        assert here.columns[column.name].keys() == there.columns[column.name].keys()
        for name, found in here.columns[column.name].items():
            same = there.columns[column.name][name]
            values = [a.values if isinstance(a, Ragged) else a for a in (found, same)]
            assert np.array_equal(*values)
            if isinstance(found, Ragged) and isinstance(same, Ragged):
                assert np.array_equal(found.offsets, same.offsets)
