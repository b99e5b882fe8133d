"""Members and stages: each net of the plan in turn, each stage of it in order, as the one loop trains them."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from fromraw.learning.checkpoint import read_facts, read_tensors, write_tensors
from fromraw.learning.clock import Clock
from fromraw.learning.course import Course
from fromraw.learning.evidence import Gathered, gather_for, keep_evidence
from fromraw.learning.journal import Journal
from fromraw.learning.loop import Around, learn
from fromraw.learning.optimizers import Wish, build_optimizer
from fromraw.learning.pacing import Pace, measure_pace, settle_statistics
from fromraw.learning.schedule import Horizon
from fromraw.learning.stopping import StopRequest
from fromraw.planning.building import build_system
from fromraw.planning.plan import MemberPlan, Plan, StagePlan
from fromraw.randomness import key_of
from fromraw.splits import Rows
from fromraw.streams.examples import Examples, ExampleStream
from fromraw.streams.order import Order
from fromraw.system import System

BEGIN_ROWS = 8192
"""Training rows that every part may look at once, before the first step."""
SETTLE_STEPS = 24
"""Pieces over which batch statistics are settled before evaluation."""
MOST_STEPS_UNPLANNED = 10**9


@dataclass(frozen=True)
class Training:
    """What all members share. folder: of the checkpoint, None where nobody will go on; reserve: seconds to keep for
    what comes after training; tell: hears of every step."""

    plan: Plan
    examples: Examples
    rows: Rows
    folder: Path | None
    journal: Journal
    stop: StopRequest
    clock: Clock
    reserve: Callable[[], float]
    modules: Mapping[str, nn.Module]
    tell: Callable[[Course, float], None]
    save_every: float = 20.0

    def facts(self) -> dict[str, Any] | None:
        """Of the checkpoint."""
        return read_facts(self.folder) if self.folder else None

    def place_of(self, member: int) -> Path | None:
        """Where a member's weights lie once it is trained."""
        return self.folder / f"member-{member}.safetensors" if self.folder else None


def train_members(training: Training) -> list[System]:
    """Every member, trained; those that an interruption left out are missing, and those for which there was no time,
    unless each is needed to test its fold: then it trains a step at least."""
    systems: list[System] = []
    for number in range(len(training.plan.members)):
        place = training.place_of(number)
        is_done = place is not None and place.exists()
        is_late = not training.rows.folds and training.clock.left(training.reserve()) <= 0
        if systems and not is_done and (training.stop.asked or is_late):
            break
        systems.append(_train_member(training, number))
    return systems


def _train_member(training: Training, number: int) -> System:
    member = training.plan.members[number]
    train, _ = training.rows.of_member(member.fold, training.plan.folds)
    system = build_system(training.plan, training.examples.columns, member, training.modules)
    done = training.place_of(number)
    if done and done.exists():
        system.load_state_dict(read_tensors(done))
        return system.eval()
    system.begin(training.examples.batch(_some(train, BEGIN_ROWS, member.seed)).to(training.plan.budget.device))
    until = _end_of_member(training, number)
    gathered = gather_for(system, len(training.rows.sides)) if training.folder else None
    for index, stage in enumerate(training.plan.stages if member.steps != 0 else []):
        if not training.stop.asked and not _is_past(training, number, index):
            where = {"member": number, "stage": index}
            _run_stage(training, system, train, member, stage, where, until, gathered)
    stream = _stream(training, train, member, training.plan.stages[-1])
    count = min(SETTLE_STEPS, max(4, len(train) // training.plan.learning.batch))
    settle_statistics(system, stream.make, count, training.plan.budget.device)
    if done and training.folder and not training.stop.asked:
        keep_evidence(training.folder, number, gathered)
        write_tensors(done, system.state_dict())
    return system.eval()


def _is_past(training: Training, member: int, stage: int) -> bool:
    """Whether the checkpoint is of a later stage of this member."""
    facts = training.facts()
    return bool(facts and facts.get("member") == member and facts["stage"] > stage)


def _end_of_member(training: Training, number: int) -> float:
    """The second of the clock at which this member is to be ready: the time that is left, shared among the rest."""
    left = training.clock.left(training.reserve())
    return training.clock.spent() + left / (len(training.plan.members) - number)


def _some(rows: np.ndarray, count: int, seed: int) -> np.ndarray:
    """A random part of the rows, in order."""
    if len(rows) <= count:
        return rows
    return rows[np.sort(Order(len(rows), key_of(seed, "begin")).rows_at(np.arange(count)))]


def _stream(training: Training, train: np.ndarray, member: MemberPlan, stage: StagePlan) -> ExampleStream:
    wanted = training.examples.outputs if stage.outputs == "all" else stage.outputs
    examples = replace(training.examples, outputs={name: training.examples.outputs[name] for name in wanted})
    order = Order(len(train), member.seed, *examples.nearness(training.plan.budget.memory_mib << 20))
    return ExampleStream(examples, train, training.plan.learning.batch, member.seed, order)


def _run_stage(
    training: Training,
    system: System,
    train: np.ndarray,
    member: MemberPlan,
    stage: StagePlan,
    where: dict[str, int],
    until: float,
    gathered: Gathered | None,
) -> None:
    learning = training.plan.learning
    trained = _trained(system, stage)

    def course(precision: str) -> Course:
        stream = _stream(training, train, member, stage)
        optimizer = build_optimizer(_wishes(training.plan, system, trained))
        return Course(system, stream, optimizer, learning, member.seed, Horizon(1), len(train), where,
                      training.plan.budget.device, precision, gathered=gathered)  # fmt: skip

    rest = sum(s.share for s in training.plan.stages[where["stage"] :])
    left = lambda: (until - training.clock.spent()) * stage.share / rest  # noqa: E731
    most = member.steps or learning.steps or (learning.epochs or math.inf) * len(train) / learning.batch
    most = max(1.0, most * stage.share)
    pace = _pace(training, course, where, timed=math.isfinite(until))
    end = _steps(most, left(), pace)
    why = "what was asked for or pays" if end >= most else f"{1000 * pace.seconds_per_step:.0f} ms a step"
    end = training.journal.decide("steps", end, why, step=0, **where)
    now = course(pace.precision)
    now.horizon, now.most_steps = Horizon(end), most
    if math.isfinite(until):
        now.seconds_left = left
    around = Around(
        training.folder, training.journal, training.stop, training.tell, training.clock.spent, training.save_every
    )
    try:
        learn(now, around)
    finally:
        now.stream.close()


def _steps(most: float, left: float, pace: Pace) -> int:
    affordable = left / max(pace.seconds_per_step, 1e-9)
    return max(1, int(min(most, affordable, MOST_STEPS_UNPLANNED)))


def _pace(training: Training, course: Callable[[str], Course], where: Mapping[str, int], timed: bool) -> Pace:
    """Measured once for all members: they are alike. Without minutes and a choice of precision nothing is timed."""
    made = training.journal.find("pace", stage=where["stage"])
    if made:
        return Pace(*made["value"])
    wanted = training.plan.learning.precision
    if not timed and (wanted != "auto" or training.plan.budget.device == "cpu"):
        return Pace(0.0, "float32" if wanted == "auto" else wanted)
    pace = measure_pace(course, training.journal, wanted)
    words = "the median of a few first steps, in seconds, and the faster precision"
    value = training.journal.decide("pace", [pace.seconds_per_step, pace.precision], words, stage=where["stage"])
    return Pace(*value)


def _trained(system: System, stage: StagePlan) -> dict[str, nn.Module]:
    """The modules that a stage trains, by name; the others stand still."""
    modules: dict[str, nn.Module] = {**system.encoders, "fusion": system.fusion, **system.decoders}
    if stage.trains != "all":
        modules = {name: modules[name] for name in stage.trains}
    for p in system.parameters():
        p.requires_grad_(stage.trains == "all")
    for module in modules.values():
        module.requires_grad_(True)
    return modules


def _wishes(plan: Plan, system: System, trained: Mapping[str, nn.Module]) -> list[Wish]:
    """A parameter group an encoder, by its own rule; all else goes with the first of them."""
    own = {item.instance: item for item in reversed(list(plan.inputs.values()))}
    wishes = [
        Wish([module], own[name].optimizer, own[name].rate, own[name].weight_decay)
        for name, module in trained.items()
        if name in own
    ]
    first = next(iter(plan.inputs.values()))
    others = [module for name, module in trained.items() if name not in own]
    rest = [*others, _Loose(system)] if any(p.requires_grad for p in system.absent.parameters()) else others
    return [*wishes, Wish(rest, first.optimizer, first.rate, first.weight_decay)]


class _Loose(nn.Module):
    """The system's own parameters (of missing inputs), as a module."""

    def __init__(self, system: System) -> None:
        super().__init__()
        self.absent = system.absent
