"""Kinds of learning that nobody built in: the untouched loop trains them, is killed, and goes on to the same bits."""

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch

from fromraw.columns.category import Category
from fromraw.columns.series import Series
from fromraw.learning.clock import Clock
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import Around, learn
from fromraw.learning.members import Training, train_members
from fromraw.learning.optimizers import Wish, build_optimizer
from fromraw.learning.schedule import Horizon
from fromraw.learning.stopping import StopRequest
from fromraw.planning.plan import InputPlan, LearningPlan, OutputPlan, Plan, StagePlan
from fromraw.signals import GridSpec, ScalarsSpec, TokensSpec
from fromraw.splits import TRAIN, VALID, Rows
from fromraw.streams.examples import Examples
from fromraw.system import Asking, Reading, Step, System

ROWS, STEPS = 12, 100


class Killed(Exception):
    """The machine went off."""


def language_model(foreigners: ModuleType) -> tuple[System, Any]:
    """What follows a 1 depends on what stood before it, often in the batch before."""
    text = np.array([1, 2, 1, 3, 1, 4, 1, 5] * 60)
    spec = TokensSpec(6, 5)
    system = System(
        {"text": Reading(spec, (Step("toy_recurrent"),), "reader")}, {"next": Asking(spec, Step("toy_next"))}
    )
    return system, foreigners.RunningText(text, ROWS, 5)


def contrast(foreigners: ModuleType) -> tuple[System, Any]:
    spec = ScalarsSpec(("a", "b", "c", "d"))
    system = System({"x": Reading(spec, (Step("toy_dense"),), "eye")}, {"turned": Asking(spec, Step("toy_contrast"))})
    return system, foreigners.Pairs(ROWS)


def glimpses(foreigners: ModuleType) -> tuple[System, Any]:
    system = System(
        {"image": Reading(GridSpec(1, (8, 8)), (Step("toy_glimpse"),), "eye")},
        {"class": Asking(ScalarsSpec((), ("class",), (3,)), Step("classify"))},
    )
    return system, foreigners.Pictures(ROWS)


def bandit(foreigners: ModuleType) -> tuple[System, Any]:
    system = System(
        {"lights": Reading(ScalarsSpec(("red", "green", "blue")), (Step("toy_dense"),), "eye")},
        {"levers": Asking(ScalarsSpec(("reward",), ("lever",), (3,)), Step("toy_act"))},
    )
    return system, foreigners.Bandit(ROWS)


KINDS = {kind.__name__: kind for kind in (language_model, contrast, glimpses, bandit)}
each_kind = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def train(
    foreigners: ModuleType,
    kind: Callable[[ModuleType], tuple[System, Any]],
    folder: Path,
    steps: int = STEPS,
    tell: Callable[[Course, float], None] = lambda course, loss: None,
) -> Course:
    """A fresh process: everything is made anew, and the checkpoint, if there is one, is gone on from."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(7)
    system, stream = kind(foreigners)
    optimizer = build_optimizer([Wish([system], "adamw", 0.02)])
    plan = LearningPlan(batch=ROWS, piece=5)
    course = Course(system, stream, optimizer, plan, 3, Horizon(steps), 1000, {"member": 0, "stage": 0})
    journal = Journal(folder / "decisions.jsonl")
    learn(course, Around(folder / "checkpoint", journal, StopRequest(), tell, save_every=0.0 if steps < 50 else 60.0))
    return course


def assert_same_bits(one: System, other: System) -> None:
    for name, tensor in one.state_dict().items():
        assert torch.equal(tensor, other.state_dict()[name]), name


@each_kind
def test_the_untouched_loop_learns_it(foreigners: ModuleType, tmp_path: Path, kind: Any) -> None:
    told: list[float] = []
    paid: list[float] = []

    def tell(course: Course, loss: float) -> None:
        told.append(loss)
        paid.append(getattr(course.stream, "paid", 0.0))

    course = train(foreigners, kind, tmp_path / "run", tell=tell)
    if kind is bandit:
        assert np.mean(paid[:10]) < 0.6
        assert np.mean(paid[-20:]) > 0.9
    elif kind is glimpses:
        course.system.eval()
        losses, _ = course.system(course.stream.next(course.act))
        assert int(course.system.encoders["eye"].steps[0].where.argmax()) == 2
        assert losses["class"]["loss"].mean() < 0.35
    else:
        assert np.mean(told[-10:]) < 0.5 * np.mean(told[:3])


@each_kind
@pytest.mark.parametrize("seed", [0, 1])
def test_killed_at_a_random_step_it_goes_on_to_the_same_bits(
    foreigners: ModuleType, tmp_path: Path, kind: Any, seed: int
) -> None:
    last = int(np.random.default_rng(seed).integers(1, 14))

    def kill(course: Course, loss: float) -> None:
        if course.step == last:
            raise Killed

    whole = train(foreigners, kind, tmp_path / "whole", 15)
    with pytest.raises(Killed):
        train(foreigners, kind, tmp_path / "killed", 15, kill)
    steps: list[int] = []
    again = train(foreigners, kind, tmp_path / "killed", 15, lambda course, loss: steps.append(course.step))
    assert steps == list(range(last, 16))
    assert_same_bits(again.system, whole.system)
    assert again.stream.state() == whole.stream.state()


def test_carried_state_is_what_tells_the_first_symbol_of_a_batch(foreigners: ModuleType, tmp_path: Path) -> None:
    course = train(foreigners, language_model, tmp_path / "run")
    batch = course.stream.next(course.act)
    carried, _ = course.system(batch, state=course.state)
    fresh, _ = course.system(batch, state=course.system.start(ROWS))
    assert carried["next"]["loss"].mean() < 0.5 * fresh["next"]["loss"].mean()


def test_contrast_sees_all_rows_of_a_step_however_small_the_piece(foreigners: ModuleType, tmp_path: Path) -> None:
    course = train(foreigners, contrast, tmp_path / "run", 1)
    assert course.plan.piece < ROWS
    assert course.piece == ROWS


# --------------------------------------------------------------------------------------------------- stages and members


def recordings() -> tuple[Examples, Rows]:
    """Waves, slow or fast; one in four has no name."""
    random = np.random.default_rng(0)
    fast = random.integers(0, 2, 60)
    waves = [np.sin(np.arange(12) * (0.5 + f) + random.random() * 6).tolist() for f in fast]
    names = [["slow", "fast"][f] if random.random() > 0.25 else None for f in fast]
    batch = pa.record_batch({"wave": pa.array(waves), "speed": pa.array(names)})
    columns = {"wave": Series("wave", ["wave"]), "speed": Category("speed", ["speed"], output=True)}
    for column in columns.values():
        column.fit([batch])
    stored = {name: column.prepare(batch, np.arange(60))[0] for name, column in columns.items()}
    examples = Examples(columns, stored, {"wave": ["wave"]}, {"again": ["wave"], "speed": ["speed"]}, {})
    sides = np.where(np.arange(60) % 5 == 0, VALID, TRAIN)
    return examples, Rows(sides, np.arange(60).astype(np.uint64))


PLAN = Plan(
    inputs={"wave": InputPlan(columns=["wave"], encoder=[{"convnet": {"widths": [8], "stem": "none"}}],
                              instance="ear", rate=0.01)},
    outputs={"again": OutputPlan(columns=["wave"], decoder={"toy_reconstruct": {}}),
             "speed": OutputPlan(columns=["speed"], decoder={"classify": {}})},
    stages=[StagePlan(name="before", trains=["ear", "again"], outputs=["again"], share=0.5),
            StagePlan(name="after", outputs=["speed"], share=0.5)],
    learning=LearningPlan(batch=16, piece=8, steps=20),
)  # fmt: skip


def train_in_stages(folder: Path, tell: Callable[[Course, float], None] = lambda course, loss: None) -> list[System]:
    folder.mkdir(exist_ok=True)
    examples, rows = recordings()
    journal, clock = Journal(folder / "decisions.jsonl"), Clock(None)
    training = Training(
        PLAN, examples, rows, folder / "checkpoint", journal, StopRequest(), clock, lambda: 0.0, {}, tell, 0.0
    )
    return train_members(training)


def test_an_input_that_is_its_own_target_is_learned_first(foreigners: ModuleType, tmp_path: Path) -> None:
    told: dict[int, list[float]] = {0: [], 1: []}
    decoders: list[torch.Tensor] = []

    def tell(course: Course, loss: float) -> None:
        told[course.where["stage"]].append(loss)
        if course.where["stage"] == 0:
            decoders.append(course.system.decoders["speed"].linear.weight.detach().clone())

    (system,) = train_in_stages(tmp_path / "run", tell)
    assert [len(losses) for losses in told.values()] == [10, 10]
    assert all(np.mean(losses[-3:]) < 0.9 * np.mean(losses[:2]) for losses in told.values())
    assert torch.equal(decoders[0], decoders[-1])
    assert not torch.equal(decoders[0], system.decoders["speed"].linear.weight)


@pytest.mark.parametrize(("stage", "step"), [(0, 1), (0, 10), (1, 1), (1, 7)])
def test_killed_in_either_stage_it_goes_on_to_the_same_bits(
    foreigners: ModuleType, tmp_path: Path, stage: int, step: int
) -> None:
    def kill(course: Course, loss: float) -> None:
        if (course.where["stage"], course.step) == (stage, step):
            raise Killed

    (whole,) = train_in_stages(tmp_path / "whole")
    with pytest.raises(Killed):
        train_in_stages(tmp_path / "killed", kill)
    (again,) = train_in_stages(tmp_path / "killed")
    assert_same_bits(again, whole)
