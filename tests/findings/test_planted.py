"""A planted fault is found, in words with a remedy; the split heeds what belongs together."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from fromraw.describing.dataset import DataSet, open_data
from fromraw.describing.recognizing import Wishes
from fromraw.errors import Refused
from fromraw.findings.base import Case, Finding
from fromraw.findings.unreadable import problems_in_sample
from fromraw.parts import parts
from fromraw.sources.base import FILE
from fromraw.splits import TEST, TRAIN
from tests.findings.clean import CLEAN, clean_table
from tests.findings.planted import (
    PLANTED,
    in_folders,
    of_patients,
    of_subjects,
    over_years,
    with_copies_in_test,
    with_near_copies,
    with_renamed_copies,
)
from tests.findings.planted_cells import PLANTED_CELLS

SILENT = ("copies", "groups", "time_order", "outliers", "identifier", "constant", "unreadable")


def _find(kind: str, dataset: DataSet) -> list[Finding]:
    try:
        found: list[Finding] = parts("findings")[kind].cls().find(Case(dataset, problems_in_sample(dataset)))
    except Refused:
        return []
    return found


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found(fault: str) -> None:
    kind, make = PLANTED[fault]
    assert [finding.kind for finding in _find(kind, open_data(make(5)))] == [kind]


@pytest.mark.parametrize("fault", PLANTED_CELLS)
def test_a_fault_planted_in_cells_or_lines_is_found(fault: str, tmp_path: Path) -> None:
    kind, write = PLANTED_CELLS[fault]
    assert [finding.kind for finding in _find(kind, open_data(write(5, tmp_path)))] == [kind]


@pytest.mark.parametrize("kind", [kind for kind in CLEAN if kind != "pictures"])
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_clean_data_raise_no_alarm(kind: str, seed: int) -> None:
    dataset = open_data(CLEAN[kind](seed))
    assert [finding for finder in SILENT for finding in _find(finder, dataset)] == []


def test_test_rows_that_are_learned_from_are_counted() -> None:
    found = _find("copies", open_data(with_copies_in_test(1)))[0]
    assert found.gravity == "warning"
    assert found.evidence["in test and training"] == 20
    assert found.evidence["where"][0] == ["row 1", "row 301"]
    assert "exact copies among the training rows: 20 of 60 test rows (33.3%)" in found.text


@pytest.mark.parametrize("make", [with_near_copies, with_renamed_copies])
def test_copies_are_kept_on_one_side_unless_that_is_undone(make: object) -> None:
    table = make(2)  # type: ignore[operator]
    first = table.num_rows * 5 // 6 if make is with_near_copies else 400
    pairs = np.arange(table.num_rows - first)
    together = open_data(table)
    assert (together.hashes[pairs] == together.hashes[first + pairs]).mean() > 0.9
    sides = together.split.side
    same = together.hashes[pairs] == together.hashes[first + pairs]
    assert (sides[pairs] == sides[first + pairs])[same].all()
    apart = open_data(table, Wishes(guess=False))
    assert not (apart.hashes[pairs] == apart.hashes[first + pairs]).any()


@pytest.mark.parametrize("make", [of_subjects, in_folders, of_patients])
def test_guessed_groups_are_kept_whole_and_not_learned_from(make: object) -> None:
    table = make(3)  # type: ignore[operator]
    dataset = open_data(table)
    assert dataset.guessed is not None
    groups, side = dataset.guessed.of, dataset.split.side
    assert not set(groups[side == TRAIN]) & set(groups[side == TEST])
    assert "by group" in dataset.split.how
    if dataset.guessed.column:
        assert dataset.known["patient_id"].role == "left out"
    assert _find("groups", dataset)[0].options == ("--group", "none")
    undone = open_data(table, Wishes(guess=False))
    assert undone.guessed is None
    assert "by contents" in undone.split.how


@pytest.mark.parametrize(
    "said",
    [
        Wishes(types={"patient_id": "category"}),
        Wishes(inputs=("patient_id", "x0", "x1", "amount"), outputs=("label",)),
    ],
)
def test_a_column_that_a_person_wants_read_keeps_no_rows_together(said: Wishes) -> None:
    dataset = open_data(of_patients(3), said)
    assert dataset.known["patient_id"].role == "input"
    assert "by contents" in dataset.split.how
    (found,) = _find("groups", dataset)
    assert (found.gravity, found.options) == ("note", ("--group", "patient_id"))
    assert "as patient_id is read as told" in found.text
    assert not found.text.startswith("0 of")


def test_names_that_give_the_answer_or_mean_nothing_are_no_groups() -> None:
    table = of_subjects(4)
    who = [cell["path"][:3] for cell in table.column("image").to_pylist()]
    of_classes = table.set_column(1, "class", pa.array(who))
    assert open_data(of_classes).guessed is None
    cells = [{**cell, "path": f"{n % 20}_{n}.png"} for n, cell in enumerate(table.column("image").to_pylist())]
    assert open_data(table.set_column(0, "image", pa.array(cells, FILE))).guessed is None


def test_groups_that_the_data_split_themselves_are_a_warning() -> None:
    table = of_patients(6)
    dataset = open_data(table.append_column("split", pa.array(["train"] * 300 + ["test"] * 100)))
    assert dataset.split.groups is None
    assert _find("groups", dataset)[0].gravity == "warning"


def test_the_drift_names_its_column_and_its_remedy() -> None:
    found = _find("time_order", open_data(over_years(7)))[0]
    assert (found.column, found.options) == ("signup", ("--time", "signup"))
    assert "label" in found.text
    assert _find("time_order", open_data(over_years(7), Wishes(time="signup"))) == []


def test_rows_that_are_stored_by_answer_are_in_no_order_of_time() -> None:
    table = clean_table(8)
    for name in ("label", "amount"):
        assert _find("time_order", open_data(table.sort_by(name))) == []
    rooms = np.sort(np.random.default_rng(0).integers(1, 6, table.num_rows)) / 2
    assert _find("time_order", open_data(table.append_column("rooms", pa.array(rooms)))) == []


def test_few_values_that_meet_by_chance_are_no_copies() -> None:
    random = np.random.default_rng(0)
    few = pa.table({name: random.integers(0, 4, 400) for name in "abc"} | {"y": random.integers(0, 2, 400)})
    assert _find("copies", open_data(few, Wishes(types=dict.fromkeys("abc", "category")))) == []
