"""What is told of a training while it goes on: a line of the log every few steps, a score on validation rows now and
then, and the line that a person reads."""

import json
import time
from pathlib import Path

import numpy as np

from fromraw.decoders.base import Score
from fromraw.evaluation.answering import answer_rows, decoder_of, judged_rows, tally_rows
from fromraw.learning.checkpoint import read_facts, write_text
from fromraw.learning.clock import Clock, in_words
from fromraw.learning.course import Course
from fromraw.learning.pacing import Reserve
from fromraw.learning.progress import Voice
from fromraw.planning.plan import Plan
from fromraw.splits import Rows
from fromraw.streams.examples import Examples

LINES = 400
"""Of the log, over a stage."""
SCORES = 6
"""How often, over a stage, validation rows are scored, at most."""
VALID_ROWS = 1000
"""Validation rows that are scored while training; all of them are, at its end."""


class Teller:
    """Called after every step. It changes nothing: a training that is not watched ends with the same bits."""

    def __init__(
        self, log: Path, plan: Plan, examples: Examples, rows: Rows, voice: Voice, clock: Clock, reserve: Reserve
    ) -> None:
        self.log, self.plan, self.examples, self.rows = log, plan, examples, rows
        self.voice, self.clock, self.reserve = voice, clock, reserve
        self.loss: float | None = None
        facts = read_facts(log.parent / "checkpoint")
        self._cut((facts["member"], facts["stage"], facts["step"]) if facts else (-1, 0, 0))
        self._told: tuple[int, int, int] = (-1, 0, 0)
        self._last_score = time.monotonic()
        self._cost = 0.0

    def _cut(self, reached: tuple[int, int, int]) -> None:
        """Lines of later steps than (member, stage, step) are written again, so they go."""
        if not self.log.exists():
            return
        whole = self.log.read_text().rpartition("\n")[0]
        lines = [json.loads(line) for line in whole.splitlines()]
        kept = [line for line in lines if (line["member"], line["stage"], line["step"]) <= reached]
        write_text(self.log, "".join(json.dumps(line) + "\n" for line in kept))

    def _follow(self, course: Course) -> None:
        """Say so where training went back since it was last heard of."""
        member, stage, step = course.where["member"], course.where["stage"], course.step
        if (member, stage, step) <= self._told:
            self._cut((member, stage, step - 1))
            self.loss = None
            again = f"back to step {step - 1:,}, at {course.slower:.3g} of the rate"
            self.voice.at(f"no finite loss several times in a row: {again}")
        self._told = (member, stage, step)

    def __call__(self, course: Course, loss: float) -> None:
        self._follow(course)
        self.loss = loss if self.loss is None or course.step <= 1 else 0.95 * self.loss + 0.05 * loss
        epoch = course.step * self.plan.learning.batch / course.rows
        epochs = course.horizon.end * self.plan.learning.batch / course.rows
        member = f"net {course.where['member'] + 1}/{len(self.plan.members)}  " if len(self.plan.members) > 1 else ""
        where = f"{member}epoch {epoch:.3g}/{epochs:.3g}  loss {self.loss:.3g}"
        self.voice.live(f"{where}  step {course.step:,} of {course.horizon.end:,}")
        scored = self._score(course) if self._is_due(course) else {}
        if scored or course.step % max(1, course.horizon.end // LINES) == 0:
            self._write(course, epoch, loss, scored)
        if scored:
            ends = f"  ends {in_words(self.clock.limit)}" if self.clock.limit else ""
            self.voice.at(f"{where}  valid {self._in_words(scored)}{ends}")

    def _is_due(self, course: Course) -> bool:
        """At even distances, and only while all scoring together takes little of the time."""
        if course.step == course.horizon.end or course.step % max(1, course.horizon.end // SCORES):
            return False
        return time.monotonic() - self._last_score > max(2.0, 30 * self._cost)

    def _score(self, course: Course) -> dict[str, dict[str, float]]:
        member = self.plan.members[course.where["member"]]
        _, valid = self.rows.of_member(member.fold, self.plan.folds)
        valid, began = _spread(valid, VALID_ROWS), time.monotonic()
        answers = answer_rows([course.system], self.examples, valid, 512, course.device, looks=1)
        found = {}
        for name, answer in answers.items():
            known = judged_rows(course.system, self.examples, valid, name)
            if len(known) == len(valid) and len(valid):
                records = tally_rows(course.system, self.examples, valid, name, answer)
                found[name] = {score.name: score.total(records) for score in self._scores(course, name)}
        course.system.train()
        self._last_score, self._cost = time.monotonic(), time.monotonic() - began
        self.reserve.measured(len(valid), self._cost)
        return found

    def _scores(self, course: Course, name: str) -> tuple[Score, ...]:
        return decoder_of(course.system, name).scores[:1]

    def _in_words(self, scored: dict[str, dict[str, float]]) -> str:
        words = [(metric, value) for scores in scored.values() for metric, value in scores.items()]
        return "  ".join(
            f"{value:.1%}" if metric == "accuracy" else f"{metric.replace('_', ' ')} {value:,.4g}"
            for metric, value in words
        )

    def _write(self, course: Course, epoch: float, loss: float, scored: dict[str, dict[str, float]]) -> None:
        line = {**course.where, "step": course.step, "epoch": round(epoch, 4), "loss": loss}
        line |= {"seconds": round(self.clock.spent(), 2)} | ({"valid": scored} if scored else {})
        line |= {"skipped": course.skipped} if course.skipped else {}
        with self.log.open("a") as file:
            file.write(json.dumps(line) + "\n")


def _spread(rows: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the rows, at equal distances: files often stand in class order."""
    return rows[np.unique(np.linspace(0, len(rows) - 1, min(most, len(rows))).astype(np.int64))] if len(rows) else rows
