"""The learning curve of a run by its rows: retrained on parts of them, what more rows brought, and what yet more would.

The trainings have the plan's nets, settings and number of steps; they differ in rows and seeds alone. All are tested on
the rows that the run was tested on, which choose nothing here; where that was in folds, by nets of other folds. What
was trained is written to curve.json after each training, and the same command goes on from there.
"""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from fromraw.errors import RunError
from fromraw.evaluation.account import scores_of
from fromraw.evaluation.more_rows import Outlook, Trained, look_ahead
from fromraw.gathering import Ground
from fromraw.how_many import how_many
from fromraw.keeping import to_json
from fromraw.learning.checkpoint import write_text
from fromraw.learning.clock import Clock, read_seconds
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.progress import Voice
from fromraw.learning.stopping import listening
from fromraw.machine import threads_of_torch
from fromraw.planning.plan import Plan
from fromraw.retraining import Point, Retraining, Size, all_can_learn, learned_from, steps_in, thin_rows

FEWEST_ROWS = 64
FEWEST_LEFT = 16
"""Rows that are left after the last halving."""
HALVINGS, REPEATS, MOST_REPEATS = 3, 2, 4
"""A size is a half of the one above it. The minutes are shared among so many trainings on each; where they end sooner,
more follow, up to the most."""
SECONDS_OF_REPORT = 12.0
"""Kept for the report, beside a thirtieth of the minutes."""
SLACK = 0.95
"""Of the time, that is shared out: a training is not begun for less than what the longest took, so much less."""
SHORT = 0.5


@dataclass
class Curve:
    """What curve.json holds. rows: to learn from, tested: to test on; seconds: that a training may take; steps: that
    each has, as the first one had; steps_of_run: that the run itself had; spent: seconds of the whole command."""

    rows: int
    tested: int
    tested_on: str
    things: str
    minutes: float
    steps_of_run: int
    seconds: float = 0.0
    steps: int | None = None
    spent: float = 0.0
    finished: bool = False
    trainings: list[Point] = field(default_factory=list)
    outputs: dict[str, Outlook] = field(default_factory=dict)

    @property
    def is_short(self) -> bool:
        """Whether the trainings had so much less than the run had that more rows may bring more than it seems."""
        return bool(self.steps) and (self.steps or 0) < SHORT * self.steps_of_run

    def plain(self) -> dict[str, Any]:
        """As curve.json holds it."""
        outputs = {name: outlook.plain() for name, outlook in self.outputs.items()}
        return {"format": 1, **vars(self), "outputs": outputs, "trainings": [asdict(point) for point in self.trainings]}


@dataclass(frozen=True)
class Asked:
    """Of which run, for how many minutes. modules: nets of a user's own; clock: counts from the command's start."""

    folder: Path
    plan: Plan
    ground: Ground
    minutes: float
    clock: Clock
    modules: Mapping[str, nn.Module] = field(default_factory=dict)

    @property
    def path(self) -> Path:
        return self.folder / "curve.json"

    @property
    def work(self) -> Path:
        """What an unfinished curve goes on from; gone when it is finished."""
        return self.folder / "curve"


def draw_curve(asked: Asked, voice: Voice) -> Curve:
    """Train on all rows and on ever smaller halves of them, within the minutes. Raises RunError where that would tell
    nothing; KeyboardInterrupt, with what is kept, where it was asked to stop."""
    clock, curve = asked.clock, _begin(asked)
    if curve.finished:
        return curve
    with listening() as stop, clock.kept_in(asked.work / "spent"), threads_of_torch(asked.plan.budget.threads):
        sizes = _sizes(asked)
        planned = sum(size.repeat < REPEATS for size in sizes)
        curve.seconds = curve.seconds or round(max(1.0, SLACK * clock.left(_reserve(clock)) / planned), 2)
        _write(asked, curve)
        _say_plan(voice, curve, sizes, planned)
        stop.gently = True
        again = Retraining(
            asked.ground, _in_the_same_precision(asked), asked.work, stop, asked.modules, _telling(voice, curve)
        )
        for size in sizes[len(curve.trainings) :]:
            if not _is_time_for(curve, clock):
                break
            rows = thin_rows(asked.ground, asked.plan, size)
            left = max(1.0, clock.left(_reserve(clock)))
            point = again.train(size, rows, curve.steps, min(curve.seconds, left) if clock.limit else None)
            if point is None:
                raise KeyboardInterrupt(f"What was trained is kept in {asked.path}; the same command goes on.")
            curve.trainings.append(point)
            curve.steps = curve.steps or point.steps
            _write(asked, curve)
            voice.at(f"training {len(curve.trainings)}, on {point.rows:,} {curve.things}: {_in_words(point)}")
    voice.still()
    curve.outputs, curve.finished = _outlooks(asked.plan, curve), True
    _write(asked, curve)
    shutil.rmtree(asked.work)
    return curve


def read_curve(path: Path) -> Curve | None:
    """What is kept; None where there is nothing, or nothing that this version reads."""
    try:
        plain = json.loads(path.read_text())
        points = [Point(**point) for point in plain.pop("trainings")]
        outputs = {name: Outlook.read(found) for name, found in plain.pop("outputs").items()}
        plain.pop("format")
        return Curve(**plain, trainings=points, outputs=outputs)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _begin(asked: Asked) -> Curve:
    """A new curve, or what is kept of one for as many minutes."""
    rows = asked.ground.rows
    if not len(rows.tested):
        raise RunError(f"{asked.folder}: none of its rows were tested, so a curve has nothing to be tested on.")
    learned = len(learned_from(rows, asked.plan))
    if learned < FEWEST_ROWS:
        raise RunError(f"{asked.folder}: it learned from {learned} rows; a curve by rows needs {FEWEST_ROWS} at least.")
    if not any(size.halvings for size in _sizes(asked)):
        raise RunError(f"{asked.folder}: it learned from so few groups that a half of them leaves a net without rows.")
    kept = read_curve(asked.path)
    if kept and kept.minutes == asked.minutes:
        asked.clock.go_on(max(kept.spent, read_seconds(asked.work / "spent")))
        asked.work.mkdir(exist_ok=True)
        return kept
    shutil.rmtree(asked.work, ignore_errors=True)
    asked.work.mkdir()
    split, source = asked.ground.data.split, asked.ground.data.source
    own = steps_in(Journal(asked.folder / "decisions.jsonl"))
    return Curve(learned, len(rows.tested), split.tested_on, source.things, asked.minutes, own)


def _in_the_same_precision(asked: Asked) -> Plan:
    """The plan, in what the run was computed in: it measured which is faster where it had minutes to keep."""
    learning, made = asked.plan.learning, Journal(asked.folder / "decisions.jsonl").find("pace")
    if learning.precision == "auto":
        learning = learning.model_copy(update={"precision": made["value"][1] if made else "float32"})
    return asked.plan.model_copy(update={"learning": learning})


def sizes_for(rows: int) -> list[Size]:
    """All trainings, those first by which a law can be told: all rows and ever fewer, then back, and so on."""
    halvings = [n for n in range(HALVINGS + 1) if rows >> n >= FEWEST_LEFT]
    return [Size(n, repeat) for repeat in range(MOST_REPEATS) for n in halvings[:: 1 if repeat % 2 == 0 else -1]]


def _sizes(asked: Asked) -> list[Size]:
    """Of all, those that leave each net something to learn from: groups and copies are halved whole."""
    ground, plan = asked.ground, asked.plan
    learned = learned_from(ground.rows, plan)
    units = len(np.unique((ground.rows.hashes if ground.rows.groups is None else ground.rows.groups)[learned]))
    sizes = sizes_for(len(learned))
    if units >> HALVINGS >= FEWEST_ROWS:
        return sizes
    return [size for size in sizes if all_can_learn(thin_rows(ground, plan, size), plan)]


def _reserve(clock: Clock) -> float:
    return SECONDS_OF_REPORT + (clock.limit or 0.0) / 30


def _is_time_for(curve: Curve, clock: Clock) -> bool:
    """Whether another training can have about the time that the longest had; one is always tried."""
    longest = max((point.seconds for point in curve.trainings), default=0.0)
    return not curve.trainings or clock.left(_reserve(clock)) >= SLACK * longest


def _outlooks(plan: Plan, curve: Curve) -> dict[str, Outlook]:
    """By the first score of each output; a training that has none of it is passed over."""
    found, points = {}, curve.trainings
    for name in points[0].scores:
        metric = next(iter(points[0].scores[name]))
        trained = [
            Trained(p.halvings, p.rows, **p.scores[name][metric], left_out=p.left_out[name])
            for p in points
            if metric in p.scores.get(name, {})
        ]
        outlook = look_ahead(scores_of(plan)[name][metric], trained, curve.tested)
        found[name] = replace(outlook, seen=None) if curve.is_short else outlook
    return found


def _write(asked: Asked, curve: Curve) -> None:
    curve.spent = round(asked.clock.spent(), 1)
    write_text(asked.path, to_json(curve.plain()))


# ------------------------------------------------------------------------------------------------------ what is said


def _say_plan(voice: Voice, curve: Curve, sizes: Sequence[Size], planned: int) -> None:
    counts = sorted({curve.rows >> size.halvings for size in sizes})
    rows = f"{', '.join(f'{n:,}' for n in counts[:-1])} and {counts[-1]:,}"
    kept = f"; {len(curve.trainings)} done before" if curve.trainings else ""
    each = f"{curve.seconds / 60:.1f} minutes" if curve.seconds >= 60 else how_many(round(curve.seconds), "seconds")
    sides = {"valid": "validation rows", "folds": "rows, each by a net that did not learn from it"}
    side = sides.get(curve.tested_on, "test rows, by which nothing is chosen")
    voice.say(
        f"curve      {curve.rows:,} training rows; {planned} trainings on {rows} of them, at most {each} each{kept}"
    )
    voice.say(f"           tested on the same {curve.tested:,} {side}. Ctrl-C stops; the same command goes on.\n")


def _telling(voice: Voice, curve: Curve) -> Callable[[Course, float], None]:
    def tell(course: Course, loss: float) -> None:
        where = f"training {len(curve.trainings) + 1}, on {course.rows:,} {curve.things}"
        voice.live(f"{where}  step {course.step:,} of {course.horizon.end:,}  loss {loss:.3g}")

    return tell


def _in_words(point: Point) -> str:
    firsts = [(name, value["value"]) for of in point.scores.values() for name, value in of.items()]
    return ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in firsts)
