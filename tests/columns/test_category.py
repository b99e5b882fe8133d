"""Categories: what is in the vocabulary, in which order, and that texts come back as they were written."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fromraw.columns.base import Sample
from fromraw.columns.category import Category, natural_order
from fromraw.sources.base import MISSING, Field


def fitted(cells: pa.Array, **settings: bool) -> tuple[Category, pa.RecordBatch]:
    batch = pa.record_batch({"plan": cells})
    column = Category("plan", ["plan"], **settings)
    column.fit([batch])
    return column, batch


@given(st.lists(st.text(max_size=5), min_size=1, max_size=60))
def test_every_category_of_an_output_comes_back_as_written(texts: list[str]) -> None:
    column, batch = fitted(pa.array(texts), output=True)
    stored, problems = column.prepare(batch, np.arange(len(texts)))
    expected = [None if text.strip().lower() in MISSING else text for text in texts]
    assert [e if e is None or e.strip() else None for e in expected] == column.restore(stored["ids"])
    assert not problems


def test_an_input_is_ordered_by_frequency_and_an_output_as_people_sort() -> None:
    cells = pa.array(["10", "9", "9", "2", "2", "2"])
    assert fitted(cells)[0].values == ["2", "9", "10"]
    assert fitted(cells, output=True)[0].values == ["2", "9", "10"]
    assert natural_order(["h10", "h2", "b", "-1", "1e3", "7"]) == ["-1", "7", "1e3", "b", "h2", "h10"]


def test_spelling_is_kept_apart_and_untouched() -> None:
    assert sorted(fitted(pa.array(["Basic", "basic ", "Basic"]))[0].values) == ["Basic", "basic "]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (pa.array([3, 1, 3]), ["3", "1"]),
        (pa.array([True, False, True]), ["true", "false"]),
        (pa.array([1.0, np.nan, 1.0, 2.5]), ["1", "2.5"]),
        (pa.array(["b", "a", "b"]).dictionary_encode(), ["b", "a"]),
    ],
)
def test_any_single_value_can_be_a_category(cells: pa.Array, values: list[str]) -> None:
    assert fitted(cells)[0].values == values


def test_rare_inputs_are_unknown_where_rows_are_many() -> None:
    column, _ = fitted(pa.array(["a"] * 300 + ["b"] * 2 + ["c"]))
    assert (column.values, column.counts, column.rare) == (["a", "b"], [300, 2], 1)
    assert column.spec.cardinalities == (3,)
    many, _ = fitted(pa.array([f"v{number:04}" for number in range(1500)] * 3))
    assert len(many.values) == 1000


def test_a_target_never_seen_in_training_is_present_without_an_id_and_said() -> None:
    column, _ = fitted(pa.array(["a", "b"]), output=True)
    stored, problems = column.prepare(pa.record_batch({"plan": pa.array(["a", "z", None])}), np.arange(3))
    assert stored["ids"].tolist() == [1, 0, 0]
    assert stored["present"].tolist() == [True, True, False]
    assert column.written(stored) == ["a", "(never seen in training)", None]
    assert [(p.where, p.kind) for p in problems] == [("row 2", "unseen")]


def test_a_folder_called_none_is_a_category() -> None:
    table = pa.table({"class": ["none", "mild"] * 4})
    sample = Sample([Field("class", pa.string(), "class")], table)
    (claim,) = Category.recognize(sample)
    column = Category(claim.name, claim.fields, **claim.settings)
    column.fit(table.to_batches())
    assert column.values == ["mild", "none"]
    assert column.output
