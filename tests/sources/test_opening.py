"""The door: splits from file names and options, and errors that say what to do."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fromraw.errors import DataError, FromrawError, UsageError
from fromraw.sources.opening import open_source


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def test_the_folder_of_a_run_is_no_data(tmp_path: Path) -> None:
    write(tmp_path, format="1", identity="a", log__jsonl="{}\n", problems__csv="where\n1\n")
    with pytest.raises(UsageError, match=r"the folder of a run, which holds no rows; name a table"):
        open_source(tmp_path)


def test_files_named_by_split_are_one_data_set(tmp_path: Path) -> None:
    write(tmp_path, train__csv="x,y\n1,a\n", valid__tsv="x\ty\n9\tz\n", test__csv="x,y\n2,b\n", ORIGIN__md="#")
    source = open_source(tmp_path)
    assert source.head(9).to_pylist() == [{"x": "1", "y": "a", "split": "train"}, {"x": "2", "y": "b", "split": "test"}]
    assert source.notes == ["passed over: ORIGIN.md, valid.tsv"]
    assert source.place == f"{tmp_path}/"


def test_of_several_forms_of_the_archive_the_series_file_is_read(tmp_path: Path) -> None:
    ts = "@classLabel true\n@data\n1,2:a\n"
    write(tmp_path, Gun_TRAIN__ts=ts, Gun_TEST__ts=ts, Gun_TRAIN__csv="x\n1\n", Gun_TEST__csv="x\n1\n")
    source = open_source(tmp_path)
    assert [field.name for field in source.fields] == ["series", "label", "split"]
    assert source.things == "series"


def test_two_data_sets_in_one_folder_are_not_guessed_between(tmp_path: Path) -> None:
    write(tmp_path, a_train__csv="x\n1\n", a_test__csv="x\n1\n", b_train__csv="x\n1\n")
    with pytest.raises(DataError, match=r"2 data sets \(a, b\); name one's train file"):
        open_source(tmp_path)


def test_a_column_that_one_split_lacks_is_missing_there_and_said(tmp_path: Path) -> None:
    write(tmp_path, train__csv="x,y\n1,a\n", test__csv="x\n2\n")
    source = open_source(tmp_path)
    assert source.head(9, ["y", "split"]).to_pylist() == [{"y": "a", "split": "train"}, {"y": None, "split": "test"}]
    assert source.notes == ["test: no y; missing there"]


def test_separate_sources_are_named_by_option(tmp_path: Path) -> None:
    write(tmp_path, a__csv="x\n1\n", b__csv="x\n2\n")
    source = open_source(tmp_path / "a.csv", valid=pa.table({"x": [3]}), test=str(tmp_path / "b.csv"))
    assert [tuple(row.values()) for row in source.head(9).to_pylist()] == [
        ("1", "train"),
        ("3", "valid"),
        ("2", "test"),
    ]


def test_a_split_of_its_own_is_kept_where_no_option_stands_for_it(tmp_path: Path) -> None:
    write(tmp_path, a__csv="x,split\n1,train\n2,val\n3,test\n4,train\n", b__csv="x\n9\n")
    source = open_source(tmp_path / "a.csv", test=tmp_path / "b.csv")
    rows = [tuple(row.values()) for row in source.head(9).to_pylist()]
    assert rows == [("1", "train"), ("2", "valid"), ("4", "train"), ("9", "test")]
    assert source.head(9, ["x"]).num_rows == 4
    assert source.notes == [f"{tmp_path}/a.csv names splits itself: its own rows of test are left out"]


def test_numbers_of_two_types_meet_in_one_that_holds_both() -> None:
    source = open_source(pa.table({"x": pa.array([1], pa.int8())}), test=pa.table({"x": [0.5]}))
    assert source.head(9).column("x").to_pylist() == [1.0, 0.5]


def test_problems_of_each_source_are_told_once(tmp_path: Path) -> None:
    write(tmp_path, train__csv="x,y\n1,a\n2\n", test__csv="x,y\n2,b\n")
    source = open_source(tmp_path)
    for _ in range(2):
        list(source.batches())
    assert [problem.where for problem in source.problems] == ["train.csv:3"]


@pytest.mark.parametrize(
    ("data", "kind", "words"),
    [
        ("phtos/", UsageError, r'no such file or folder "phtos/"; did you mean "photos"\?'),
        ("photos/deep/x", UsageError, r'no such file or folder "photos/deep/x"'),
        ("sheet.xlsx", UsageError, r"sheet.xlsx: a spreadsheet; save the sheet as CSV"),
        ("a.sav", UsageError, r"a.sav: a table of SPSS; save it as CSV or Parquet"),
        ("a.json", UsageError, r"a.json: one JSON document; save it as JSON Lines"),
        ("a.pkl", UsageError, r"a.pkl: a pickle, .*never opened"),
        ("a.weird", UsageError, r"a.weird: \.weird is not read; this version reads folders"),
        ("photos", DataError, r"photos.*: an empty folder"),
        ("two", DataError, r"two/: b.csv has a column x, a.csv has none, so they are not one table; name one of 2"),
        ("deep", DataError, r"deep/: no picture; found 1 .csv file. Name one of them, such as in/a.csv"),
    ],
)
def test_what_cannot_be_opened_says_what_to_do(
    work_folder: Path, data: Any, kind: type[FromrawError], words: str
) -> None:
    (work_folder / "photos").mkdir()
    for folder in ("two", "deep", "deep/in"):
        (work_folder / folder).mkdir()
    write(work_folder / "two", a__csv="y\n1\n", b__csv="x\n1\n")
    write(work_folder / "deep" / "in", a__csv="x\n1\n")
    write(work_folder, sheet__xlsx="x", a__sav="x", a__json="{}", a__pkl="x", a__weird="x")
    with pytest.raises(kind, match=words):
        open_source(data)
