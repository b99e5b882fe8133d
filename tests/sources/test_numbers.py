"""Arrays, idx, npz, series and frames: their values come out as they went in."""

import gzip
import shutil
import struct
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from fromraw.describing.dataset import open_data
from fromraw.errors import DataError, UsageError
from fromraw.sources.answered import Answered
from fromraw.sources.base import Source
from fromraw.sources.opening import open_source


def array_of(source: Source, name: str) -> np.ndarray:
    """A field's cells as the array that they came from."""
    known = next(field.known for field in source.fields if field.name == name)
    blocks = [batch.column(name).flatten().to_numpy() for batch in source.batches([name])]
    return np.concatenate(blocks).reshape(-1, *known["shape"])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("kind", ["arrays", "npz"])
def test_arrays_come_back_as_they_were(tmp_path: Path, kind: str, order: Any) -> None:
    x = np.asarray(np.random.default_rng(0).normal(size=(700, 3, 900)).astype(">f4"), order=order)
    given = {"x": x, "y": np.arange(700)[:, None], "names": np.array(["p", "q"])}
    np.savez(tmp_path / "d.npz", **given)
    source = open_source(given if kind == "arrays" else tmp_path / "d.npz")
    assert len(list(source.batches())) > 1
    assert np.array_equal(array_of(source, "x"), x)
    assert [(f.name, f.meaning, str(f.type)) for f in source.fields][1] == ("y", "label", "int64")
    assert source.notes == ["passed over: names, 2 values for 700 rows"]


def test_bytes_of_two_dimensions_are_pictures_and_share_memory() -> None:
    x = np.random.default_rng(0).integers(0, 255, (5, 4, 3, 3), np.uint8)
    source = open_source(
        {"train_images": x, "train_labels": list("abcab"), "test_images": x[:2], "test_labels": ["a", "b"]}
    )
    assert source.things == "pictures"
    assert [(f.name, f.meaning) for f in source.fields] == [("images", ""), ("labels", "label"), ("split", "split")]
    assert source.head(9).column("split").to_pylist() == ["train"] * 5 + ["test"] * 2
    assert np.shares_memory(next(source.batches(["images"])).column(0).flatten().to_numpy(), x)


def test_objects_are_never_unpickled(tmp_path: Path) -> None:
    np.savez(tmp_path / "d.npz", x=np.array([{}, {}], dtype=object))
    with pytest.raises(DataError, match=r"x holds Python objects, which are never unpickled"):
        open_source(tmp_path / "d.npz")


@pytest.mark.parametrize("kind", ["arrays", "npz"])
def test_an_array_called_split_is_the_split_where_its_words_are_for_splits(tmp_path: Path, kind: str) -> None:
    def source_of(words: list[str]) -> Source:
        given = {"x": np.arange(3.0), "Split": np.array(words)}
        np.savez(tmp_path / "d.npz", **given)
        return open_source(given if kind == "arrays" else tmp_path / "d.npz")

    source = source_of(["TRAIN", " val", "testing"])
    assert [field.meaning for field in source.fields] == ["", "split"]
    assert source.head(9).column("Split").to_pylist() == ["train", "valid", "test"]
    source = source_of(["left", "right", "test"])
    assert [field.meaning for field in source.fields] == ["", ""]
    assert source.head(9).column("Split").to_pylist() == ["left", "right", "test"]


@pytest.mark.parametrize("data", [np.zeros(3), 5, {"x": {"a": 1}}, {"x": [[1], [1, 2]]}])
def test_what_is_no_data_is_a_usage_error(data: Any) -> None:
    with pytest.raises(UsageError, match=r"must be"):
        open_source(data)


def idx(folder: Path, name: str, magic: int, shape: tuple[int, ...], contents: bytes) -> None:
    head = struct.pack(f">I{len(shape)}I", magic, *shape)
    (folder / name).write_bytes(gzip.compress(head + contents) if name.endswith(".gz") else head + contents)


def test_idx_files_are_pictures_with_labels_by_split(tmp_path: Path) -> None:
    idx(tmp_path, "train-images-idx3-ubyte.gz", 2051, (2, 2, 3), bytes(range(12)))
    idx(tmp_path, "train-labels-idx1-ubyte", 2049, (2,), bytes([7, 1]))
    idx(tmp_path, "t10k-images.idx3-ubyte", 2051, (1, 2, 3), bytes(6))
    idx(tmp_path, "t10k-labels.idx1-ubyte", 2049, (1,), bytes([3]))
    source = open_source(tmp_path)
    assert source.things == "pictures"
    assert array_of(source, "image").tolist() == [[[0, 1, 2], [3, 4, 5]], [[6, 7, 8], [9, 10, 11]], [[0] * 3] * 2]
    assert source.head(9, ["label", "split"]).to_pylist()[1:] == [
        {"label": 1, "split": "train"},
        {"label": 3, "split": "test"},
    ]


@pytest.mark.parametrize("name", ["train-images-idx3-ubyte", "train-images-idx3-ubyte.gz"])
def test_a_truncated_idx_file_is_named(tmp_path: Path, name: str) -> None:
    idx(tmp_path, name, 2051, (2, 2, 3), bytes(11))
    with pytest.raises(DataError, match=name):
        list(open_source(tmp_path).batches())


def test_an_idx_file_with_another_magic_number_is_named(tmp_path: Path) -> None:
    (tmp_path / "train-images-idx3-ubyte").write_bytes(b"<html><body>")
    with pytest.raises(DataError, match=r"not an idx file, its first bytes are 3c 68 74 6d"):
        open_source(tmp_path)


def test_series_have_channels_lengths_and_gaps_of_their_own(tmp_path: Path) -> None:
    text = "# c\n@problemName p\n@CLASSLABEL true a b\n@dimensions 2\n@Data\n1, 2:3:a\n?,1e3:NaN,-4:b\nx:2:b\n1:a\n"
    (tmp_path / "s.ts").write_text(text)
    source = open_source(tmp_path / "s.ts")
    rows = source.head(9).to_pylist()
    assert rows[0] == {"series": [[1, 2], [3]], "label": "a"}
    assert np.array_equal(rows[1]["series"], [[np.nan, 1000], [np.nan, -4]], equal_nan=True)
    assert [(p.where, p.text) for p in source.problems] == [
        ("s.ts:8", "line 8 has something that is not a number: skipped"),
        ("s.ts:9", "line 9 has 2 parts, not 3: skipped"),
    ]


def test_series_with_a_number_to_predict_have_a_number(tmp_path: Path) -> None:
    (tmp_path / "s.ts.gz").write_bytes(gzip.compress(b"@targetlabel true\n@data\n1,2:0.5\n"))
    source = open_source(tmp_path / "s.ts.gz")
    assert source.head(1).to_pylist() == [{"series": [[1, 2]], "label": 0.5}]
    assert [field.meaning for field in source.fields] == ["", "label"]


def test_a_frame_with_one_name_twice_is_refused_in_words() -> None:

    with pytest.raises(UsageError, match="Give each column a name of its own"):
        open_source(pd.DataFrame([[1, 2]], columns=["a", "a"]))


def test_columns_of_pandas_that_arrow_has_no_place_for_are_read_and_given_back_as_they_were() -> None:
    frame = pd.DataFrame(
        {
            "month": pd.PeriodIndex(["2024-02", None, "2024-03"], freq="M"),
            "took": pd.to_timedelta(["1h", "90s", None]),
            "stars": pd.Categorical([3, 1, None]),
            "mixed": np.array([1.0, "two", pd.NaT], object),
            "both": pd.Categorical(["a", 7, 7]),
            "bin": pd.IntervalIndex.from_tuples([(0, 1), (1, 2), (0, 1)]),
            "few": pd.arrays.SparseArray([0, 0, 5]),
        },
        index=[9, 4, 2],
    )
    before = frame.copy()
    source = open_source(frame)
    rows = source.head(9).to_pydict()
    months = [datetime(2024, 2, 1), None, datetime(2024, 3, 1)]
    assert rows["month"] == months
    assert rows["took"] == [3600.0, 90.0, None]
    assert rows["stars"] == [3, 1, None]
    assert rows["mixed"] == ["1", "two", None]
    assert rows["both"] == ["a", "7", "7"]
    assert rows["bin"] == ["(0, 1]", "(1, 2]", "(0, 1]"]
    assert rows["few"] == [0, 0, 5]
    assert "mixed: cells of several kinds (float and str), read as texts" in source.notes
    assert "took: durations, read as seconds" in source.notes
    answers = pa.table({"predicted_y": [1, 2, 3], "problem": pa.nulls(3, pa.string())})
    back = source.give_back([Answered(pa.table({}), answers)])
    pd.testing.assert_frame_equal(back[list(before)], before)
    assert back["predicted_y"].to_dict() == {9: 1, 4: 2, 2: 3}


def test_durations_of_arrays_are_seconds_and_moments_of_any_unit_are_read() -> None:
    took, when = np.array([2, "NaT", 3], "m8[h]"), np.array(["2024-02", "2024-03", "NaT"], "M8[M]")
    rows = open_source({"took": took, "when": when, "y": list("aba")}).head(9).to_pydict()
    assert rows["took"][0] == 7200
    assert np.isnan(rows["took"][1])
    assert rows["when"] == [datetime(2024, 2, 1), datetime(2024, 3, 1), None]


def test_whole_numbers_of_a_categorical_are_names() -> None:
    stars = np.random.default_rng(0).integers(1, 30, 90)
    frame = pd.DataFrame({"stars": pd.Categorical(stars), "sold": stars, "y": ["a", "b", "c"] * 30})
    known = open_data(frame).known
    assert (known["stars"].column.type, known["sold"].column.type) == ("category", "number")


def test_cells_that_have_no_place_in_a_table_are_refused_by_the_name_of_their_column() -> None:
    for cells, words in (([{"a": 1}, 2], "column odd holds dict and int, and cells must be of one kind"),
                         ([1 + 2j, 2j], "column odd holds complex numbers")):  # fmt: skip
        with pytest.raises(UsageError, match=words):
            open_source(pd.DataFrame({"odd": cells, "y": [1, 2]}))


def test_a_category_column_of_polars_is_read_as_its_words() -> None:
    frame = pl.DataFrame({"a": [1, 2, 3], "color": pl.Series(["red", None, "red"], dtype=pl.Categorical)})
    assert pa.Table.from_batches(open_source(frame).batches(["color"]))["color"].to_pylist() == ["red", None, "red"]


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "duckdb", "reader"])
def test_a_frame_of_any_kind_is_the_same_table(kind: str) -> None:
    rows = {"a": [1, 2, 3], "b": ["x", None, "z"]}
    table = pa.table(rows)
    frames = {
        "pandas": lambda: pd.DataFrame(rows, index=[9, 4, 2]),
        "polars": lambda: pl.DataFrame(rows),
        "arrow": lambda: table,
        "duckdb": lambda: duckdb.from_arrow(table),
        "reader": lambda: table.to_reader(),
    }
    source = open_source(frames[kind]())
    assert [(field.name, str(field.type)) for field in source.fields] == [("a", "int64"), ("b", "string")]
    assert source.head(9).to_pylist() == source.head(9).to_pylist() == table.to_pylist()


def test_a_stream_that_is_read_once_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    source = open_source(pa.table({"a": [1]}).to_reader())
    assert list(tmp_path.iterdir())
    del source
    assert not list(tmp_path.iterdir())


def test_categories_become_texts_and_tensors_keep_their_shape() -> None:
    tensors = pa.FixedShapeTensorArray.from_numpy_ndarray(np.arange(12, dtype=np.float32).reshape(2, 2, 3))
    table = pa.table({"c": pa.array(["u", "v"]).dictionary_encode(), "t": tensors})
    source = open_source(table)
    assert source.head(9, ["c"]).to_pylist() == [{"c": "u"}, {"c": "v"}]
    assert np.array_equal(array_of(source, "t"), np.arange(12).reshape(2, 2, 3))


def test_examples_are_real_data_by_name() -> None:
    digits = open_source("example:digits")
    assert array_of(digits, "image").shape == (1797, 8, 8)
    assert array_of(digits, "image").max() == 255
    iris = open_source("example:iris")
    assert iris.head(1, ["target"]).to_pylist() == [{"target": "setosa"}]
    with pytest.raises(UsageError, match=r'did you mean "diabetes"'):
        open_source("example:diabets")


def test_moving_a_file_keeps_its_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "s.ts").write_text("@classLabel true\n@data\n1:a\n")
    before = open_source(tmp_path / "s.ts").fingerprint()
    (tmp_path / "other").mkdir()
    shutil.move(tmp_path / "s.ts", tmp_path / "other" / "s.ts")
    assert open_source(tmp_path / "other" / "s.ts").fingerprint() == before
