"""Which columns there are and what each is for: by the columns' claims, by rule, and as told, each with its reason."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from fromraw.describing.dataset import open_data
from fromraw.describing.recognizing import Wishes, as_rows, of_role, recognize
from fromraw.describing.survey import survey
from fromraw.errors import UsageError
from fromraw.sources.opening import open_source

ROWS = 120


def frame(**more: Any) -> pa.Table:
    random = np.random.default_rng(0)
    table = {
        "id": [f"c{number:05}" for number in range(ROWS)],
        "weight": random.normal(50, 9, ROWS),
        "color": random.choice(["red", "green", "blue"], ROWS),
        "day": [f"2024-{1 + row % 12:02}-{1 + row % 28:02}" for row in range(ROWS)],
        "country": ["NL"] * ROWS,
        "churned": random.choice(["no", "yes"], ROWS),
    }
    return pa.table(table | more)


def known_of(table: pa.Table, wishes: Wishes | None = None, need_output: bool = True) -> dict[str, Any]:
    source = open_source(table)
    return recognize(source, survey(source), wishes or Wishes(), need_output)


def types(known: dict[str, Any]) -> dict[str, str]:
    return {name: k.column.type for name, k in known.items()}


def test_each_column_has_a_type_a_role_and_a_reason() -> None:
    known = known_of(frame())
    assert types(known) == {"id": "identifier", "weight": "number", "color": "category", "day": "date",
                            "country": "constant", "churned": "category"}  # fmt: skip
    roles = {name: row["role"] for name, row in as_rows(known).items()}
    assert roles == {"id": "left out", "weight": "input", "color": "input", "day": "input", "country": "left out",
                     "churned": "output"}  # fmt: skip
    assert all(row["reason"] for row in as_rows(known).values())
    assert list(of_role(known, "input")) == ["weight", "color", "day"]


def test_without_a_telling_name_the_last_column_is_predicted_and_the_next_guess_is_said() -> None:
    reason = as_rows(known_of(frame()))["churned"]["reason"]
    assert "last column" in reason
    assert "next guess: day" in reason or "next guess: color" in reason


@pytest.mark.parametrize("name", ["label", "class", "target", "y"])
def test_a_telling_name_wins_wherever_it_stands(name: str) -> None:
    known = known_of(frame().rename_columns(["id", "weight", name, "day", "country", "churned"]))
    assert list(of_role(known, "output")) == [name]
    assert known["churned"].role == "input"


def test_a_number_of_few_values_is_a_category_where_it_is_predicted_and_a_number_where_it_is_read() -> None:
    stars = np.random.default_rng(1).integers(1, 6, ROWS)
    predicted = known_of(frame(stars=stars))
    assert predicted["stars"].column.type == "category"
    assert predicted["stars"].role == "output"
    as_number = known_of(frame(stars=stars), Wishes(outputs=("stars",), types={"stars": "number"}))
    assert as_number["stars"].column.type == "number"
    assert as_number["stars"].column.decoder == "regress"


def test_several_outputs_may_be_named_also_in_one_word_with_commas() -> None:
    for outputs in (("churned", "weight"), ("churned,weight",), ("churned, weight",)):
        known = known_of(frame(), Wishes(outputs=outputs))
        assert list(of_role(known, "output")) == ["weight", "churned"]
    odd = frame().rename_columns(["id", "weight", "color", "day", "country", "yes,no"])
    assert list(of_role(known_of(odd, Wishes(outputs=("yes,no",))), "output")) == ["yes,no"]


def test_ignored_and_unnamed_inputs_are_left_out_as_told() -> None:
    ignored = known_of(frame(), Wishes(ignored=("color", "day")))
    assert list(of_role(ignored, "input")) == ["weight"]
    assert ignored["color"].reason == "as told"
    chosen = known_of(frame(), Wishes(inputs=("color",)))
    assert list(of_role(chosen, "input")) == ["color"]
    assert list(of_role(chosen, "output")) == ["churned"]


def test_the_column_that_names_groups_is_not_read() -> None:
    groups = [f"g{row % 20}" for row in range(ROWS)]
    table = frame(group=groups).select(["weight", "color", "group", "churned"])
    assert known_of(table)["group"].role == "input"
    known = known_of(table, Wishes(group="group"))
    assert known["group"].role == "left out"
    assert "names the groups" in known["group"].reason


WRONG = [
    (Wishes(outputs=("churn",)), 'no column "churn".*did you mean "churned"'),
    (Wishes(types={"wieght": "number"}), 'no column "wieght".*did you mean "weight"'),
    (Wishes(types={"weight": "nummer"}), 'no column "nummer".*did you mean "number"'),
    (Wishes(types={"color": "number"}), "--type color=number: color holds no numbers"),
    (Wishes(outputs=("country",)), "--output country: it is constant"),
    (Wishes(inputs=("country",)), "country is constant.*--type country=category takes it"),
    (Wishes(group="gruop"), 'no column "gruop"'),
]


@pytest.mark.parametrize(("wishes", "words"), WRONG, ids=[words[:24] for _, words in WRONG])
def test_what_was_typed_wrongly_is_answered_with_what_would_be_right(wishes: Wishes, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        known_of(frame(), wishes)


def test_where_nothing_can_be_predicted_it_asks() -> None:
    table = frame().select(["id", "country"])
    with pytest.raises(UsageError, match=r"which column is to be predicted\?.*--output COLUMN"):
        known_of(table)
    assert not of_role(known_of(table, need_output=False), "output")


def test_a_named_type_is_strict_and_a_guessed_one_is_not() -> None:
    known = known_of(frame(), Wishes(types={"weight": "number"}))
    assert known["weight"].column.strict
    assert not known["color"].column.strict


def test_a_named_input_is_read_though_it_seems_to_name_rows() -> None:
    assert known_of(frame())["id"].role == "left out"
    known = known_of(frame(), Wishes(inputs=("id", "color"), outputs=("churned",)))
    assert (known["id"].role, known["id"].column.type) == ("input", "category")
    assert known["id"].column.strict is False


def test_many_columns_may_be_one() -> None:
    steps = {f"t{step}": np.sin(np.arange(ROWS) / 9 + step / 3) for step in range(12)}
    known = known_of(pa.table({**steps, "label": [row % 2 for row in range(ROWS)]}))
    (series,) = of_role(known, "input").values()
    assert series.type == "series"
    assert series.fields == tuple(steps)
    told = known_of(pa.table({**steps, "label": [row % 2 for row in range(ROWS)]}), Wishes(ignored=("t3",)))
    assert not of_role(told, "input")


# ---------------------------------------------------------------------------------------------------------- data sets


def test_rows_without_an_answer_are_counted_on_no_side() -> None:
    answers = ["yes" if row % 3 else None for row in range(ROWS)]
    data = open_data(frame(churned=answers))
    assert sum(data.split.counts().values()) == 80
    assert data.categories() == {"churned": [data.split.counts()["train"]]}


def test_rows_whose_group_is_missing_are_split_the_same_way_wherever_they_stand() -> None:
    groups = [f"g{row % 20}" if row % 2 else None for row in range(ROWS)]
    table = frame(group=groups)
    turned = np.random.default_rng(0).permutation(ROWS)
    wishes = Wishes(group="group", outputs=("churned",))
    one, other = open_data(table, wishes), open_data(table.take(pa.array(turned)), wishes)
    assert np.array_equal(one.split.side[turned], other.split.side)


def test_by_time_the_latest_are_tested_and_what_has_no_order_is_refused() -> None:
    data = open_data(frame(), Wishes(time="day", outputs=("churned",)))
    day = np.array(frame()["day"])
    assert max(day[data.split.rows(0)]) <= min(day[data.split.rows(2)])
    with pytest.raises(UsageError, match="--time color"):
        open_data(frame(), Wishes(time="color", outputs=("churned",)))
