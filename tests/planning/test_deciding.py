"""Rules are pure functions of types, sizes, rows, speed and budget; what a person said stands over them."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from fromraw.columns.base import Column
from fromraw.columns.category import Category
from fromraw.columns.image import Image
from fromraw.columns.number import Number
from fromraw.columns.series import Series
from fromraw.errors import UsageError
from fromraw.machine import Machine
from fromraw.parts import parts
from fromraw.planning.building import build_system
from fromraw.planning.deciding import Facts, Request, decide, group_inputs
from fromraw.planning.plan import Plan, addresses, parse, read, to_yaml

MACHINE = Machine(threads=2, memory_bytes=4 << 30, device="cpu", gigaflops=100.0)
KINDS: dict[str, type[Column]] = {"photo": Image, "wave": Series, "age": Number, "color": Category}


def column(name: str, output: bool = False) -> tuple[Column, Any]:
    kind = KINDS.get(name, Category if output else Number)
    batch = kind.example(60, 1)  # type: ignore[attr-defined]
    made = kind(name, batch.schema.names, **({"output": True} if output else {}))
    made.fit([batch])
    return made, made.prepare(batch, np.arange(60))[0]


def facts(*inputs: str, rows: int = 1000, output: str = "kind", own_valid: bool = False) -> Facts:
    found = {name: column(name) for name in inputs}
    target, _ = column(output, output != "age")
    counts = {} if output == "age" else {output: [rows // 2, rows // 3, rows - rows // 2 - rows // 3]}
    return Facts({n: c for n, (c, _) in found.items()}, {output: target}, rows, {n: s for n, (_, s) in found.items()},
                 counts, own_valid)  # fmt: skip


def plan_of(given: Facts, **asked: Any) -> Plan:
    return decide(given, MACHINE, Request(**asked))[0]


# ----------------------------------------------------------------------------------------------------------- the rules


@pytest.mark.parametrize("rows", [40, 300, 5_000, 60_000, 10**6])
@pytest.mark.parametrize("minutes", [0.25, 1.0, 5.0, 60.0])
@pytest.mark.parametrize("inputs", [("photo",), ("wave",), ("age", "color"), ("photo", "age", "color")], ids="+".join)
def test_for_any_rows_and_minutes_a_plan_is_made_that_can_be_built(
    inputs: tuple[str, ...], rows: int, minutes: float
) -> None:
    given = facts(*inputs, rows=rows)
    plan, reasons = decide(given, MACHINE, Request(minutes=minutes))
    assert 2 <= plan.learning.batch <= max(2, rows)
    assert plan.budget.minutes == minutes
    assert plan.members
    assert all(reasons[address].why for address in reasons)
    settings = [a for a in addresses(plan.model_dump(mode="json")) if a.count(".") == 2 and not a.startswith("views")]
    assert set(settings) <= set(reasons)
    if rows in (40, 10**6) and minutes in (0.25, 60.0):
        columns = {**given.inputs, **given.outputs}
        system = build_system(plan, columns, plan.members[-1])
        assert sum(p.numel() for p in system.parameters()) < 50_000_000


def test_the_same_facts_give_the_same_plan() -> None:
    one, other = (plan_of(facts("photo", "age"), minutes=2.0) for _ in range(2))
    assert one == other


def test_more_minutes_never_make_a_net_narrower() -> None:
    widths = [
        sum(plan_of(facts("photo", rows=20_000), minutes=m).inputs["photo"].steps()[0].settings["widths"])
        for m in (0.1, 0.5, 2.0, 10.0, 60.0)
    ]
    assert widths == sorted(widths)
    assert widths[0] < widths[-1]


def test_without_a_word_there_are_five_minutes_and_with_epochs_or_steps_none() -> None:
    assert plan_of(facts("age")).budget.minutes == 5
    by_steps = plan_of(facts("age"), steps=70)
    assert by_steps.budget.minutes is None
    assert by_steps.learning.steps == 70
    both = plan_of(facts("age"), epochs=3.0, minutes=2.0)
    assert (both.learning.epochs, both.budget.minutes) == (3.0, 2.0)


@pytest.mark.parametrize("inputs", [("photo",), ("wave",), ("age", "color")], ids="+".join)
@pytest.mark.parametrize("rows", [300, 20_000])
def test_a_plan_by_epochs_is_the_same_on_a_fast_machine_and_on_a_slow_one(inputs: tuple[str, ...], rows: int) -> None:
    given, asked = facts(*inputs, rows=rows), Request(epochs=3.0)
    slow, fast = (decide(given, replace(MACHINE, gigaflops=speed), asked)[0] for speed in (5.0, 5_000.0))
    assert slow == fast


def test_single_values_are_read_together_and_others_alone() -> None:
    columns = {name: column(name)[0] for name in ("photo", "age", "color")}
    assert group_inputs(columns) == {"photo": ["photo"], "table": ["age", "color"]}
    assert group_inputs({"age": columns["age"]}) == {"age": ["age"]}
    assert group_inputs({"photo": columns["photo"], "age": columns["age"]}) == {"photo": ["photo"], "age": ["age"]}
    assert list(group_inputs({**columns, "table": columns["photo"]})) == ["photo", "table", "table_"]


def test_where_the_data_name_valid_rows_no_folds_are_cut_from_them() -> None:
    for own_valid in (True, False):
        plan = plan_of(facts("wave", rows=60, own_valid=own_valid))
        folds = {member.fold for member in plan.members}
        assert plan.folds == 0 or not own_valid
        assert folds == ({None} if plan.folds == 0 else set(range(plan.folds)))


@pytest.mark.parametrize(
    ("name", "option"), [("seed", "--seed 3"), ("learning.seed", "--seed 3"), ("budget.minutes", "--minutes 3")]
)
def test_what_has_an_option_of_its_own_is_no_setting(name: str, option: str) -> None:
    with pytest.raises(UsageError, match=f"--set {name}=3: that is an option of its own: {option}"):
        plan_of(facts("age"), settings={name: 3})


def test_a_table_without_inputs_is_refused() -> None:
    with pytest.raises(UsageError, match="nothing to predict kind from"):
        plan_of(facts())


# ------------------------------------------------------------------------------------------------------ what was asked


def test_what_was_set_stands_and_says_who_set_it() -> None:
    settings = {"photo.convnet.depth": 1, "dropout": 0.0, "learning.warmup": 0.2}
    with pytest.raises(UsageError, match="several parts have it"):
        plan_of(facts("photo"), settings=settings)
    del settings["dropout"]
    plan, reasons = decide(facts("photo"), MACHINE, Request(settings=settings))
    assert plan.inputs["photo"].steps()[0].settings["depth"] == 1
    assert plan.learning.warmup == 0.2
    assert reasons["photo.convnet.depth"].who == "you"
    assert reasons["photo.convnet.kernel"].who != "you"


def test_a_batch_that_was_set_is_one_piece_unless_that_was_set_too() -> None:
    plan = plan_of(facts("age"), settings={"batch": 200})
    assert (plan.learning.batch, plan.learning.piece) == (200, 200)
    plan = plan_of(facts("age"), settings={"batch": 200, "piece": 50})
    assert (plan.learning.batch, plan.learning.piece) == (200, 50)


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"settings": {"depht": 3}}, 'no setting "depht"'),
    ({"settings": {"photo.convnet.depth": "deep"}}, r"convnet\.depth must be a whole number, got 'deep'"),
    ({"settings": {"photo.convnet.pool": "middle"}}, 'pool must be "max" or "average"'),
    ({"settings": {"learning.batch": -1}}, r"learning\.batch"),
    ({"encoders": {"photo": "convent"}}, 'no encoder "convent"; did you mean "convnet"'),
    ({"encoders": {"photo": "table"}}, "table does not read Grid"),
    ({"encoders": {"foto": "convnet"}}, 'no input "foto"; did you mean "photo"'),
]


@pytest.mark.parametrize(("asked", "words"), WRONG, ids=[words[:20] for _, words in WRONG])
def test_what_was_typed_wrongly_is_answered_with_what_would_be_right(asked: dict[str, Any], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        plan_of(facts("photo"), **asked)


def test_encoders_may_be_stacked_by_name() -> None:
    plan = plan_of(facts("photo"), encoders={"photo": "convnet>convnet"})
    assert [step.part for step in plan.inputs["photo"].steps()] == ["convnet", "convnet"]


def test_a_plan_that_was_printed_is_taken_back_whole(tmp_path: Any) -> None:
    given = facts("photo", "age", "color")
    plan, reasons = decide(given, MACHINE, Request(minutes=2.0, settings={"warmup": 0.3, "photo.convnet.depth": 1}))
    path = tmp_path / "plan.yaml"
    path.write_text(to_yaml(plan, reasons))
    again, why = decide(given, MACHINE, Request(file=read(path)))
    assert again == plan == parse(read(path), "it")
    assert why["photo.convnet.depth"].who == "you"


def test_a_value_changed_in_the_file_is_taken_and_a_word_beside_it_wins(tmp_path: Any) -> None:
    given = facts("age", "color")
    data = plan_of(given).model_dump(mode="json")
    data["learning"]["warmup"] = 0.4
    assert plan_of(given, file=data).learning.warmup == 0.4
    assert plan_of(given, file=data, settings={"warmup": 0.1}).learning.warmup == 0.1
    data["learning"]["wramup"] = 0.4
    with pytest.raises(UsageError, match=r"learning\.wramup"):
        plan_of(given, file=data)


def test_every_encoder_that_reads_the_data_may_be_asked_for() -> None:
    for name, known in parts("encoders").items():
        if Image is KINDS["photo"] and known.reads and column("photo")[0].spec.kind in known.reads:
            if known.dimensions and 2 not in known.dimensions:
                continue
            plan = plan_of(facts("photo"), encoders={"photo": name})
            assert plan.inputs["photo"].steps()[0].part == name
            build_system(plan, {**facts("photo").inputs, **facts("photo").outputs}, plan.members[0])
