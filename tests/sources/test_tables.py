"""CSV, TSV and Parquet: cells as they are written, rows that do not fit by their line, files beside the table."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from fromraw.errors import DataError
from fromraw.sources.base import FILE
from fromraw.sources.encoding import Encoding, Utf8
from fromraw.sources.opening import open_source


def table(tmp_path: Path, text: str | bytes, name: str = "a.csv") -> Path:
    (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return tmp_path / name


def png() -> bytes:
    stream = io.BytesIO()
    Image.new("L", (2, 2)).save(stream, "PNG")
    return stream.getvalue()


def test_cells_are_texts_as_they_are_written(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, '\ufeffzip,note\n007,"a ""b"",\nc"\nNA,\n'))
    assert source.head(9).to_pylist() == [{"zip": "007", "note": 'a "b",\nc'}, {"zip": "NA", "note": ""}]


def test_ragged_rows_are_skipped_and_named_by_line(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, 'a,b\n1,2\n3\n\n"x\ny",4\n5,6,7\n8,9\n'))
    assert source.head(9).column("b").to_pylist() == ["2", "4", "9"]
    assert [(p.where, p.text, p.kind) for p in source.problems] == [
        ("a.csv:3", "line 3 has 1 cell, not 2: skipped", "ragged"),
        ("a.csv:7", "line 7 has 3 cells, not 2: skipped", "ragged"),
    ]


def test_lines_that_are_not_utf8_are_read_as_windows_1252(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, b"a,b\n\xc3\xa9,1\n\xe9,\x80\n"))
    assert source.head(9).to_pylist() == [{"a": "é", "b": "1"}, {"a": "é", "b": "€"}]
    assert source.notes == ["1 line is not UTF-8 and was read as Windows-1252"]


@given(st.binary(max_size=60), st.integers(1, 9))
def test_any_bytes_come_out_as_utf8_of_as_many_lines(contents: bytes, size: int) -> None:
    contents = contents.replace(b"\0", b"")
    stream = Utf8(io.BytesIO(b"a\n" + contents), Encoding("utf-8"), "x")
    blocks = list(iter(lambda: stream.read(size), b""))
    assert all(len(block) <= size for block in blocks)
    assert b"".join(blocks).decode().count("\n") == 1 + contents.count(b"\n")


def test_semicolons_and_tabs_are_seen_and_said(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, "a;b\n1,5;x\n2,5;y\n"))
    assert source.head(9).to_pylist()[0] == {"a": "1,5", "b": "x"}
    assert source.written == 'Cells parted by ";", decimal comma; header in line 1'


def test_in_tabbed_tables_a_lone_quote_is_a_letter(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, 'text\tlabel\n"tis so\t1\nnot "it"\t2\n', "a.tsv"))
    assert source.head(9).column("text").to_pylist() == ['"tis so', 'not "it"']
    quoted = open_source(table(tmp_path, 'text\tlabel\n"a\tb"\t1\n', "b.tsv"))
    assert [field.name for field in quoted.fields] == ["text", "label"]


def test_doubled_and_empty_headers_get_names_and_are_said(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, "a,a,,a_2\n1,2,3,4\n"))
    assert [field.name for field in source.fields] == ["a", "a_3", "column_3", "a_2"]
    assert len(source.notes) == 2


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "an empty file"),
        (b" \n\n", "an empty file"),
        (b"a,b\n", "a header of 2 columns and no row that fits it"),
        ("a,b\n".encode("utf-16"), "a header of 2 columns and no row that fits it"),
    ],
)
def test_a_table_without_rows_is_an_error_that_says_so(tmp_path: Path, text: bytes, words: str) -> None:
    with pytest.raises(DataError, match=words):
        open_source(table(tmp_path, text))


def test_a_damaged_gzip_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"a\.csv\.gz: cannot be read"):
        open_source(table(tmp_path, b"a,b\n1,2\n", "a.csv.gz"))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_cells_that_name_pictures_are_files_read_only_when_asked_for(tmp_path: Path, kind: str) -> None:
    (tmp_path / "pics").mkdir()
    for name in ("1.png", "2.png"):
        (tmp_path / "pics" / name).write_bytes(png())
    rows = {"photo": ["1.png", "2.png", "", "gone.png"], "label": ["a", "b", "a", "b"]}
    if kind == "csv":
        lines = [",".join(row) for row in zip(*rows.values(), strict=True)]
        place = table(tmp_path, "photo,label\n" + "\n".join(lines) + "\n")
    else:
        place = tmp_path / "a.parquet"
        pq.write_table(pa.table(rows), place)
    source = open_source(place)
    assert [(f.name, f.type == FILE, f.meaning) for f in source.fields] == [
        ("photo", True, ""),
        ("label", False, "label"),
    ]
    assert source.head(9, ["label"]).num_rows == 4
    assert not source.problems
    cells = source.head(9, ["photo"]).column("photo").to_pylist()
    assert cells[:2] == [{"path": "1.png", "bytes": png()}, {"path": "2.png", "bytes": png()}]
    assert cells[2:] == [None, {"path": "gone.png", "bytes": None}]
    assert [problem.where for problem in source.problems] == ["gone.png"]


def test_a_folder_with_one_table_and_its_pictures_is_that_table(tmp_path: Path) -> None:
    (tmp_path / "pics").mkdir()
    (tmp_path / "pics" / "1.png").write_bytes(png())
    table(tmp_path, "photo,label\npics/1.png,a\n")
    (tmp_path / "ORIGIN.md").write_text("x")
    source = open_source(tmp_path)
    assert source.place == str(tmp_path / "a.csv")
    assert source.notes == ["passed over: ORIGIN.md"]


def test_a_split_column_is_the_split_in_our_words(tmp_path: Path) -> None:
    source = open_source(table(tmp_path, "x,split\n1,TRAIN\n2,val\n3,testing\n"))
    assert source.fields[1].meaning == "split"
    assert source.head(9).column("split").to_pylist() == ["train", "valid", "test"]
    assert open_source(table(tmp_path, "x,split\n1,left\n")).fields[1].meaning == ""


def test_parquet_keeps_types_and_a_part_is_a_row_group(tmp_path: Path) -> None:
    rows = pa.table(
        {
            "n": pa.array([1, None, 3], pa.int16()),
            "c": pa.array(["a", "b", None]).dictionary_encode(),
            "s": pa.array([[1.0], [2.0, 3.0], None], pa.large_list(pa.float32())),
            "image": pa.array([{"bytes": b"x", "path": "p"}] * 3),
        }
    )
    pq.write_table(rows, tmp_path / "a.parquet", row_group_size=2)
    source = open_source(tmp_path / "a.parquet")
    assert [field.type for field in source.fields] == [pa.int16(), pa.string(), pa.list_(pa.float32()), FILE]
    assert [sum(b.num_rows for b in source.read(part)) for part in source.parts()] == [2, 1]
    assert source.head(9, ["s", "image"]).to_pylist()[1] == {"s": [2.0, 3.0], "image": {"path": "p", "bytes": b"x"}}
