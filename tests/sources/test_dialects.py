"""Each dialect of the table in `dialects.py` is read right or refused in one sentence; what was found is said."""

import gzip
from pathlib import Path
from typing import Any

import pytest

from fromraw.errors import DataError, UsageError
from fromraw.sources.base import Source
from fromraw.sources.cells import find_marks, mark_of
from fromraw.sources.opening import open_source
from fromraw.sources.table import Table
from tests.sources import dialects
from tests.sources.dialects import NAMES, ROWS, Case, write

GRID, POLLUTIONS, REFUSALS = list(dialects.grid()), list(dialects.pollutions()), list(dialects.refusals())


def opened(folder: Path, contents: str | bytes, name: str = "a.csv", **told: Any) -> Source:
    (folder / name).write_bytes(contents if isinstance(contents, bytes) else contents.encode())
    source = Table.opens(folder / name, **told)
    assert source is not None
    return source


def rows_of(source: Source) -> list[list[str]]:
    return [list(row.values()) for batch in source.batches() for row in batch.to_pylist()]


@pytest.mark.parametrize("separator", dialects.SEPARATORS)
@pytest.mark.parametrize("quoting", dialects.QUOTINGS)
def test_each_separator_quoting_encoding_and_newline_is_read_right(
    tmp_path: Path, separator: str, quoting: str
) -> None:
    cases = [case for case in GRID if case.name.startswith(f"{separator}, {quoting}, ")]
    assert len(cases) == len(dialects.ENCODINGS) * len(dialects.NEWLINES)
    for case in cases:
        source = opened(tmp_path, case.contents)
        assert [field.name for field in source.fields] == case.names, case.name
        assert [[cell.replace("\r\n", "\n") for cell in row] for row in rows_of(source)] == case.rows, case.name
        assert not source.problems, case.name


@pytest.mark.parametrize("case", POLLUTIONS, ids=lambda case: case.name)
def test_each_kind_of_pollution_is_read_right(tmp_path: Path, case: Case) -> None:
    source = opened(tmp_path, case.contents)
    assert [field.name for field in source.fields] == case.names
    assert rows_of(source) == case.rows
    assert not source.problems


@pytest.mark.parametrize("case", REFUSALS, ids=lambda case: case.name)
def test_what_is_no_table_is_refused_in_one_sentence(tmp_path: Path, case: Case) -> None:
    with pytest.raises(DataError, match=case.refusal) as refused:
        rows_of(opened(tmp_path, case.contents))
    assert str(refused.value).startswith(str(tmp_path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("contents", "words"),
    [
        (write([NAMES, *ROWS]), 'Cells parted by ","; header in line 1'),
        (b"name;price\ncaf\xe9;1.234,5\n", 'Cells parted by ";", decimal comma, Windows-1252; header in line 1'),
        ("a\tb\n1\t2\n".encode("utf-16"), "Cells parted by tabs, UTF-16; header in line 1"),
        ("'a'|'b'\n'x|y'|'2'\n", 'Cells parted by "|", single quotes; header in line 1'),
        ('a,b\n"say \\"x\\"",2\n', 'Cells parted by ",", quotes escaped by \\; header in line 1'),
        ("1.5,x\n2.5,y\n", 'Cells parted by ","; no header'),
        ("x\n1\n2\n", "One cell a line; header in line 1"),
        (
            "Prices\n\na,b,c\nm,kg,\n1,2,x\n3,4,y\n\nSource: us\n",
            'Cells parted by ","; header in lines 3 to 4; 2 lines above and 1 line below it left out',
        ),
    ],
)
def test_what_was_found_is_said(tmp_path: Path, contents: str | bytes, words: str) -> None:
    assert opened(tmp_path, contents).written == words


@pytest.mark.parametrize(
    ("told", "contents", "names", "rows"),
    [
        ({"separator": "comma"}, "a;b\n1;2\n", ["a;b"], [["1;2"]]),
        ({"separator": "^"}, "a^b\n1^2\n", ["a", "b"], [["1", "2"]]),
        ({"header": "none"}, "a,b\nx,y\n", ["c0", "c1"], [["a", "b"], ["x", "y"]]),
        ({"header": 1}, "1.5,2\n3,4\n", ["1.5", "2"], [["3", "4"]]),
        ({"header": 2}, "a,b\nx,y\np,q\n", ["a x", "b y"], [["p", "q"]]),
        ({"skip": 2}, "x,y\n1,2\na,b\n3,4\n", ["a", "b"], [["3", "4"]]),
        ({"footer": 1}, "a,b\n1,2\n3,4\n", ["a", "b"], [["1", "2"]]),
        ({"footer": 3}, "a,b\n1,2\n3,4\nBy us\n\nIn May\n", ["a", "b"], [["1", "2"], ["3", "4"]]),
        ({"footer": 4}, "a,b\n1,2\n3,4\n\nBy us\n\nIn May\n", ["a", "b"], [["1", "2"], ["3", "4"]]),
        ({"footer": 0}, "a,b,c\n1,2,3\nTotal,2,3\n", ["a", "b", "c"], [["1", "2", "3"], ["Total", "2", "3"]]),
        ({"quote": "none"}, 'a,b\n"x,2\n', ["a", "b"], [['"x', "2"]]),
        ({"encoding": "cp1251"}, "a,b\nя,1\n".encode("cp1251"), ["a", "b"], [["я", "1"]]),
    ],
)
def test_what_is_told_overrules_what_is_found(
    tmp_path: Path, told: dict[str, Any], contents: str | bytes, names: list[str], rows: list[list[str]]
) -> None:
    source = opened(tmp_path, contents, **told)
    assert [field.name for field in source.fields] == names
    assert rows_of(source) == rows
    assert source.told == told


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"encoding": "klingon"}, 'no encoding "klingon"'),
        ({"separator": "commas"}, "it is one character, or comma, semicolon"),
        ({"encoding": "ascii"}, "not ASCII; --read encoding=NAME"),
        ({"skip": 9}, "nothing below line 9"),
    ],
)
def test_what_is_told_and_does_not_fit_is_an_error(tmp_path: Path, told: dict[str, Any], words: str) -> None:
    with pytest.raises((UsageError, DataError), match=words):
        opened(tmp_path, "a,b\né,2\n", **told)


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_ragged_rows_keep_the_lines_of_the_file(tmp_path: Path, newline: str) -> None:
    text = 'About\n\na,b,c\n1,2,x\n"two\nlines",2,y\n\n3,4\n5,6,z\n7,8,9,10\n11,12,w\n\nThe end\n'
    source = opened(tmp_path, text.replace("\n", newline))
    assert len(rows_of(source)) == 4
    assert [problem.where for problem in source.problems] == ["a.csv:8", "a.csv:10"]
    plain = opened(tmp_path, "About\na,b,c\n1,2,x\n3,4\n5,6,y\n".replace("\n", newline))
    assert len(rows_of(plain)) == 2
    assert [problem.where for problem in plain.problems] == ["a.csv:4"]
    blanks = opened(tmp_path, ("a  b  c\n" + "1  2  x\n" * 30 + "\n3  4\n5  6  y\n").replace("\n", newline))
    assert rows_of(blanks)[-2:] == [["1", "2", "x"], ["5", "6", "y"]]
    assert [problem.where for problem in blanks.problems] == ["a.csv:33"]


def test_a_last_row_that_was_cut_off_is_no_footer(tmp_path: Path) -> None:
    source = opened(tmp_path, write([NAMES, *ROWS]) + "2024-02-08,1.5,cut")
    assert len(rows_of(source)) == len(ROWS)
    assert [problem.kind for problem in source.problems] == ["ragged"]


def test_the_end_of_a_long_or_packed_table_is_looked_at(tmp_path: Path) -> None:
    text = "day;n;kind\n" + "2024-01-01;1;abcdefgh\n" * 60_000 + "\nSource: us\n"
    for name, contents in (("a.csv", text.encode()), ("a.csv.gz", gzip.compress(text.encode(), 1))):
        source = opened(tmp_path, contents, name)
        assert source.written.endswith("; 1 line below it left out")
        assert sum(batch.num_rows for batch in source.batches(["n"])) == 60_000
        assert not source.problems


def test_a_file_that_was_cut_off_on_its_way_is_an_error(tmp_path: Path) -> None:
    whole = gzip.compress(write([NAMES, *ROWS * 200]).encode())
    with pytest.raises(DataError, match=r"a\.csv\.gz: cannot be read \(Compressed file ended"):
        opened(tmp_path, whole[:-20], "a.csv.gz")


def test_a_folder_that_is_called_as_a_table_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "a.csv").mkdir()
    assert Table.opens(tmp_path / "a.csv") is None
    with pytest.raises(DataError, match="an empty folder"):
        open_source(tmp_path / "a.csv")


def test_another_form_is_another_fingerprint(tmp_path: Path) -> None:
    text = "1,5;2\n3,5;4\n"
    found = {opened(tmp_path, text, **told).fingerprint() for told in ({}, {"header": 1}, {"decimal": "point"})}
    assert len(found) == 3


def test_letters_that_look_like_quotes_are_letters(tmp_path: Path) -> None:
    words = "word\tsound\n'bout\tb aw t\n'til\tt ih l\ndon't\td ow n t\n"
    assert rows_of(opened(tmp_path, words, "a.tsv"))[0] == ["'bout", "b aw t"]
    titles = 'text\tlabel\n" star " is good\t1\nfine\t0\n'
    assert rows_of(opened(tmp_path, titles, "b.tsv"))[0] == ['" star " is good', "1"]


# ------------------------------------------------------------------------------------------------- the decimal mark


def test_a_cell_tells_its_decimal_mark_where_there_is_no_doubt() -> None:
    said = {",": ["1,5", "0,125", "1.234,56", "-7,25", "1.234.567", "12,5 %", "€ 1.234,50", "1 234,5"]}
    said["."] = ["1.5", "0.125", "1,234.56", ".5", "1,234,567", "1.5e-3", "$1,234.50"]
    for mark, cells in said.items():
        assert [mark_of(cell) for cell in cells] == [mark] * len(cells)
    doubtful = ["1,234", "1.234", "12", "31.12.2024", "1,2,3", "1.2.3", "abc", ""]
    assert [mark_of(cell) for cell in doubtful] == [None] * len(doubtful)


def test_a_column_without_a_sure_cell_follows_the_others() -> None:
    columns = [["1,234", "2,500"], ["1,5", "2,5"], ["a", "b"]]
    assert find_marks(columns, False) == (",", [",", ",", ","], False)
    assert find_marks([["1,234", "2,500"], ["1.5"]], True) == (".", [".", "."], False)
    assert find_marks([["1,234", "2,500"]], True) == (",", [","], True)
    assert find_marks([["1,234", "2,500"]], False) == (None, [None], False)
    assert find_marks([["1,5"], ["2,5"], ["0.5"]], False) == (",", [",", ",", "."], False)


def test_fields_know_the_decimal_mark(tmp_path: Path) -> None:
    source = opened(tmp_path, "price;n;kind\n1.234,56;1;a\n0,5;2;b\n")
    assert [dict(field.known) for field in source.fields] == [{"decimal": ","}] * 3
    told = opened(tmp_path, "price;n\n1,234;1\n", decimal="point")
    assert [dict(field.known) for field in told.fields] == [{"decimal": "."}] * 2


@pytest.mark.parametrize(
    ("contents", "rows"),
    [
        ("a,b,y\n0.1,p,u\n0.2,q,v\n0.3,,\n", 3),
        ("a,b,y\n0.1,p,u\n0.2,q,v\n,,w\n", 3),
        ("a,b,c,y\n" + "0.1,p,1,u\n" * 9 + "a50,3\n", 9),
    ],
    ids=["a row with gaps", "an answer alone", "a row that was cut off"],
)
def test_no_row_is_taken_for_a_footer(tmp_path: Path, contents: str, rows: int) -> None:
    source = opened(tmp_path, contents.encode())
    assert sum(batch.num_rows for batch in source.batches()) == rows
    assert len(list(source.problems)) == (1 if "a50" in contents else 0)


@pytest.mark.parametrize("header", ["country,2019,2020", "#,name,2021"])
def test_years_and_a_number_sign_are_names(tmp_path: Path, header: str) -> None:
    source = opened(tmp_path, f"{header}\n1,2.5,3.5\n2,3.5,1.5\n3,4.5,2.5\n".encode())
    assert [field.name for field in source.fields] == header.split(",")
