"""`--read`: how a text table is written, told where it is found wrong; it is part of what a run is, and kept in it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

import fromraw
from fromraw.api import options_of
from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes
from fromraw.errors import DataError, UsageError
from fromraw.options import typed
from fromraw.run_folders import identity_of
from fromraw.sources.opening import open_source

ROWS = "".join(f"{number % 20},{number % 7}00;{'yes' if number % 2 else 'no'}\n" for number in range(40))


@pytest.fixture
def fees(work_folder: Path) -> Path:
    """A table without a header whose numbers could be written in two ways."""
    (work_folder / "fees.csv").write_text(ROWS)
    return Path("fees.csv")


def test_what_is_told_is_read_said_and_handed_on(typed: Callable[..., Any], fees: Path) -> None:
    ended = typed("describe", fees, "--read", "separator=;,header=none,decimal=point")
    assert ended.code == 0
    assert ended.out.splitlines()[0].endswith('40 rows, 2 columns. Cells parted by ";"; no header')
    assert ended.out.splitlines()[-1].startswith("Next: fromraw train fees.csv --read 'separator=;,decimal=point")
    assert typed("describe", fees, "--read", "skip=5", "--read", "header=0").out.splitlines()[0].split()[1] == "35"


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("seperator=;", 'no setting "seperator" in table; did you mean "separator"?'),
        ("header=yes", 'table.header must be a whole number or "none"'),
        ("decimal=;", 'table.decimal must be "point" or "comma"'),
        ("separator", "--read must be SETTING=VALUE, got separator."),
        ("skip=-1", "--read skip=-1: it is a number of lines, from 0 on."),
    ],
)
def test_what_cannot_be_told_is_answered_in_one_line(
    typed: Callable[..., Any], fees: Path, words: str, answer: str
) -> None:
    ended = typed("describe", fees, "--read", words)
    assert ended.code == 2
    assert answer in ended.err


def test_what_is_no_text_table_cannot_be_told_how_it_is_written() -> None:
    with pytest.raises(UsageError, match="--read is of text tables"):
        open_source(pa.table({"x": [1]}), read={"separator": ";"})


def test_each_table_of_a_data_set_is_told(work_folder: Path) -> None:
    for split in ("train", "test"):
        (work_folder / f"{split}.csv").write_text("1^a\n2^b\n")
    source = open_source(work_folder, read={"separator": "^", "header": "none"})
    assert source.head(9).num_rows == 4
    assert [field.name for field in source.fields] == ["c0", "c1", "split"]
    beside = open_source(pa.table({"c0": ["3"]}), test=work_folder / "test.csv", read={"separator": "^", "header": 0})
    assert beside.head(9).column("c0").to_pylist() == ["3", "1", "2"]


def test_splits_that_write_numbers_in_two_ways_are_an_error(work_folder: Path) -> None:
    (work_folder / "train.csv").write_text("x;y\n1,5;a\n2,5;b\n")
    (work_folder / "test.csv").write_text("x;y\n1.5;a\n")
    with pytest.raises(DataError, match="x has a decimal comma in one split and a point in another"):
        open_source(work_folder)
    (work_folder / "test.csv").write_text("x;y\n1;a\n")
    assert dict(open_source(work_folder).fields[0].known) == {"decimal": ","}


def test_a_mark_that_only_the_separator_speaks_for_is_told_with_how_to_overrule_it(work_folder: Path) -> None:
    def write(name: str, header: str, last: Callable[[int], str]) -> None:
        rows = [f"{n},{100 + n};{last(n)}" for n in range(2, 14)]
        (work_folder / name).write_text("\n".join([header, f"1,037;{last(1)}", *rows]) + "\n")

    write("sales.csv", "amount;kind", lambda n: "ab"[n % 2])
    write("sure.csv", "amount;weight", lambda n: f"{n},5")
    found = open_data("sales.csv", need_output=False)
    assert "perhaps a decimal comma" in found.source.written
    doubt = '"1,037" is read with a decimal comma; no cell settles it; overrule: --type amount=number:point'
    assert doubt in found.known["amount"].reason
    told = open_data("sales.csv", Wishes(types={"amount": "number:point"}), need_output=False)
    assert told.known["amount"].column.amounts(told.survey.sample.select(["amount"]).to_batches()[0])[0] == 1037
    sure = open_data("sure.csv", need_output=False)
    assert "no cell settles it" not in sure.known["amount"].reason
    both = open_source("sales.csv", test=work_folder / "sure.csv", read={})
    assert both.fields[0].known == {"decimal": ","}


def test_a_training_on_rows_read_otherwise_is_another(fees: Path) -> None:
    asked = [{}, {"header": 1}, {"header": 0}]
    assert len({identity_of("data", typed(options_of(str(fees), read=read))) for read in asked}) == len(asked)


def test_a_run_reads_its_own_rows_and_new_ones_as_it_was_told(work_folder: Path) -> None:
    rows = [f"{number % 20};{number % 7};{'yes' if number % 2 else 'no'}" for number in range(40)]
    Path("marks.csv").write_text("\n".join(rows))
    read = {"separator": ";", "header": "none"}
    run = fromraw.train("marks.csv", "c2", read=read, steps=1, quiet=True, run="run")
    assert run.facts()["asked"]["read"] == read
    assert run.ground.data.survey.rows == 40
    Path("new.csv").write_text("a;b;c\n1;2;yes\n3;4;no\n")
    assert run.open("new.csv").head(9).num_rows == 3
    assert run.open("new.csv", {"header": 1}).head(9).num_rows == 2
    Path("more.csv").write_text("1;2;yes\n3;4;no\n")
    assert run.predict("more.csv").num_rows == 2
