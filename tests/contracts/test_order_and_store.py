"""The order of examples is computed, and what is prepared is found again, whole, whatever happened meanwhile."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fromraw.columns.base import Column
from fromraw.columns.category import Category
from fromraw.columns.number import Number
from fromraw.columns.series import Series
from fromraw.sources.base import Field, Source
from fromraw.sources.opening import open_source
from fromraw.store.cache import cache_folder
from fromraw.store.preparing import name_of, prepare
from fromraw.streams.order import Order

BILLION = 10**9


@pytest.mark.parametrize("rows", [1, 7, 100])
@pytest.mark.parametrize("near", [(0, 0), (3, 2), (4, 5)], ids=str)
def test_each_row_comes_once_an_epoch(rows: int, near: tuple[int, int]) -> None:
    order = Order(rows, 3, *near)
    epochs = order.rows_at(np.arange(5 * rows)).reshape(5, rows)
    assert all(np.array_equal(np.sort(epoch), np.arange(rows)) for epoch in epochs)
    assert rows == 1 or not np.array_equal(epochs[0], epochs[1])


@pytest.mark.parametrize("processes", [1, 2, 3])
@pytest.mark.parametrize("rows", [1, 7, 100])
def test_processes_that_take_turns_at_places_share_each_epoch(rows: int, processes: int) -> None:
    order = Order(rows, 0)
    places = np.arange(rows)
    seen = np.concatenate([order.rows_at(places[places % processes == mine]) for mine in range(processes)])
    assert np.array_equal(np.sort(seen), places)


@pytest.mark.parametrize("rows", [7, 1000, BILLION])
@pytest.mark.parametrize("near", [(0, 0), (64, 8)], ids=str)
def test_any_place_is_reached_at_once_and_whoever_asks(rows: int, near: tuple[int, int]) -> None:
    order = Order(rows, 1, *near)
    places = np.array([0, 5, rows - 1, 17 * rows + 3, 10**15])
    found = order.rows_at(places)
    assert ((found >= 0) & (found < rows)).all()
    assert [int(order.rows_at(np.array([place]))[0]) for place in places] == found.tolist()


@pytest.mark.parametrize("near", [(0, 0), (1000, 50)], ids=str)
def test_among_a_billion_rows_no_two_places_of_an_epoch_hold_the_same(near: tuple[int, int]) -> None:
    order = Order(BILLION, 2, *near)
    some = np.unique(np.random.default_rng(0).integers(0, BILLION, 50_000))
    assert len(np.unique(order.rows_at(some))) == len(some)


def test_a_window_keeps_reading_near() -> None:
    """200 places in turn lie in so few blocks that a disk reads little more than they hold."""
    rows = Order(100_000, 0, block=50, window=4).rows_at(np.arange(200))
    assert len(np.unique(rows // 50)) <= 5


def test_the_order_looks_random() -> None:
    rows = Order(10_000, 0).rows_at(np.arange(20_000)).reshape(2, -1)
    assert abs(np.corrcoef(rows[0], np.arange(10_000))[0, 1]) < 0.04
    assert abs(np.corrcoef(rows[0], rows[1])[0, 1]) < 0.04


# ------------------------------------------------------------------------------------------------------------ the store


def frame(rows: int = 60) -> pa.Table:
    random = np.random.default_rng(0)
    waves = [random.normal(size=random.integers(1, 6)).tolist() for _ in range(rows)]
    names = random.choice(["bee", "wasp", "fly"], rows)
    return pa.table({"wave": waves, "name": names, "weight": random.normal(size=rows)})


def columns_of(table: pa.Table, chosen: slice = slice(None)) -> list[Column]:
    made: list[Column] = [Series("wave", ["wave"]), Category("name", ["name"]), Number("weight", ["weight"])]
    for column in made:
        column.fit(table.take(list(range(table.num_rows))[chosen]).to_batches())
    return made


class InParts(Source):
    """A source that is read ten rows at a time, and breaks after so many parts."""

    def __init__(self, table: pa.Table, until: int = 99) -> None:
        super().__init__()
        self.table, self.until, self.place = table, until, "a frame"

    @classmethod
    def opens(cls, data: Any) -> Source | None:
        return None

    @property
    def fields(self) -> list[Field]:
        return [Field(f.name, f.type) for f in self.table.schema]

    def fingerprint(self) -> str:
        return "the same"

    def parts(self) -> list[str]:
        return [str(number) for number in range(6)]

    def read(self, part: str, columns: Sequence[str] | None = None) -> Iterator[pa.RecordBatch]:
        if int(part) == self.until:
            raise OSError("the disk is gone")
        yield self.table.slice(10 * int(part), 10).combine_chunks().select(columns).to_batches()[0]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FROMRAW_CACHE", str(tmp_path / "cache"))
    return cache_folder()


def damage_tail(folder: Path) -> None:
    """Half a batch more was written, and half a line of the journal."""
    for file in folder.glob("*.npy"):
        with file.open("ab") as handle:
            handle.write(b"half a row")
    with (folder / "journal.jsonl").open("ab") as handle:
        handle.write(b'{"counts": {"val')


def cut_files(folder: Path) -> None:
    """The machine lost power: the journal is there, the last pages of the arrays are not."""
    for file in folder.glob("*.npy"):
        with file.open("r+b") as handle:
            handle.truncate(max(0, file.stat().st_size - 3))


def cut_journal(folder: Path) -> None:
    journal = folder / "journal.jsonl"
    journal.write_bytes(journal.read_bytes()[:-5])


def lose_journal(folder: Path) -> None:
    (folder / "journal.jsonl").unlink()


DAMAGE = [lambda folder: None, damage_tail, cut_files, cut_journal, lose_journal]


@pytest.mark.parametrize("damage", DAMAGE, ids=["killed", "mid-write", "truncated", "torn journal", "no journal"])
@pytest.mark.parametrize("until", [0, 1, 4])
def test_preparing_killed_and_continued_gives_the_same_files(cache: Path, until: int, damage: Any) -> None:
    table = frame()
    keep = np.arange(60) % 7 != 3
    prepare(InParts(table), columns_of(table), 60, keep)
    whole = contents(cache)
    shutil.rmtree(cache)
    with pytest.raises(OSError, match="the disk is gone"):
        prepare(InParts(table, until), columns_of(table), 60, keep)
    for folder in cache.glob("*.partial"):
        if until:
            damage(folder)
    prepare(InParts(table), columns_of(table), 60, keep)
    again = contents(cache)
    assert again.keys() == whole.keys()
    assert {name for name in whole if again[name] != whole[name]} == set()


def test_what_was_prepared_before_is_not_written_again(cache: Path) -> None:
    table = frame()
    prepare(InParts(table), columns_of(table), 60)
    again = prepare(InParts(table, 0), columns_of(table), 60)
    np.testing.assert_allclose(again.columns["weight"]["values"].std(), 1, rtol=1e-3)
    assert again.columns["wave"]["values"].take(np.array([3])).lengths == [len(table["wave"][3])]


def test_another_split_vocabulary_setting_or_choice_of_rows_is_another_place(cache: Path) -> None:
    table = frame()
    source = open_source(table)
    name = lambda column, keep=None: name_of(source, column, keep)  # noqa: E731
    first, second = columns_of(table, slice(0, 40)), columns_of(table, slice(20, 60))
    assert all(name(a) != name(b) for a, b in zip(first, second, strict=True))
    assert [name(c) for c in first] == [name(c) for c in columns_of(table, slice(0, 40))]
    few = Category("name", ["name"])
    few.fit(table.filter(pa.array(np.array(table["name"]) != "fly")).to_batches())
    assert name(few) != name(first[1])
    asked = Category("name", ["name"], output=True)
    asked.load(first[1].state())
    assert name(asked) != name(first[1])
    assert name(first[0], np.arange(60) < 30) != name(first[0], np.arange(60) < 31) != name(first[0])
    other = open_source(table.slice(1))
    assert name_of(other, first[0], None) != name(first[0])
