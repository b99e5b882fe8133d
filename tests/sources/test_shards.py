"""One table in many files, and Arrow's own files."""

import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet as pq
import pytest

from fromraw.errors import DataError
from fromraw.sources.opening import open_source

TABLE = pa.table({"x": [1, 2], "y": ["p", "q"]})


def write(folder: Path, *names: str, table: pa.Table = TABLE) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, folder / name)
    return folder


def rows(data: Any) -> list[dict[str, Any]]:
    return open_source(data).head(10**6).to_pylist()


def test_files_with_the_same_columns_are_one_table_in_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("y;x\n4;3\n")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    (tmp_path / "README.md").write_text("#")
    source = open_source(tmp_path)
    assert source.head(9).to_pylist() == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]
    assert source.notes[-1] == "passed over: README.md"
    assert source.parts() == ["a.csv", "b.csv"]


def test_files_with_other_columns_are_not_one_table(tmp_path: Path) -> None:
    write(tmp_path, "a.parquet")
    write(tmp_path, "b.parquet", table=TABLE.append_column("z", [[1, 2]]))
    with pytest.raises(DataError, match=r"b\.parquet has a column z, a\.parquet has none, so they are not one table"):
        open_source(tmp_path)


def test_numbers_of_two_widths_meet_in_one_that_holds_both(tmp_path: Path) -> None:
    write(tmp_path, "a.parquet")
    write(tmp_path, "b.parquet", table=pa.table({"x": [0.5], "y": ["r"]}))
    assert open_source(tmp_path).head(9).column("x").to_pylist() == [1.0, 2.0, 0.5]


def test_folders_called_column_equals_value_give_a_column(tmp_path: Path) -> None:
    write(tmp_path, "year=2020/kind=a%20b/0.parquet", "year=2021/kind=__HIVE_DEFAULT_PARTITION__/0.parquet")
    (tmp_path / "year=2020" / "_SUCCESS").write_text("")
    assert [tuple(row.values()) for row in rows(tmp_path)] == [
        (1, "p", "2020", "a b"),
        (2, "q", "2020", "a b"),
        (1, "p", "2021", None),
        (2, "q", "2021", None),
    ]
    assert open_source(tmp_path).head(9, ["year"]).column("year").to_pylist() == ["2020", "2020", "2021", "2021"]


def test_folders_called_split_equals_train_are_the_split(tmp_path: Path) -> None:
    source = open_source(write(tmp_path, "split=train/0.parquet", "split=val/0.parquet"))
    assert source.fields[-1].meaning == "split"
    assert source.head(9).column("split").to_pylist() == ["train"] * 2 + ["valid"] * 2


@pytest.mark.parametrize(
    "names",
    [
        ("train-00000-of-00002.parquet", "train-00001-of-00002.parquet", "test-00000-of-00001-0123abcd89.parquet"),
        ("train/0.parquet", "train/1.parquet", "test/0.parquet"),
    ],
)
def test_splits_may_lie_in_many_files_each(tmp_path: Path, names: tuple[str, ...]) -> None:
    source = open_source(write(tmp_path, *names))
    assert source.head(9).column("split").to_pylist() == ["train"] * 4 + ["test"] * 2
    assert source.notes == []


def test_problems_of_each_file_are_told_once(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.csv").write_text("x,y\n1,2\n3\n")
    source = open_source(tmp_path)
    for _ in range(2):
        list(source.batches())
    assert [problem.where for problem in source.problems] == ["a.csv:3", "b.csv:3"]


def test_moving_the_folder_keeps_its_fingerprint_and_another_file_changes_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "one", "k=1/0.parquet", "k=2/0.parquet")
    before = open_source(folder).fingerprint()
    assert open_source(folder.rename(tmp_path / "two")).fingerprint() == before
    write(tmp_path / "two", "k=3/0.parquet")
    assert open_source(tmp_path / "two").fingerprint() != before


# ------------------------------------------------------------------------------------------------- Arrow's own files


@pytest.mark.parametrize("kind", ["file", "stream", "feather"])
def test_arrow_files_of_every_kind_are_the_same_table(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("a.feather" if kind == "feather" else "a.arrow")
    table = pa.table({"x": pa.array([1, 2, None], pa.int8()), "c": pa.array(["u", "v", "u"]).dictionary_encode()})
    if kind == "feather":
        pyarrow.feather.write_feather(table, path, compression="lz4")
    else:
        with {"file": pa.ipc.new_file, "stream": pa.ipc.new_stream}[kind](str(path), table.schema) as writer:
            writer.write_table(table, 2)
    source = open_source(path)
    assert [(field.name, str(field.type)) for field in source.fields] == [("x", "int8"), ("c", "string")]
    assert source.head(9).to_pylist() == table.to_pylist()


@pytest.mark.parametrize("contents", [b"", b"ARROW1\0\0", b"nonsense that is long enough", b"FEA1...."])
def test_what_is_no_arrow_file_is_an_error_that_names_it(tmp_path: Path, contents: bytes) -> None:
    (tmp_path / "a.arrow").write_bytes(contents)
    with pytest.raises(DataError, match=r"a\.arrow: "):
        open_source(tmp_path / "a.arrow")


def test_classes_and_arrays_that_a_schema_notes_are_read_as_such(tmp_path: Path) -> None:
    features = {
        "label": {"_type": "ClassLabel", "names": ["ant", "bee"]},
        "a": {"_type": "Array2D", "shape": [2, 2], "dtype": "uint8"},
    }
    table = pa.table(
        {"label": [1, -1, None, 0], "a": pa.array([[[1, 2], [3, 4]], None] * 2, pa.list_(pa.list_(pa.uint8())))}
    )
    noted = {"huggingface": json.dumps({"info": {"features": features}})}
    source = open_source(write(tmp_path, "a.parquet", table=table.replace_schema_metadata(noted)) / "a.parquet")
    assert source.head(9).column("label").to_pylist() == ["bee", None, None, "ant"]
    assert source.fields[1].known == {"shape": (2, 2), "dtype": "uint8"}
    assert source.head(9).column("a").to_pylist() == [[1, 2, 3, 4], None] * 2
