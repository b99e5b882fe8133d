"""How fast this machine goes: first steps and first answers are timed, then the number of steps is fixed."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from fromraw.learning.course import Course
from fromraw.learning.journal import Journal
from fromraw.learning.loop import forward_and_backward, set_rates
from fromraw.learning.precision import seed_torch
from fromraw.randomness import torch_seed
from fromraw.system import System

FASTER = 1.15
"""By how much bf16 must be measured faster than float32 before it is used."""


@dataclass(frozen=True)
class Pace:
    """Seconds of a step, and the precision in which it was measured fastest."""

    seconds_per_step: float
    precision: str


def measure_pace(make_course: Callable[[str], Course], journal: Journal, precision: str, seconds: float = 3.0) -> Pace:
    """Time a few steps of a course that is thrown away; in bf16 too, where the machine multiplies it."""
    first = "float32" if precision == "auto" else precision
    plain = _time_steps(make_course(first), journal, seconds)
    if precision != "auto" or not multiplies_bf16(make_course(first).device):
        return Pace(plain, first)
    half = _time_steps(make_course("bf16"), journal, seconds)
    return Pace(half, "bf16") if half * FASTER < plain else Pace(plain, "float32")


def _time_steps(course: Course, journal: Journal, seconds: float) -> float:
    """The median of a few steps after the first two, which pay for warming up; the net is left as it was."""
    before = {name: tensor.clone() for name, tensor in course.system.state_dict().items()}
    course.system.train()
    start = time.monotonic()
    taken: list[float] = []
    while len(taken) < 3 or (len(taken) < 12 and time.monotonic() - start < seconds):
        began = time.monotonic()
        batch = course.stream.next(course.act).to(course.device)
        forward_and_backward(course, batch, journal)
        set_rates(course)
        course.optimizer.step()
        if course.device.startswith("cuda"):
            torch.cuda.synchronize()
        taken.append(time.monotonic() - began)
        if time.monotonic() - start > 3 * seconds:
            break
    course.stream.close()
    course.system.load_state_dict(before)
    course.optimizer.zero_grad()
    timed = sorted(taken[2:] or taken)
    return timed[len(timed) // 2]


@dataclass
class Reserve:
    """Seconds to keep for what comes after training: answers at the pace last measured, and the report.

    looks: at rows, in all, over members; margin: for a machine that gets slower.
    """

    looks: int
    report: float
    seconds_per_look: float = 0.0
    margin: float = 1.3

    def __call__(self) -> float:
        return self.report + self.margin * self.looks * self.seconds_per_look

    def measured(self, looks: int, seconds: float) -> None:
        """Answers were timed, in passing."""
        if looks:
            self.seconds_per_look = seconds / looks


def multiplies_bf16(device: str) -> bool:
    """Whether the device has instructions for products in bf16."""
    if device.startswith("cuda"):
        return torch.cuda.is_bf16_supported(including_emulation=False)
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return False
    return device == "cpu" and ("avx512_bf16" in flags or "amx_bf16" in flags)


@torch.no_grad()
def settle_statistics(system: System, make_batch: Callable[[int], "object"], count: int, device: str) -> None:
    """Batch statistics measured anew with the final weights, over a fixed list of training pieces."""
    norms: list[Any] = [m for m in system.modules() if hasattr(m, "running_mean") and hasattr(m, "momentum")]
    if not norms:
        return
    momenta = [norm.momentum for norm in norms]
    system.train()
    for norm in norms:
        norm.reset_running_stats()
    for number in range(count):
        for norm in norms:
            norm.momentum = 1 / (number + 1)
        seed_torch(torch_seed(0, "settle", number))
        batch = make_batch(number).to(device)  # type: ignore[attr-defined]
        system(batch, want="summary", state=system.start(len(batch)))
    for norm, momentum in zip(norms, momenta, strict=True):
        norm.momentum = momentum
    system.eval()
