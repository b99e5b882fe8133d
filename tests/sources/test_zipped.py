"""Tables in archives, and packed Parquet, are read as if they lay in a folder."""

import gc
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fromraw.errors import DataError
from fromraw.sources.opening import open_source


def packed(path: Path, **files: bytes) -> Path:
    """A zip or tar; in names `__` is a dot and `___` a slash."""
    named = {name.replace("___", "/").replace("__", "."): contents for name, contents in files.items()}
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, contents in named.items():
                file.writestr(name, contents)
        return path
    with tarfile.open(path, "w:gz") as tar:
        for name, contents in named.items():
            info = tarfile.TarInfo(name)
            info.size = len(contents)
            tar.addfile(info, io.BytesIO(contents))
    return path


@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz"])
def test_one_table_in_an_archive_is_that_table(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, data___people__csv=b"a;b\n1,5;x\n2,5;y\n", README__md=b"#")
    source = open_source(path)
    assert source.place == str(path)
    assert source.head(9).to_pylist() == [{"a": "1,5", "b": "x"}, {"a": "2,5", "b": "y"}]
    assert source.notes == ["passed over: README.md"]
    assert open_source(path).fingerprint() == source.fingerprint()
    assert open_source(path, read={"header": "none"}).head(9).num_rows == 3


@pytest.mark.parametrize("name", ["set.zip", "set.tar.gz"])
def test_train_and_test_in_an_archive_are_splits(tmp_path: Path, name: str) -> None:
    path = packed(tmp_path / name, train__csv=b"x,y\n1,a\n", test__csv=b"x,y\n2,b\n", __MACOSX___train__csv=b"junk")
    rows = open_source(path).head(9).to_pylist()
    assert rows == [{"x": "1", "y": "a", "split": "train"}, {"x": "2", "y": "b", "split": "test"}]


def test_parquet_that_is_packed_is_unpacked_and_its_copy_goes_with_the_source(tmp_path: Path) -> None:
    stream = io.BytesIO()
    pq.write_table(pa.table({"n": [1, 2, 3]}), stream)
    (tmp_path / "a.parquet.gz").write_bytes(gzip.compress(stream.getvalue()))
    source = open_source(tmp_path / "a.parquet.gz")
    assert source.head(9).column("n").to_pylist() == [1, 2, 3]
    copy = source._path  # type: ignore[attr-defined]
    assert copy.exists()
    del source
    gc.collect()
    assert not copy.exists()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"a___x__csv": b"a\n1\n", "b___x__csv": b"a\n1\n"}, "2 files called x.csv; unpack it and name one"),
        (
            {"a__csv": b"x\n1\n", "b__csv": b"y\n1\n"},
            r"set\.zip: a.csv has a column x, .*; unpack it and name one of 2",
        ),
        ({"a__csv": b"x,y\n"}, r"set\.zip: a\.csv: a header of 2 columns and no row that fits it"),
        ({"notes__txt": b"hello"}, "no picture; found 1 .txt file"),
    ],
)
def test_what_an_archive_does_not_tell_is_an_error(tmp_path: Path, files: dict[str, bytes], words: str) -> None:
    with pytest.raises(DataError, match=words):
        open_source(packed(tmp_path / "set.zip", **files))
    assert not [*Path(tmp_path).glob("fromraw-*")]


def test_an_archive_that_was_cut_off_is_an_error(tmp_path: Path) -> None:
    path = packed(tmp_path / "set.tar.gz", a__csv=b"x\n1\n" * 1000)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataError, match=r"set\.tar\.gz: not a whole"):
        open_source(path)
