"""A column that gives the answer away is found, and a good one is left in peace."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

from fromraw.describing.dataset import open_data
from fromraw.findings.base import Case, Finding
from fromraw.findings.leak import Leak
from fromraw.findings.wording import mending


def find(columns: dict[str, Any]) -> list[Finding]:
    return Leak().find(Case(open_data(pa.table(columns))))


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def churn(random: np.random.Generator) -> dict[str, Any]:
    """1,500 customers, three columns that tell a little, and what is to be predicted."""
    age, fee = random.normal(45, 12, 1500), random.gamma(3, 15, 1500)
    churned = np.where(fee / 45 + random.normal(size=1500) > 2, "yes", "no")
    return {"age": age, "fee": fee, "place": random.choice(["a", "b", "c"], 1500), "churned": churned}


def with_last(columns: dict[str, Any], **added: Any) -> dict[str, Any]:
    """Columns before the one that is to be predicted."""
    *_, last = columns
    return {**{n: c for n, c in columns.items() if n != last}, **added, last: columns[last]}


def gaps(values: np.ndarray, keep: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~keep)


def test_nothing_is_said_of_good_columns(churn: dict[str, Any]) -> None:
    assert find(churn) == []


@pytest.mark.parametrize("load", [load_iris, load_breast_cancer])
def test_strong_columns_of_real_data_are_no_leaks(load: Any) -> None:
    data = load()
    columns = {name.replace(" ", "_"): data.data[:, at] for at, name in enumerate(data.feature_names)}
    assert find({**columns, "target": data.target}) == []


def test_a_column_that_is_filled_for_one_category_only(churn: dict[str, Any], random: np.random.Generator) -> None:
    reasons, yes = random.choice(["price", "moved", "other"], 1500), churn["churned"] == "yes"
    kept = yes & (np.arange(1500) != np.flatnonzero(yes)[0])
    (found,) = find(with_last(churn, cancel_reason=gaps(reasons, kept)))
    assert found.column == "cancel_reason"
    assert found.options == ("--ignore", "cancel_reason")
    (no_filled, no), (yes_filled, yeses) = found.evidence["filled"]['"no"'], found.evidence["filled"]['"yes"']
    assert no_filled == 0
    assert yeses - yes_filled <= 1
    assert f'empty in all {no:,} "no"' in found.text
    assert find(with_last(churn, reason=gaps(reasons, random.random(1500) < yes.mean()))) == []


def test_a_column_that_is_filled_in_a_part_of_one_category(churn: dict[str, Any], random: np.random.Generator) -> None:
    yes = churn["churned"] == "yes"
    (found,) = find(with_last(churn, died=gaps(np.ones(1500), yes & (random.random(1500) < 0.6))))
    assert found.column == "died"


def test_few_rows_are_enough_where_filling_has_no_exception(random: np.random.Generator) -> None:
    label = np.array(["no", "yes"] * 45)
    note = gaps(random.normal(size=90), label == "yes")
    (found,) = find({"x": random.normal(size=90), "note": note, "label": label})
    assert found.column == "note"


def test_the_answer_under_other_names(random: np.random.Generator) -> None:
    kinds, x = random.integers(0, 3, 150), random.normal(size=(2, 150))
    names, codes = np.array(["bee", "fly", "wasp"])[kinds], np.array(["K7", "K2", "K9"])[kinds]
    (found,) = find({"a": x[0] + kinds, "b": x[1], "code": codes, "insect": names})
    assert found.column == "code"
    assert "one value for each insect" in found.text
    codes[:8] = "K2"
    assert find({"a": x[0] + kinds, "b": x[1], "code": codes, "insect": names}) == []


def test_a_number_that_the_answer_was_cut_from(churn: dict[str, Any], random: np.random.Generator) -> None:
    score = np.where(churn["churned"] == "yes", 1, -1) * random.gamma(2, 10, 1500)
    (found,) = find(with_last(churn, score=score))
    assert found.column == "score"
    assert "by itself tells churned" in found.text
    assert find(with_last(churn, score=score + random.normal(0, 8, 1500))) == []


def test_an_easy_task_is_no_leak(random: np.random.Generator) -> None:
    kinds = random.integers(0, 2, 600)
    columns = {f"x{i}": 20.0 * kinds + random.normal(size=600) for i in range(4)}
    assert find({**columns, "label": np.array(["a", "b"])[kinds]}) == []


@pytest.mark.parametrize("recode", [lambda y: 0.92 * y + 3, np.log, lambda y: -np.sqrt(y)])
def test_a_number_that_is_the_answer_in_another_unit(recode: Any, random: np.random.Generator) -> None:
    size = random.normal(100, 20, 800)
    price = 1000 + np.exp(size / 40 + random.normal(0, 0.3, 800)) * 100
    columns = {"size": size, "rooms": random.poisson(4, 800), "price": price}
    (found,) = find(with_last(columns, other=recode(price)))
    assert (found.column, found.gravity) == ("other", "warning")
    assert found.options == ("--ignore", "other")
    noisy = recode(price) + 0.3 * recode(price).std() * random.normal(size=800)
    assert find(with_last(columns, other=noisy)) == []


def test_a_law_that_was_measured_is_a_note_that_ignores_nothing(random: np.random.Generator) -> None:
    celsius, wind, haze = random.normal(15, 8, 600), random.gamma(2, 3, 600), random.normal(size=600)
    fahrenheit = (celsius + random.normal(0, 0.18, 600)) * 1.8 + 32  # R2 = 1 - (0.18 / 8)**2 = 0.9995
    (found,) = find({"fahrenheit": fahrenheit, "wind": wind, "haze": haze, "celsius": celsius})
    assert (found.column, found.gravity, found.options) == ("fahrenheit", "note", ())
    assert "nearly tells celsius" in found.text
    assert "(R2 0.999" in found.text
    assert mending([found]) == {}
    columns = {"fahrenheit": (celsius * 1.8 + 32).round(1), "wind": wind, "haze": haze, "celsius": celsius.round(1)}
    (found,) = find(columns)
    assert (found.gravity, found.options) == ("warning", ("--ignore", "fahrenheit"))
    astray = random.choice(600, 2, replace=False)
    columns["fahrenheit"][astray] += 20
    (found,) = find(columns)
    assert found.gravity == "warning"


def test_a_single_input_is_the_task_and_no_leak(random: np.random.Generator) -> None:
    x = random.normal(size=300)
    assert find({"x": x, "y": 2 * x + 1}) == []
