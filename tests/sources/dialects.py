"""A table of dialects: the same few rows as many programs would write them, and what a reader should make of them.

The kinds of pollution are those of Vitagliano and others, "Pollock: a data loading benchmark", VLDB 2023, on rows of
our own; `benchmarks/dialects.py` measures other readers on this table.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

NAMES = ["day", "price", "text", "flag"]
ROWS = [
    ["2024-01-31", "12.5", "plain words", "yes"],
    ["2024-02-01", "7.25", "caf\u00e9 \u20ac", "no"],
    ["2024-02-02", "100.0", 'said "so", then left', "yes"],
    ["2024-02-03", "", "cut; here", "no"],
    ["2024-02-04", "3.75", "first line\nsecond line", "no"],
    ["2024-02-05", "0.5", "a|b:c", "yes"],
    ["2024-02-06", "80.25", "it's 5 o'clock", "no"],
    ["2024-02-07", "9.0", "", "yes"],
]
SIMPLE = [[day, price, re.sub(r"\W.*", "", text, flags=re.DOTALL), flag] for day, price, text, flag in ROWS]
"""The rows without anything in them that must be quoted, whatever parts the cells."""


@dataclass(frozen=True)
class Case:
    """name: of the kind of dialect; contents: of the file; names and rows: what it holds; refusal: where it is no
    table, words of the one sentence that says so."""

    name: str
    contents: bytes
    names: list[str]
    rows: list[list[str]]
    refusal: str = ""
    ending: str = ".csv"


# ------------------------------------------------------------------------------------------------ how cells are written


def _quoted_always(cell: str, separator: str) -> str:
    return '"' + cell.replace('"', '""') + '"'


def _quoted_where_needed(cell: str, separator: str) -> str:
    return _quoted_always(cell, separator) if any(mark in cell for mark in (separator, '"', "\n", "\r")) else cell


def _quoted_single(cell: str, separator: str) -> str:
    return "'" + cell.replace("'", "''") + "'"


def _escaped(cell: str, separator: str) -> str:
    return '"' + cell.replace('"', '\\"') + '"'


def _bare(cell: str, separator: str) -> str:
    return cell


QUOTINGS = {
    "all quoted": _quoted_always,
    "quoted where needed": _quoted_where_needed,
    "single quotes": _quoted_single,
    "escaped": _escaped,
    "no quotes": _bare,
}
SEPARATORS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "space": " ", "colon": ":"}
ENCODINGS = {
    "UTF-8": "utf-8", "UTF-8 with BOM": "utf-8-sig", "UTF-16": "utf-16", "UTF-16 big-endian": "utf-16-be",
    "Windows-1252": "cp1252",
}  # fmt: skip
NEWLINES = {"LF": "\n", "CRLF": "\r\n", "CR": "\r"}


def write(
    rows: list[list[str]], separator: str = ",", quoting: str = "quoted where needed", newline: str = "\n"
) -> str:
    """Rows as text; a newline inside a cell stays as it is."""
    quote = QUOTINGS[quoting]
    return "".join(separator.join(quote(cell, separator) for cell in row) + newline for row in rows)


def grid() -> Iterator[Case]:
    """Each separator, quoting, encoding and newline."""
    choices = product(SEPARATORS.items(), QUOTINGS, ENCODINGS.items(), NEWLINES.items())
    for (separator_name, separator), quoting, (encoding_name, encoding), (newline_name, newline) in choices:
        rows = SIMPLE if quoting == "no quotes" else ROWS
        if newline == "\r":  # inside a cell, too: a file has one newline
            rows = [[cell.replace("\n", "\r") for cell in row] for row in rows]
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        text = write([NAMES, *rows], separator, quoting, newline)
        name = f"{separator_name}, {quoting}, {encoding_name}, {newline_name}"
        as_read = [[cell.replace("\r", "\n") for cell in row] for row in rows]
        yield Case(name, (mark + text).encode(encoding), NAMES, as_read)


# --------------------------------------------------------------------------------------------------- kinds of pollution

_CSV = write([NAMES, *ROWS])
_BODY = write(ROWS)
_SIMPLE = write([NAMES, *SIMPLE])
_PLACES = [f"c{number}" for number in range(len(NAMES))]
_DECIMAL = [[day, price.replace(".", ","), text, flag] for day, price, text, flag in ROWS]
_LARGE = [["1.234,56", "a"], ["12.345.678,90", "b"], ["0,5", "c"], ["-7,25", "d"]]


def _lines(*lines: str) -> str:
    return "".join(line + "\n" for line in lines)


def pollutions() -> Iterator[Case]:
    """What else people's files bring: Pollock's kinds, and a few more."""
    for name, text, names, rows in [
        ("as it should be", _CSV, NAMES, ROWS),
        ("no newline at the end", _CSV[:-1], NAMES, ROWS),
        ("two newlines at the end", _CSV + "\n", NAMES, ROWS),
        ("empty lines between", _CSV.replace("\n2024-02-03", "\n\n2024-02-03"), NAMES, ROWS),
        ("no header", _BODY, _PLACES, ROWS),
        ("header of two lines", _lines("day,price,text,flag", ",euro,,") + _BODY,
         ["day", "price euro", "text", "flag"], ROWS),
        ("header of three lines", _lines("when,what,,", "day,price,text,flag", "UTC,euro,,") + _BODY,
         ["when day UTC", "what price euro", "what text", "what flag"], ROWS),
        ("preamble", _lines("Prices of the shop", "made on 2024-03-01") + _CSV, NAMES, ROWS),
        ("preamble and an empty line", _lines("Prices of the shop", "made on 2024-03-01", "") + _CSV, NAMES, ROWS),
        ("preamble with separators", _lines("Prices of the shop,,,", "made in March,,,", ",,,") + _CSV, NAMES, ROWS),
        ("preamble of comments", _lines("# prices, all", "# a, b, c, d") + _CSV, NAMES, ROWS),
        ("footer", _CSV + _lines("Source: the shop", "8 rows"), NAMES, ROWS),
        ("footer after an empty line", _CSV + _lines("", "Source: the shop"), NAMES, ROWS),
        ("footer with separators", _CSV + _lines(",,,", "Source: the shop,,,", "8 rows,,,"), NAMES, ROWS),
        ("footer of totals", _CSV + _lines("Total,213.25,,"), NAMES, ROWS),
        ("separators at the ends of lines", _SIMPLE.replace("\n", ",\n"), NAMES, SIMPLE),
        ("separators at the ends of rows only", _SIMPLE.replace("\n", ",\n").replace("flag,", "flag"), NAMES, SIMPLE),
        ("row names without a header", _lines("x,y", "a,1,2.5", "b,3,4.5", "c,5,6.5"), ["column_1", "x", "y"],
         [["a", "1", "2.5"], ["b", "3", "4.5"], ["c", "5", "6.5"]]),
        ("a hint for spreadsheets", "sep=;\n" + write([NAMES, *ROWS], ";"), NAMES, ROWS),
        ("comma and space", write([NAMES, *ROWS], ", "), NAMES, ROWS),
        ("comma and space, all quoted", write([NAMES, *ROWS], ", ", "all quoted"), NAMES, ROWS),
        ("spaces in columns", _lines("age  size  kind", " 7   1.5  a", "12  11.25  b", "30   2.0  a"),
         ["age", "size", "kind"], [["7", "1.5", "a"], ["12", "11.25", "b"], ["30", "2.0", "a"]]),
        ("decimal comma", write([NAMES, *_DECIMAL], ";"), NAMES, _DECIMAL),
        ("decimal comma, quoted between commas", write([NAMES, *_DECIMAL]), NAMES, _DECIMAL),
        ("decimal comma without a header", write([["1,5", "2,5", "3,25"], ["2,5", "3,5", "4,0"]], ";"),
         ["c0", "c1", "c2"], [["1,5", "2,5", "3,25"], ["2,5", "3,5", "4,0"]]),
        ("thousands and decimal comma", write([["amount", "kind"], *_LARGE], ";"), ["amount", "kind"], _LARGE),
        ("one column", "x\n1\n2\n3\n", ["x"], [["1"], ["2"], ["3"]]),
        ("one column of words", "word\none\ntwo\nthree two\n", ["word"], [["one"], ["two"], ["three two"]]),
        ("one row", "a,b\n1,x\n", ["a", "b"], [["1", "x"]]),
        ("one row without a header", "1.5,x\n", ["c0", "c1"], [["1.5", "x"]]),
        ("steps as a header", "0,1,2,3\n5.5,1.2,3.1,4.2\n5.1,1.1,3.2,4.0\n", ["0", "1", "2", "3"],
         [["5.5", "1.2", "3.1", "4.2"], ["5.1", "1.1", "3.2", "4.0"]]),
        ("a header with a gap", ",a,b\n0,1,2\n1,3,4\n", ["column_1", "a", "b"], [["0", "1", "2"], ["1", "3", "4"]]),
        ("times", write([["at", "n"], ["00:15", "1"], ["01:30", "2"], ["12:45", "3"]]), ["at", "n"],
         [["00:15", "1"], ["01:30", "2"], ["12:45", "3"]]),
        ("lists in cells", write([["list", "n"], ["1;2;3", "1"], ["4;5;6", "2"], ["7;8;9", "3"]]), ["list", "n"],
         [["1;2;3", "1"], ["4;5;6", "2"], ["7;8;9", "3"]]),
        ("quotes as inches", 'size\tn\n5"\t1\n"7 wide\t2\n', ["size", "n"], [['5"', "1"], ['"7 wide', "2"]]),
    ]:  # fmt: skip
        yield Case(name, text.encode(), names, rows)
    late = "word;number\n" + "abcdefgh;1\n" * 100_000
    yield Case("Windows-1252 after a megabyte", late.encode() + b"caf\xe9;2\n", ["word", "number"],
               [["abcdefgh", "1"]] * 100_000 + [["caf\u00e9", "2"]])  # fmt: skip


def refusals() -> Iterator[Case]:
    """What is no table, and what the one sentence says of it."""
    for name, contents, words in [
        ("empty", b"", "an empty file"),
        ("blank", b" \n\n", "an empty file"),
        ("only a mark", b"\xef\xbb\xbf", "an empty file"),
        ("header only", b"a,b\n", "a header of 2 columns and no row"),
        ("NUL bytes", b"a,b\n1,2\n3,\x00\n", "line 3"),
        ("a picture", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x02", "PNG picture"),
        ("a spreadsheet", b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0", "zip archive or a spreadsheet"),
        ("packed", b"\x1f\x8b\x08\0\0\0\0\0\0\x03", "gzip"),
        ("Parquet", b"PAR1\x15\x04\x15", "Parquet"),
        ("bytes", bytes(range(256)) * 3, "not text"),
    ]:
        yield Case(name, contents, [], [], words)
