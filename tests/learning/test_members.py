"""Every net of the plan in turn: each on its own rows, from its own seed, also over interruptions."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

from fromraw.columns.category import Category
from fromraw.columns.number import Number
from fromraw.learning.clock import Clock
from fromraw.learning.course import Course
from fromraw.learning.evidence import read_evidence
from fromraw.learning.journal import Journal
from fromraw.learning.members import Training, train_members
from fromraw.learning.stopping import StopRequest
from fromraw.planning.plan import InputPlan, LearningPlan, MemberPlan, OutputPlan, Plan
from fromraw.splits import TRAIN, VALID, Rows
from fromraw.streams.examples import Examples
from fromraw.system import System
from tests.learning.conftest import Killed

ROWS = 60
PLAN = Plan(
    inputs={"table": InputPlan(columns=["a", "b"], encoder=[{"dense": {"width": 8, "depth": 1}}], instance="it")},
    outputs={"kind": OutputPlan(columns=["kind"], decoder={"classify": {}})},
    members=[MemberPlan(seed=4, fold=0), MemberPlan(seed=5, fold=1), MemberPlan(seed=6, fold=2)],
    folds=3,
    learning=LearningPlan(batch=16, piece=16, steps=6),
)


def training(
    folder: Path, tell: Callable[[Course, float], None] = lambda course, loss: None, clock: Clock | None = None
) -> Training:
    folder.mkdir(exist_ok=True)
    random = np.random.default_rng(0)
    batch = pa.record_batch({"a": random.normal(size=ROWS), "b": random.normal(size=ROWS),
                             "kind": random.choice(["x", "y"], ROWS)})  # fmt: skip
    columns = {"a": Number("a", ["a"]), "b": Number("b", ["b"]), "kind": Category("kind", ["kind"], output=True)}
    for column in columns.values():
        column.fit([batch])
    stored = {name: column.prepare(batch, np.arange(ROWS))[0] for name, column in columns.items()}
    examples = Examples(columns, stored, {"table": ["a", "b"]}, {"kind": ["kind"]}, {})
    rows = Rows(np.where(np.arange(ROWS) % 5 == 0, VALID, TRAIN), np.arange(ROWS).astype(np.uint64))
    return Training(PLAN, examples, rows, folder / "checkpoint", Journal(folder / "decisions.jsonl"), StopRequest(),
                    clock or Clock(None), lambda: 0.0, {}, tell, 0.0)  # fmt: skip


def same_bits(one: list[System], other: list[System]) -> bool:
    pairs = [
        (a, b) for x, y in zip(one, other, strict=True) for a, b in zip(x.parameters(), y.parameters(), strict=True)
    ]
    return all(torch.equal(a, b) for a, b in pairs)


def test_each_learns_from_all_rows_but_its_fold(tmp_path: Path) -> None:
    seen: dict[int, set[int]] = {}

    def tell(course: Course, loss: float) -> None:
        batch = course.stream.make(course.step - 1)  # type: ignore[attr-defined]
        seen.setdefault(course.where["member"], set()).update(batch.rows.tolist())

    given = training(tmp_path / "run", tell)
    systems = train_members(given)
    folds = [set(given.rows.of_member(fold, 3)[1].tolist()) for fold in range(3)]
    assert [seen[member] & folds[member] for member in range(3)] == [set()] * 3
    assert set().union(*seen.values()) == set(range(ROWS))
    assert not any(same_bits([systems[0]], [other]) for other in systems[1:])
    told = np.flatnonzero(np.isfinite(read_evidence(tmp_path / "run" / "checkpoint", 1)["kind"]))
    assert set(told.tolist()) == seen[0]


@pytest.mark.parametrize(("member", "step"), [(0, 3), (1, 1), (2, 6)])
def test_killed_at_any_of_them_all_end_with_the_same_bits(tmp_path: Path, member: int, step: int) -> None:
    def kill(course: Course, loss: float) -> None:
        if (course.where["member"], course.step) == (member, step):
            raise Killed

    whole = train_members(training(tmp_path / "whole"))
    with pytest.raises(Killed):
        train_members(training(tmp_path / "killed", kill))
    steps: list[int] = []
    again = train_members(training(tmp_path / "killed", lambda course, loss: steps.append(course.where["member"])))
    assert same_bits(again, whole)
    assert min(steps, default=member) == member
    one, other = (read_evidence(tmp_path / name / "checkpoint", 3)["kind"] for name in ("whole", "killed"))
    assert np.isfinite(one).all()
    np.testing.assert_array_equal(one, other)


def test_where_nobody_will_go_on_nothing_is_written_and_the_nets_are_the_same(tmp_path: Path) -> None:
    kept = train_members(training(tmp_path / "kept"))
    given = replace(training(tmp_path / "none"), folder=None, journal=Journal(None))
    before = sorted((tmp_path / "none").rglob("*"))
    assert same_bits(train_members(given), kept)
    assert sorted((tmp_path / "none").rglob("*")) == before


def test_asked_to_stop_the_net_at_hand_is_kept_and_the_rest_left_out(tmp_path: Path) -> None:
    given = training(tmp_path / "run")

    def tell(course: Course, loss: float) -> None:
        given.stop.asked = (course.where["member"], course.step) == (1, 2)

    systems = train_members(replace(given, tell=tell))
    assert len(systems) == 2
    assert [path.name for path in given.folder.glob("member-*")] == ["member-0.safetensors"]
    assert same_bits(train_members(training(tmp_path / "run")), train_members(training(tmp_path / "whole")))


def test_asked_to_stop_before_the_first_step_there_is_a_net_all_the_same(tmp_path: Path) -> None:
    given = training(tmp_path / "run")
    given.stop.asked = True
    assert len(train_members(given)) == 1


def test_minutes_are_shared_and_nets_that_there_is_no_time_for_are_left_out(tmp_path: Path) -> None:
    seconds = [0.0]

    def tell(course: Course, loss: float) -> None:
        seconds[0] += 1.0

    many = PLAN.model_copy(update={"learning": LearningPlan(batch=16, piece=16, epochs=1000.0)})
    given = training(tmp_path / "run", tell, Clock(30.0, now=lambda: seconds[0]))
    given.journal.decide("pace", [1.0, "float32"], "a step takes a second", stage=0)
    systems = train_members(replace(given, plan=many))
    assert len(systems) == 3
    assert 28 <= seconds[0] <= 31
    steps = [d["value"] for d in given.journal.all("steps", step=0)]
    assert max(steps) - min(steps) <= 2


def test_without_more_than_one_net_and_folds_the_splits_own_valid_rows_are_left_alone(tmp_path: Path) -> None:
    rows: set[int] = set()
    tell = lambda course, loss: rows.update(course.stream.make(course.step - 1).rows.tolist())  # noqa: E731
    given = training(tmp_path / "run", tell)
    alone = PLAN.model_copy(update={"members": [MemberPlan()], "folds": 0})
    train_members(replace(given, plan=alone))
    assert rows <= set(given.rows.of(TRAIN).tolist())


@pytest.mark.parametrize(("folds", "nets"), [(0, 1), (3, 3)])
def test_out_of_time_a_net_that_must_test_its_fold_is_trained_all_the_same(
    tmp_path: Path, folds: int, nets: int
) -> None:
    given = training(tmp_path / "run", clock=Clock(10.0, 12.0))
    given.journal.decide("pace", [1.0, "float32"], "a step takes a second", stage=0)
    rows = replace(given.rows, sides=np.zeros(ROWS, int), folds=folds) if folds else given.rows
    assert len(train_members(replace(given, rows=rows))) == nets
