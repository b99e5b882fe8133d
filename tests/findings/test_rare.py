"""Categories that are too rare to be learned are named."""

import pyarrow as pa

from fromraw.describing.dataset import open_data
from fromraw.findings.base import Case
from fromraw.findings.rare import Rare


def find(label: list[str], split: list[str] | None = None) -> list[tuple[str, dict[str, int]]]:
    columns = {"x": [n * 7 % 50 for n in range(len(label))], "label": label}
    dataset = open_data(pa.table(columns | ({"split": split} if split else {})))
    return [(f.text, f.evidence) for f in Rare().find(Case(dataset))]


def test_rare_ones_are_named_the_rarest_first() -> None:
    rare = ["e"] * 9 + ["d"] * 3 + ["c"] * 4 + ["b"] * 5 + ["a"] * 6
    ((text, evidence),) = find(["usual"] * 40 + rare)
    assert text == "label: under 10 rows, too few to learn or to judge: d 3, c 4, b 5, a 6 and 1 more"
    assert evidence == {"d": 3, "c": 4, "b": 5, "a": 6, "e": 9}


def test_ten_rows_are_not_rare() -> None:
    assert find(["a"] * 10 + ["b"] * 30) == []


def test_a_category_that_no_training_row_has_cannot_be_answered() -> None:
    split = ["train"] * 40 + ["test"] * 20
    ((text, _),) = find(["a", "b"] * 20 + ["c"] * 12 + ["a"] * 8, split)
    assert text == "label: in no training row, so that none can be answered right: c 12"
