"""`fromraw cache`: what was prepared, of which data, and that it is deleted as asked."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fromraw.columns.number import Number
from fromraw.sources.opening import open_source
from fromraw.store.cache import cache_folder, entries, lock_of
from fromraw.store.preparing import prepare


def prepare_numbers(path: str) -> None:
    Path(path).write_text("x,y\n" + "".join(f"{n},{2 * n}\n" for n in range(50)))
    source = open_source(path)
    columns = [Number(name, [name]) for name in "xy"]
    for column in columns:
        column.fit(source.batches([column.name]))
    prepare(source, columns, 50)


@pytest.fixture
def prepared(work_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two columns each of two tables, a.csv the last used; the home folder is where the tables lie."""
    monkeypatch.setenv("FROMRAW_CACHE", str(work_folder / "cache"))
    monkeypatch.setattr(Path, "home", lambda: work_folder)
    for age, name in ((2_000, "b.csv"), (1_000, "a.csv")):
        prepare_numbers(name)
        for entry in entries():
            for file in entry.path.iterdir() if entry.data.endswith(name) else ():
                os.utime(file, (1e9 - age, 1e9 - age))
    return cache_folder()


def test_it_is_listed_by_data_the_last_used_first(prepared: Path, typed: Callable[..., Any]) -> None:
    place, a, b, how = typed("cache").out.splitlines()
    assert place.startswith(f"{prepared}  4 prepared columns, ")
    assert place.endswith(" free")
    assert a.split()[:3] == ["~/a.csv", "x,", "y"]
    assert b.split()[:3] == ["~/b.csv", "x,", "y"]
    assert "fromraw cache DATA --clear" in how


def test_as_data_it_is_a_line_a_column(prepared: Path, typed: Callable[..., Any], work_folder: Path) -> None:
    data = typed("cache", "--json").json
    assert data["place"] == str(prepared)
    assert data["bytes"] == sum(entry["bytes"] for entry in data["entries"]) > 0
    found = [(entry["data"], entry["column"], entry["whole"]) for entry in data["entries"]]
    assert sorted(found) == [(str(work_folder / f"{t}.csv"), c, True) for t in "ab" for c in "xy"]


@pytest.mark.parametrize("name", ["b.csv", "~/b.csv"])
def test_one_data_set_is_deleted_and_the_others_stay(name: str, prepared: Path, typed: Callable[..., Any]) -> None:
    ended = typed("cache", name, "--clear")
    assert ended.code == 0
    assert "deleted 2 prepared columns, " in ended.out
    assert ended.out.rstrip().endswith(": ~/b.csv")
    assert {Path(entry.data).name for entry in entries()} == {"a.csv"}


def test_all_of_it_is_deleted_but_what_is_being_written(prepared: Path, typed: Callable[..., Any]) -> None:
    held = entries()[0]
    with lock_of(held.path):
        out = typed("cache", "--clear").out
    assert "deleted 3 prepared columns" in out
    assert "! kept 1 prepared column, which another command is writing: ~/b.csv" in out
    assert entries() == [held]


def test_an_unknown_name_is_answered_with_the_nearest(prepared: Path, typed: Callable[..., Any]) -> None:
    ended = typed("cache", "~/a.cvs", "--clear")
    assert (ended.code, ended.err) == (2, 'fromraw: no prepared data "~/a.cvs"; did you mean "~/a.csv"?\n')
    assert len(entries()) == 4


def test_what_an_earlier_version_prepared_is_listed_and_deleted(prepared: Path, typed: Callable[..., Any]) -> None:
    (prepared / "abc").mkdir()
    (prepared / "abc" / "values.npy").write_bytes(bytes(2_000_000))
    assert "(unknown data)  1 prepared column" in typed("cache").out
    assert "deleted 1 prepared column, 2.0 MB" in typed("cache", "abc", "--clear").out


def test_a_training_that_has_opened_its_columns_is_not_disturbed(prepared: Path, typed: Callable[..., Any]) -> None:
    source = open_source("a.csv")
    column = Number("x", ["x"])
    column.fit(source.batches(["x"]))
    opened = prepare(source, [column], 50, memory_bytes=0).columns["x"]
    typed("cache", "--clear")
    assert entries() == []
    again = prepare(source, [column], 50).columns["x"]
    assert set(opened) == set(again)
    assert all(np.array_equal(opened[name], again[name]) for name in again)
