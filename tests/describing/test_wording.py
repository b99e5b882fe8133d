"""What a person reads of a data set."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import csv

from fromraw.describing.counting import count_categories
from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes
from fromraw.describing.wording import describe_lines, next_command, train_lines


@pytest.fixture
def frame() -> pa.Table:
    """40 rows: a number, a category, a constant, and what is to be predicted, 6 of one kind."""
    ages = [n * 7 % 50 for n in range(40)]
    plans = [f"plan {n % 3}" for n in range(40)]
    labels = ["rare" if n % 7 == 6 else "common" for n in range(40)]
    return pa.table({"id": list(range(40)), "age": ages, "plan": plans, "same": ["x"] * 40, "label": labels})


def test_categories_are_counted_over_all_rows(frame: pa.Table) -> None:
    assert count_categories(open_data(frame)) == {"label": {"common": 35, "rare": 5}}


def test_train_begins_with_place_findings_what_is_predicted_and_who_is_tested(frame: pa.Table) -> None:
    found = ["! label: under 10 rows"]
    assert train_lines(open_data(frame), found) == [
        "a frame    40 rows, 5 columns",
        "  ! label: under 10 rows",
        "predict    label (its name says so) from age (0 to 49) and plan (3 values)",
        "left out   id (identifier), same (constant)",
        "split      train 32, valid 4, test 4, by contents, the same every time",
    ]


def test_a_column_that_names_the_groups_is_left_out_as_that(tmp_path: Path) -> None:
    table = pa.table({"who": [f"p{n // 4}" for n in range(80)], "x": [n * 7 % 31 / 3 for n in range(80)],
                      "y": ["yes" if n * 3 % 7 > 3 else "no" for n in range(80)]})  # fmt: skip
    assert "left out   who (names the groups)" in train_lines(open_data(table, Wishes(group="who")))


def test_spared_test_rows_are_not_called_rows_without_an_answer(frame: pa.Table) -> None:
    last = train_lines(open_data(frame, spare_test=True), [])[-1]
    assert last == "split      train 29, valid 3, test 4, by contents, the same every time; 4 test rows untouched"


def test_many_inputs_are_counted_by_type() -> None:
    table = pa.table({**{f"x{n}": [n + i * 0.5 + n * i % 3 for i in range(30)] for n in (2, 5, 9)}, "y": [0, 1] * 15})
    assert "from 3 columns: 3 number" in "\n".join(train_lines(open_data(table)))


def test_the_next_command_is_as_it_would_be_typed(tmp_path: Path) -> None:
    path = tmp_path / "my data.csv"
    path.write_text("a,b,c\n" + "".join(f"{n % 7},{n % 5}x,{'yes' if n % 2 else 'no'}\n" for n in range(30)))
    assert next_command(open_data(str(path))) == f"fromraw train '{path}' --output c --minutes 5"
    told = open_data(str(path), Wishes(outputs=("b",), ignored=("c",)))
    assert next_command(told) == f"fromraw train '{path}' --output b --ignore c --minutes 5"


def test_what_was_typed_is_in_the_next_command_too(tmp_path: Path) -> None:
    path, more = tmp_path / "d.csv", tmp_path / "more.csv"
    rows = "".join(f"{n % 7},{n % 5}x,p{n // 3},{n % 2}\n" for n in range(60))
    for file in (path, more):
        file.write_text(f"a,b,who,y\n{rows}")
    said = Wishes(outputs=("y",), inputs=("a", "b"), types={"a": "category", "y": "number"}, group="who")
    told = next_command(open_data(str(path), said, test=str(more)), {"--ignore": "b", "--group": "none"})
    typed = "--output y --input a,b --ignore b --type a=category,y=number --group who"
    assert told == f"fromraw train {path} {typed} --test {more} --minutes 5"
    assert "--group none" in next_command(open_data(str(path), Wishes(guess=False)))
    python = next_command(open_data(csv.read_csv(path), said, test=csv.read_csv(more)))
    words = "input='a,b', types={'a': 'category', 'y': 'number'}, group='who', test=test, minutes=5)"
    assert python == f"fromraw.train(data, output='y', {words}"


def test_no_training_is_proposed_that_would_refuse() -> None:
    split = pa.array(["train"] * 20 + ["test"] * 10)
    kinds = pa.table({"a": list(range(0, 60, 2)), "y": ["p"] * 20 + ["p", "q"] * 5, "split": split})
    assert describe_lines(open_data(kinds))[-1] == (
        'Next: nothing can be trained on this yet: y is "p" in all 18 training rows, so there is nothing to learn; '
        "at least one of another category is needed among them."
    )
    alone = pa.table({"y": [n * 7 % 50 / 2 for n in range(40)], "same": ["x"] * 40})
    last = describe_lines(open_data(alone, need_output=False))[-1]
    assert "nothing to predict y from" in last
    assert "fromraw train" not in last


def test_of_a_frame_the_next_step_is_python(frame: pa.Table) -> None:
    assert describe_lines(open_data(frame))[-1] == "Next: fromraw.train(data, output='label', minutes=5)"


def test_the_next_command_mends_what_was_found(frame: pa.Table, tmp_path: Path) -> None:
    path = tmp_path / "d.csv"
    path.write_text("a,b,c\n" + "".join(f"{n % 7},{n % 5}x,{'yes' if n % 2 else 'no'}\n" for n in range(30)))
    mending = {"--ignore": "a", "--time": "b"}
    told = next_command(open_data(str(path)), mending)
    assert told == f"fromraw train {path} --output c --ignore a --time b --minutes 5"
    python = next_command(open_data(frame), mending)
    assert python == "fromraw.train(data, output='label', ignore='a', time='b', minutes=5)"


def test_the_datas_own_split_is_said_and_rows_of_none_are_counted_and_named(frame: pa.Table) -> None:
    words = ["Train"] * 28 + ["val"] * 4 + ["TEST"] * 6
    named = open_data(frame.append_column("split", [[*words, "train", "test"]]))
    assert "split      train 29, valid 4, test 7, the data's own" in describe_lines(named)
    late = pa.concat_tables([frame] * 6).append_column("split", [words * 6 + ["unused", "train"] * 6])
    lines = describe_lines(open_data(late))
    assert 'rows whose split is "unused" are neither train, valid nor test: not used' in "".join(lines)
    assert any(line.endswith("the data's own; 6 without an answer or a split, not used") for line in lines)
    other = describe_lines(open_data(frame.append_column("split", [["left", "right"] * 20])))
    assert any(line.startswith("  split") and "category" in line for line in other)
