"""What to do next, and what the net is not for: from what the run holds, in plain words."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fromraw.evaluation.account import OutputAccount
from fromraw.figures.base import Scene, inputs_of
from fromraw.figures.categories import names_of
from fromraw.figures.wording import list_some, shorten, write_number
from fromraw.findings.wording import look_first

_ELSEWHERE = {
    "pictures": "Pictures made in another way: another camera, light, distance or background than in these.",
    "series": "Recordings made in another way: another device, rate or place than these.",
}
_ELSEWHERE_ROWS = "Rows from another source, time or population than these: the scores hold for rows like these alone."


@dataclass(frozen=True)
class Advice:
    """A sentence and the command that follows it."""

    text: str
    command: str


def what_next(scene: Scene, most: int = 2) -> list[Advice]:
    """The most useful steps, the most urgent first."""
    return list(_steps(scene))[:most]


def _steps(scene: Scene) -> Iterator[Advice]:
    again = scene.data.get("command") or "fromraw train DATA"
    if scene.stopped:
        yield Advice("It was stopped early. The same command goes on where it stopped:", again)
    if gravest := _gravest(scene, again):
        yield gravest
    if few := _too_few(scene):
        yield Advice(f"Collect more {scene.data.get('things', 'rows')} of {few}, then train again:", again)
    if longer := _longer(scene, again):
        yield longer
    if all(map(is_beaten, scene.account.outputs.values())):
        simple = shlex.quote(str(scene.folder / "baseline.py"))
        yield Advice("A simple method does better here. Use that one:", f"python {simple}")
    yield Advice("Try it on new data:", predict_command(scene))
    yield Advice("Look through the mistakes above; where a truth is wrong, mend it, then train again:", again)


def _gravest(scene: Scene, again: str) -> Advice | None:
    """What is to be looked at first, where a command mends it."""
    found = next((finding for finding in look_first(scene.found) if finding.options), None)
    if found is None:
        return None
    remedy = found.remedy[:1].upper() + found.remedy[1:]
    return Advice(f"{found.text[:1].upper()}{found.text[1:]}. {remedy}:", f"{again} {shlex.join(found.options)}")


def predict_command(scene: Scene) -> str:
    return f"fromraw predict {shlex.quote(str(scene.folder))} NEW_DATA --out answers.csv"


def _too_few(scene: Scene) -> str:
    """The categories that could not be judged, by name."""
    few = [p.name for a in scene.account.outputs.values() for p, interval in a.breakdown if interval.too_few]
    return list_some(few, 3)


def _longer(scene: Scene, again: str) -> Advice | None:
    """Where minutes ended before the epochs that pay were done."""
    if not (late := time_was_up(scene)):
        return None
    longer = f"--minutes {late.longer:g}"
    pattern = r"--minutes[ =]\S+"
    command = re.sub(pattern, longer, again) if re.search(pattern, again) else f"{again} {longer}"
    return Advice(f"{late}. Give it longer:", command)


@dataclass(frozen=True)
class TimeWasUp:
    """Minutes that ended after some of the epochs that may pay."""

    done: float
    planned: float
    minutes: float

    @property
    def longer(self) -> float:
        """Minutes to try next: of few, most went to what is no learning, and twice as many would not do either."""
        return self.minutes * (2 if self.done >= 0.1 * self.planned else 5)

    def __str__(self) -> str:
        done = f"{self.done:.0f}" if self.done >= 10 else f"{self.done:.2g}"
        return f"Time was up after {done} of {self.planned:.0f} epochs that may pay"


def time_was_up(scene: Scene) -> TimeWasUp | None:
    """Where minutes, and no person, ended the training well before the epochs that may pay were done."""
    planned, minutes = scene.plan.learning.epochs, scene.plan.budget.minutes
    done = max((line.get("epoch", 0.0) for line in scene.log), default=0.0)
    if scene.stopped or not planned or not minutes or done >= 0.9 * planned:
        return None
    return TimeWasUp(done, planned, minutes)


def is_beaten(account: OutputAccount) -> bool:
    """Whether the best baseline is surely better."""
    best = account.best_baseline
    return best is not None and account.baselines[best].advantage.high < 0


def not_for(scene: Scene) -> list[str]:
    """What was never seen, and so cannot be answered well."""
    found = []
    for name, account in scene.account.outputs.items():
        if "probabilities" in account.records:
            found.append(_other_categories(names_of(scene, name)))
        elif "numbers" in account.records:
            found.append(_other_numbers(name, account.records["truth"]))
    found += dict.fromkeys(column.unseen for column in inputs_of(scene))
    found.append("Decisions that nobody checks, where a wrong answer does harm.")
    return found


def _other_categories(names: list[str]) -> str:
    known = f"Anything that is none of these {len(names)}: {list_some(names, 8)}."
    return f"{known} It names one of them all the same, and may be sure."


def _other_numbers(name: str, truth: np.ndarray) -> str:
    low, high = (write_number(float(end)) for end in (np.nanmin(truth), np.nanmax(truth)))
    return f"Values of {shorten(name)} far from those that it was tested on ({low} to {high})."
