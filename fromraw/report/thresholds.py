"""What a threshold does: of an output of two categories, how many are caught and how many alarms are false.

The page has a table of a few thresholds, and where it may run its one script, a slider over many.
"""

import base64
import hashlib
import json
from dataclasses import dataclass
from importlib.resources import files

import numpy as np

from fromraw.decoders.scores_of_categories import guess_of
from fromraw.evaluation.intervals import Interval, share_interval
from fromraw.figures.base import Scene
from fromraw.figures.categories import names_of
from fromraw.figures.wording import shorten

STEPS, IN_TABLE = 60, 7
"""Thresholds that the slider and the table have, spread evenly over the tested rows."""


@dataclass(frozen=True)
class Point:
    """At this threshold: alarms, those of them that are false, and the rows of the category that are caught."""

    threshold: float
    alarms: int
    false: int
    caught: int


@dataclass(frozen=True)
class Thresholds:
    """name: of the category that is looked for; there: its tested rows; now: what the answers do as they are, said with
    intervals; at: the slider's place nearest to that."""

    name: str
    there: int
    now: str
    at: int
    points: list[Point]

    @property
    def few(self) -> list[Point]:
        places = np.unique(np.linspace(0, len(self.points) - 1, IN_TABLE).round().astype(int))
        return [self.points[place] for place in places]

    @property
    def plain(self) -> str:
        """What the script reads."""
        points = [[point.threshold, point.alarms, point.false, point.caught] for point in self.points]
        return json.dumps({"name": self.name, "there": self.there, "points": points})


def thresholds_of(scene: Scene, output: str) -> Thresholds | None:
    """Nothing where the answer is not one of two categories, or where the tested rows have only one of them."""
    account = scene.account.outputs[output]
    records, groups = account.records, account.groups
    if "probabilities" not in records or records["probabilities"].shape[1] != 2:
        return None
    likely, is_it, alarm = records["probabilities"][:, 1], records["truth"] == 1, guess_of(records) == 1
    if not 0 < is_it.sum() < len(is_it):
        return None
    name = shorten(names_of(scene, output)[1], 40)
    tried = np.unique(np.quantile(likely, np.linspace(0, 1, STEPS)).round(3))
    points = [_point(float(at), likely >= at, is_it) for at in tried]
    caught = share_interval(alarm[is_it], None if groups is None else groups[is_it])
    now = f"As it answers now, it catches {_told(caught)} of the \u201c{name}\u201d"
    if alarm.any():
        false = share_interval(~is_it[alarm], None if groups is None else groups[alarm])
        now += f"; {_told(false)} of its alarms are false"
    at = int(np.abs([point.alarms - alarm.sum() for point in points]).argmin())
    return Thresholds(name, int(is_it.sum()), f"{now}.", at, points)


def read_script() -> tuple[str, str]:
    """The page's one script, and the only one that its Content-Security-Policy lets run, by its hash."""
    text = files("fromraw.report").joinpath("slider.js").read_text(encoding="utf-8")
    return text, base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _point(threshold: float, alarm: np.ndarray, is_it: np.ndarray) -> Point:
    return Point(threshold, int(alarm.sum()), int((alarm & ~is_it).sum()), int((alarm & is_it).sum()))


def _told(share: Interval) -> str:
    return f"{100 * share.value:.0f}% ({100 * share.low:.0f} to {100 * share.high:.0f})"
