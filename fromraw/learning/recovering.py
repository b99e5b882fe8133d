"""What is done where a loss or a gradient is not finite: the step is left out; again and again, training goes back.

To which step it goes back is a function of steps alone, never of a clock: snapshots are taken at fixed ones. So a run
that goes on comes to the same bits.
"""

import torch

from fromraw.errors import MachineError
from fromraw.learning.course import Course
from fromraw.learning.journal import Journal

PATIENCE = 3
"""Steps in a row without a finite loss after which training goes back, at half the rate."""
SNAPSHOTS = 10
"""How often, over a stage, one may be taken."""
LOWEST = 2.0**-6
"""Of the rate, with which it is tried again."""


def take_snapshot(course: Course, loss: float) -> None:
    """At fixed steps, and only while the loss falls: a net whose loss rises may be past help already."""
    course.loss_sum += loss
    course.loss_steps += 1
    if not course.is_due(SNAPSHOTS):
        return
    mean = course.loss_sum / course.loss_steps
    falls, course.loss_before = mean <= course.loss_before, mean
    course.loss_sum, course.loss_steps = 0.0, 0
    if falls:
        course.snapshot = course.now().copied()


def leave_out(course: Course, journal: Journal) -> None:
    """Go past a step whose loss or gradient is not finite; after some of them back to the snapshot, more slowly.

    Raises MachineError where even a small rate does not help.
    """
    course.step += 1
    course.missed += 1
    course.skipped += 1
    _mend_buffers(course)
    if course.missed < PATIENCE:
        return
    assert course.snapshot, "a course has one before its first step"
    if course.slower / 2 < LOWEST:
        raise MachineError(
            "the loss is not finite, also at a 64th of the rate; --set rate=... lower, or look at the data."
        )
    why = f"no finite loss for {PATIENCE} steps: back to an earlier one, with what the rate is multiplied by"
    slower = journal.decide("slower", course.slower / 2, why, back_to=course.snapshot.facts["step"], **course.here)
    kept = {"slower": slower, "skipped": course.skipped, "piece": course.piece}
    course.put_back(course.snapshot)
    for name, value in kept.items():
        setattr(course, name, value)


@torch.no_grad()
def _mend_buffers(course: Course) -> None:
    """A forward that was not finite may have gone into running statistics."""
    assert course.snapshot
    for name, buffer in course.system.state_dict().items():
        if buffer.is_floating_point() and not bool(torch.isfinite(buffer).all()):
            buffer.copy_(course.snapshot.tensors[f"system/{name}"])
