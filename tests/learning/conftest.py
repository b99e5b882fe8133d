"""A linear system on made-up numbers, and the loop around it, on a clock that a test turns."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fromraw.learning.clock import Clock
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import Around
from fromraw.learning.optimizers import Wish, build_optimizer
from fromraw.learning.schedule import Horizon
from fromraw.learning.stopping import StopRequest
from fromraw.planning.plan import LearningPlan
from fromraw.randomness import Draw
from fromraw.signals import Batch, Scalars, ScalarsSpec
from fromraw.streams.base import Act, Stream
from fromraw.system import Asking, Reading, Step, System

ROWS = 8


def scalars(numbers: torch.Tensor) -> Scalars:
    none = torch.zeros(len(numbers), 0, dtype=torch.long)
    return Scalars(numbers, torch.zeros_like(numbers).bool(), none, torch.ones(len(numbers), dtype=torch.bool))


@dataclass
class Numbers(Stream):
    """Three numbers and their sum; at some steps the sum is not a number."""

    spoiled: set[int] = field(default_factory=set)
    step: int = 0

    def next(self, act: Act) -> Batch:
        places = np.arange(ROWS) + ROWS * self.step
        x = torch.tensor(Draw(0, "x", places, places * 0).normal("x", 3), dtype=torch.float32)
        y = x.sum(1, keepdim=True)
        if self.step in self.spoiled:
            y = y * math.nan
        self.step += 1
        return Batch({"x": scalars(x)}, {"y": scalars(y)}, places)

    def state(self) -> dict[str, Any]:
        return {"step": self.step}

    def restore(self, state: Mapping[str, Any]) -> None:
        self.step = state["step"]


def system() -> System:
    torch.manual_seed(0)
    inputs = {"x": Reading(ScalarsSpec(("a", "b", "c")), (Step("dense", {"width": 8, "depth": 1}),), "it")}
    return System(inputs, {"y": Asking(ScalarsSpec(("y",)), Step("regress"))})


def course_of(steps: int, stream: Stream | None = None, **more: Any) -> Course:
    net = more.pop("net", None) or system()
    plan = LearningPlan(batch=ROWS, piece=more.pop("piece", ROWS), warmup=more.pop("warmup", 0.05))
    optimizer = build_optimizer([Wish([net], "adamw", 0.01)])
    where = {"member": 0, "stage": 0}
    return Course(net, stream or Numbers(), optimizer, plan, 0, Horizon(steps), 100, where, **more)


def around(folder: Path, tell: Callable[[Course, float], None] = lambda course, loss: None, **more: Any) -> Around:
    folder.mkdir(exist_ok=True)
    return Around(folder / "checkpoint", Journal(folder / "decisions.jsonl"), StopRequest(), tell, **more)


class FakeTime:
    """A clock that goes on only when it is told to."""

    def __init__(self, limit: float | None = None) -> None:
        self.seconds = 0.0
        self.clock = Clock(limit, now=lambda: self.seconds)


class Killed(Exception):
    """The machine went off."""
