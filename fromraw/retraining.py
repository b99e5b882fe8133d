"""One training more on a part of the rows, by the same plan and tested on the same rows: a point of the curve."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from torch import nn

from fromraw.evaluation.account import Account, plain, scores_of
from fromraw.evaluation.answering import answer_rows, take_rows
from fromraw.evaluation.intervals import leave_out
from fromraw.evaluation.judging import ANSWER_ROWS, judge
from fromraw.evaluation.unlike import rows_looked_at
from fromraw.gathering import Ground
from fromraw.learning.checkpoint import read_facts, write_text
from fromraw.learning.clock import Clock
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.members import Training, train_members
from fromraw.learning.pacing import Reserve
from fromraw.learning.stopping import StopRequest
from fromraw.planning.building import build_system
from fromraw.planning.plan import Plan
from fromraw.randomness import key_of
from fromraw.splits import NONE, TRAIN, VALID, Rows, thin

Tell = Callable[[Course, float], None]
Scores = Mapping[str, Mapping[str, float]]
"""{score: {value, low, high}}."""


@dataclass(frozen=True)
class Size:
    """How many times the rows are halved, and which of several such halvings: all that a training is drawn by."""

    halvings: int
    repeat: int


@dataclass(frozen=True)
class Point:
    """What came of a training. rows: that it learned from; steps: of each of its nets; scores: {output: its first
    score}, as metrics.json holds it; left_out: {output: that score without each block of the tested rows in turn}."""

    halvings: int
    repeat: int
    rows: int
    steps: int
    seconds: float
    scores: Mapping[str, Scores]
    left_out: Mapping[str, list[float]]


def thin_rows(ground: Ground, plan: Plan, size: Size, rows: Rows | None = None) -> Rows:
    """The same rows but for those to learn from and to hold out, which are halved so many times; rows of one repeat are
    nested. The tested rows stay as they are: in folds all of them, each by a net that learns from those that are left
    of the other folds."""
    rows = rows or ground.rows
    strata, seed = _strata(ground, plan), key_of(plan.learning.seed, "curve", size.repeat)
    is_out = np.zeros(len(rows.sides), bool)
    for side in (TRAIN, VALID):
        kept = rows.of(side)
        for _ in range(size.halvings):
            kept = thin(kept, 0.5, seed, rows.hashes, strata, rows.groups)
        is_out[np.setdiff1d(rows.of(side), kept)] = True
    return replace(rows, idle=is_out) if rows.folds else replace(rows, sides=np.where(is_out, NONE, rows.sides))


def _strata(ground: Ground, plan: Plan) -> np.ndarray | None:
    """Categories of the first output that has any."""
    columns = [ground.examples.columns[output.columns[0]] for output in plan.outputs.values()]
    found = (column.strata(ground.prepared.columns[column.name]) for column in columns)
    return next((ids for ids in found if ids is not None), None)


def learned_from(rows: Rows, plan: Plan) -> np.ndarray:
    """Rows that a net of the plan learns from; where several leave out a fold each, those that any does."""
    learned = rows.of(TRAIN, VALID) if plan.folds else rows.of(TRAIN)
    return learned if rows.idle is None else learned[~rows.idle[learned]]


def all_can_learn(rows: Rows, plan: Plan) -> bool:
    """Whether each net of the plan has rows to learn from."""
    return all(len(rows.of_member(member.fold, plan.folds)[0]) for member in plan.members)


@dataclass(frozen=True)
class Retraining:
    """What all trainings share. folder: where each keeps its checkpoint while it lasts; modules: nets of a user's own;
    tell: hears of every step."""

    ground: Ground
    plan: Plan
    folder: Path
    stop: StopRequest
    modules: Mapping[str, nn.Module] = field(default_factory=dict)
    tell: Tell = lambda course, loss: None

    def train(self, size: Size, rows: Rows, steps: int | None = None, seconds: float | None = None) -> Point | None:
        """In so many steps at most (None: as many as on all rows), and seconds. None where it was asked to stop; the
        same call goes on then, to the same bits."""
        plan, place = self._plan(size, steps), self.folder / f"{size.halvings}-{size.repeat}"
        place.mkdir(parents=True, exist_ok=True)
        facts = read_facts(place)
        clock = Clock(seconds, facts["spent"] if facts else 0.0)
        training = Training(plan, self.ground.examples, rows, place, self._journal(place), self.stop, clock,
                            self._reserve(plan, rows, clock), self.modules, self.tell)  # fmt: skip
        systems = train_members(training)
        if self.stop.asked:
            return None
        things, tested_on = self.ground.data.source.things, self.ground.data.split.tested_on
        account = judge(systems, self.ground.examples, rows, plan, {}, things, tested_on).account
        self._keep_pace(training.journal)
        shutil.rmtree(place)
        scores, left_out = _scored(account, plan)
        learned = len(learned_from(rows, plan))
        return Point(
            size.halvings, size.repeat, learned, steps_in(training.journal), round(clock.spent(), 2), scores, left_out
        )

    def _plan(self, size: Size, steps: int | None) -> Plan:
        """The run's own, but for the seeds. A part of the rows gets the steps that all rows would get, not the epochs:
        else it would lack training as well as rows, and more rows would seem to bring what more training does."""
        learning, members = self.plan.learning, []
        whole = len(learned_from(self.ground.rows, self.plan))
        if learning.steps is None and learning.epochs is not None:
            learning = learning.model_copy(update={"steps": max(1, round(learning.epochs * whole / learning.batch))})
        if steps is not None:
            learning = learning.model_copy(update={"steps": steps})
        for member in self.plan.members:
            seed = key_of(member.seed, "curve", size.halvings, size.repeat) >> 33
            members.append(member.model_copy(update={"seed": seed}))
        return self.plan.model_copy(update={"members": members, "learning": learning})

    def _journal(self, place: Path) -> Journal:
        """Of one training. How long a step takes is measured in the first, for all: they are alike."""
        path, pace = place / "decisions.jsonl", self.folder / "pace.jsonl"
        if not path.exists() and pace.exists():
            shutil.copyfile(pace, path)
        return Journal(path)

    def _keep_pace(self, journal: Journal) -> None:
        pace = self.folder / "pace.jsonl"
        if not pace.exists():
            write_text(pace, "".join(json.dumps(made) + "\n" for made in journal.all("pace")))

    def _reserve(self, plan: Plan, rows: Rows, clock: Clock) -> Reserve:
        """Seconds for the answers, timed on an untrained net."""
        nets = len(plan.members) // max(1, rows.folds)
        looks = self.ground.examples.fixed_looks() * nets * (len(rows.tested) + len(rows.of(VALID)))
        reserve = Reserve(looks + rows_looked_at(rows), 0.02 * (clock.limit or 0.0))
        if clock.limit is not None:
            fresh = build_system(plan, self.ground.examples.columns, plan.members[-1], self.modules)
            some, began = rows.tested[:256], time.monotonic()
            answer_rows([fresh], self.ground.examples, some, ANSWER_ROWS, plan.budget.device, looks=1)
            reserve.measured(len(some), time.monotonic() - began)
        return reserve


def steps_in(journal: Journal) -> int:
    """How many steps a training had: of the net that had most: where time was short, the last ones have fewer."""
    last = {(made["member"], made["stage"]): made["value"] for made in journal.all("steps")}
    nets = {net for net, _ in last}
    return max((sum(steps for (of, _), steps in last.items() if of == net) for net in nets), default=0)


def _scored(account: Account, plan: Plan) -> tuple[dict[str, Scores], dict[str, list[float]]]:
    """The first score of each output, and the same without each block of the tested rows."""
    scores: dict[str, Scores] = {}
    left_out: dict[str, list[float]] = {}
    for name, output in account.outputs.items():
        score = scores_of(plan)[name][output.headline]
        scores[name] = plain({output.headline: output.scores[output.headline]})
        total = lambda chosen, s=score, o=output: s.total(take_rows(o.records, chosen))  # noqa: E731
        left_out[name] = leave_out(total, len(output.rows), output.groups).tolist()
    return scores, left_out
