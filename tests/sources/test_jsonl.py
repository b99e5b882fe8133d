"""JSON Lines: which columns the first lines give, and what is said of lines that do not fit."""

import bz2
import gzip
import json
import lzma
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fromraw.errors import DataError
from fromraw.sources.base import FILE, Source
from fromraw.sources.opening import open_source


def source_of(tmp_path: Path, *lines: Any, name: str = "a.jsonl") -> Source:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (tmp_path / name).write_text("\n".join(texts))
    return open_source(tmp_path / name)


def test_objects_are_dotted_columns_and_single_values_are_texts(tmp_path: Path) -> None:
    source = source_of(tmp_path, {"user": {"age": 7, "of": {"x": True}}, "zip": "007"}, {"zip": 7.5, "user": None})
    assert source.head(9).to_pylist() == [
        {"user.age": "7", "user.of.x": "true", "zip": "007"},
        {"user.age": None, "user.of.x": None, "zip": "7.5"},
    ]


def test_lists_of_numbers_are_series_and_other_lists_are_json(tmp_path: Path) -> None:
    source = source_of(
        tmp_path,
        {"s": [1, None, 2.5], "c": [[1, 2], [3, 4]], "tags": ["é", {"k": [1]}], "n": ["1"]},
        {"s": [], "c": None, "tags": []},
    )
    assert [str(field.type) for field in source.fields] == [
        "list<item: double>",
        "list<item: list<item: double>>",
        "string",
        "string",
    ]
    assert source.head(9).to_pylist() == [
        {"s": [1.0, None, 2.5], "c": [[1.0, 2.0], [3.0, 4.0]], "tags": '["é", {"k": [1]}]', "n": '["1"]'},
        {"s": None, "c": None, "tags": "[]", "n": None},
    ]


def test_lines_that_are_no_objects_are_skipped_and_named(tmp_path: Path) -> None:
    source = source_of(tmp_path, '\ufeff{"x": 1}', "", '{"x": 2', "[3]", '{"x": 4}', "nonsense")
    assert source.head(9).column("x").to_pylist() == ["1", "4"]
    assert [(problem.where, problem.text) for problem in source.problems] == [
        ("a.jsonl:3", "line 3 is not JSON (expecting ',' delimiter): skipped"),
        ("a.jsonl:4", "line 4 holds a list, not an object: skipped"),
        ("a.jsonl:6", "line 6 is not JSON (expecting value): skipped"),
    ]


def test_a_cell_of_another_kind_than_nearly_all_is_missing_and_named(tmp_path: Path) -> None:
    rows: list[Any] = [{"s": [row, 1], "of": {"x": row}} for row in range(40)]
    source = source_of(tmp_path, *rows, {"s": "none", "of": 3})
    assert source.head(99).to_pylist()[-2:] == [{"s": [39.0, 1.0], "of.x": "39"}, {"s": None, "of.x": None}]
    assert [problem.text for problem in source.problems] == [
        "line 41 has a number for of, not an object: taken as missing",
        "line 41 has a text for s, not a list of numbers: taken as missing",
    ]


def test_keys_that_only_later_lines_have_are_said_to_be_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fromraw.sources.jsonl._HEAD", 2)
    source = source_of(tmp_path, {"x": 1}, {"x": 2}, {"x": 3, "late": 1}, {"x": 4, **dict.fromkeys("abcdefg", 0)})
    assert source.head(9).column("x").to_pylist() == ["1", "2", "3", "4"]
    assert source.notes[0] == "passed over: late, which is in none of the first 2 lines"
    assert len(source.notes) == 5


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.ndjson.gz", gzip.compress),
        ("a.jsonl.bz2", bz2.compress),
        ("a.jsonl.xz", lzma.compress),
        ("a.JSONL.zst", lambda text: pa.Codec("zstd").compress(text, asbytes=True)),
    ],
)
def test_packed_files_are_read_and_damaged_ones_named(
    tmp_path: Path, name: str, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(b'{"x": 1, "split": "TRAIN"}\n{"x": 2, "split": "val"}\n' * 500)
    (tmp_path / name).write_bytes(packed)
    source = open_source(tmp_path / name)
    assert source.head(2).to_pylist() == [{"x": "1", "split": "train"}, {"x": "2", "split": "valid"}]
    assert source.head(9999).num_rows == 1000
    (tmp_path / name).write_bytes(packed[: len(packed) // 2])
    with pytest.raises(DataError, match=rf"{name}: cannot be read"):
        list(open_source(tmp_path / name).batches())


def test_texts_that_name_pictures_are_files(tmp_path: Path) -> None:
    (tmp_path / "1.png").write_bytes(b"picture")
    source = source_of(tmp_path, {"photo": {"path": "1.png"}, "y": 1})
    assert source.fields[0].type == FILE
    assert source.head(1).column(0).to_pylist() == [{"path": "1.png", "bytes": b"picture"}]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no line holds a JSON object; an empty file"),
        ("[1, 2]\n", "no line holds a JSON object; line 1 holds a list, not an object"),
        ("{}\n{}\n", "only empty objects"),
    ],
)
def test_a_file_without_columns_says_why(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        source_of(tmp_path, text)
