"""The loop: one for every task. It knows nothing of pictures or words, and reads downwards.

Next batch, forward, loss, backward, step, log, evaluate, save. What a clock, memory or a number that is not finite
makes it change is a decision, written to the journal first, so that a run that goes on ends with the same bits.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from fromraw.errors import MachineError
from fromraw.how_many import how_many
from fromraw.learning import checkpoint
from fromraw.learning.course import Course, Snapshot
from fromraw.learning.journal import Journal
from fromraw.learning.precision import computing_in, seed_torch
from fromraw.learning.recovering import leave_out, take_snapshot
from fromraw.learning.schedule import factor
from fromraw.learning.stopping import StopRequest
from fromraw.randomness import torch_seed
from fromraw.signals import Batch, Tree, take, tree_map
from fromraw.system import detach, objective

CHECKS = 25
"""How often, over a stage, the clock is looked at."""


@dataclass
class Around:
    """What a loop needs from outside: where it writes (None: nowhere, as nobody will go on), whom it tells, and when it
    is to stop."""

    folder: Path | None
    journal: Journal
    stop: StopRequest
    tell: Callable[[Course, float], None] = lambda course, loss: None
    spent: Callable[[], float] = lambda: 0.0
    save_every: float = 20.0


def learn(course: Course, around: Around) -> None:
    """Train until the horizon's end, or until asked to stop; the last state is in the checkpoint then."""
    _go_on(course, around)
    saved = time.monotonic()
    course.system.train()
    while course.step < course.horizon.end and not around.stop.asked:
        batch = course.stream.next(course.act).to(course.device)
        loss, state, evidence = forward_and_backward(course, batch, around.journal)
        if not math.isfinite(loss):
            leave_out(course, around.journal)
            continue
        set_rates(course)
        course.optimizer.step()
        course.state, course.missed = detach(state), 0
        if course.gathered is not None:
            course.gathered.add(batch.rows, evidence)
        course.step += 1
        around.tell(course, loss)
        watch_the_clock(course, around)
        take_snapshot(course, loss)
        if time.monotonic() - saved >= around.save_every:
            save(course, around)
            saved = time.monotonic()
    save(course, around)


Evidence = dict[str, Tensor]
"""{output: (B,)}: by how much each row's given answer is ahead; of outputs whose decoders tell."""


def forward_and_backward(course: Course, batch: Batch, journal: Journal) -> tuple[float, Tree, Evidence]:
    """The gradients of one step, piece by piece, and its loss: nan where a gradient is not finite. Out of memory
    halves the piece, never the step."""
    for made in journal.all("piece", **course.here):
        course.piece = made["value"]
    while True:
        try:
            return _gradients(course, batch)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            if course.piece <= 1 or course.system.across:
                raise MachineError(
                    f"out of memory with {how_many(course.piece, 'rows')} at once; --set width=... smaller."
                ) from None
        course.piece = journal.decide(
            "piece",
            course.piece // 2,
            "out of memory; batch statistics are of so many rows",
            before=course.piece,
            **course.here,
        )
        if course.device.startswith("cuda"):
            torch.cuda.empty_cache()


def _gradients(course: Course, batch: Batch) -> tuple[float, Tree, Evidence]:
    course.optimizer.zero_grad()
    weights = course.system.weigh(batch)
    done = [backward(course, n, piece, weights) for n, piece in enumerate(batch.pieces(course.piece))]
    loss = sum(loss for loss, _, _ in done)
    states = [state for _, state, _ in done]
    whole = None if course.state is None else tree_map(lambda *leaves: torch.cat(leaves), *states)
    evidence = {name: torch.cat([told[name] for _, _, told in done]) for name in done[0][2]}
    return (loss if math.isfinite(_clip(course)) else math.nan), whole, evidence


def _clip(course: Course) -> float:
    """The gradient's norm, before it is clipped where the plan says so."""
    trained = [p for p in course.system.parameters() if p.grad is not None]
    norm = torch.nn.utils.get_total_norm([p.grad for p in trained if p.grad is not None])
    if course.plan.clip:
        torch.nn.utils.clip_grads_with_norm_(trained, course.plan.clip, norm)
    return norm.item()


def backward(course: Course, number: int, piece: Batch, weights: Mapping[str, Tensor]) -> tuple[float, Tree, Evidence]:
    """Add one piece's gradients: its sums, divided by the weights of the whole step, whoever does the other pieces."""
    rows = slice(number * course.piece, (number + 1) * course.piece)
    seed_torch(torch_seed(course.seed, "forward", course.step, number))
    with computing_in(course.precision, course.device):
        gathers = course.gathered is not None
        want = "losses and evidence" if gathers else "losses"
        found, state = course.system(piece, want=want, state=take(course.state, rows))
        losses, evidence = found if gathers else (found, {})
        loss = objective(losses, weights)
    loss.backward()
    return loss.item(), state, evidence


def _is_out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return not isinstance(error, RuntimeError) or "out of memory" in words or "can't allocate memory" in words


def set_rates(course: Course) -> None:
    """Every group's rate in the middle of this step."""
    progress = (course.horizon.progress(course.step) + course.horizon.progress(course.step + 1)) / 2
    now = factor(progress, course.plan.warmup, course.plan.decay)
    for group in course.optimizer.param_groups:
        group["lr"] = group["rate"] * now * course.slower


def watch_the_clock(course: Course, around: Around) -> None:
    """Minutes win: where steps turn out slower or faster than planned, the horizon is moved."""
    journal = around.journal
    made = journal.find("steps", **course.here)
    if made:
        course.horizon = course.horizon.moved(course.step, made["value"])
    left = course.seconds_left()
    if made or left == math.inf or not (course.is_due(CHECKS) or left <= 0):
        return
    course.pace = [*course.pace[-3:], (course.step, around.spent())]
    end = _affordable_end(course, left)
    ahead = any(d["step"] > course.step for d in journal.all("steps", slower=course.slower, **course.where))
    if end is None or ahead:
        return
    why = "the clock: steps are slower or faster than they were"
    end = journal.decide("steps", end, why, **course.here)
    course.horizon = course.horizon.moved(course.step, end)


def _affordable_end(course: Course, left: float) -> int | None:
    """The step at which time will be up, where that is worth a change."""
    if left <= 0:
        return course.step
    (first, then), (last, now) = course.pace[0], course.pace[-1]
    if last == first:
        return None
    possible = left * (last - first) / max(now - then, 1e-9)
    planned = course.horizon.end - course.step
    late = possible < 0.96 * planned
    early = possible > 1.15 * planned and course.horizon.progress(course.step) < 0.6
    if not (late or early):
        return None
    return max(course.step, int(min(course.step + possible, max(course.most_steps, course.step))))


# ------------------------------------------------------------------------------------------------------- checkpoints


def save(course: Course, around: Around) -> None:
    """Everything that training needs to go on, and what it would go back to."""
    if around.folder is None:
        return
    now, back = course.now(), course.snapshot
    assert back, "a course has a snapshot before its first step"
    tensors = {**now.tensors, **{f"snapshot/{name}": tensor for name, tensor in back.tensors.items()}}
    facts = {**course.where, **now.facts, "snapshot": back.facts, "spent": around.spent()}
    checkpoint.save(around.folder, tensors, facts)


def _go_on(course: Course, around: Around) -> None:
    """From the checkpoint of this member and stage, if there is one; else from the start, which is saved."""
    facts = checkpoint.read_facts(around.folder) if around.folder else None
    if around.folder and facts and all(facts[key] == value for key, value in course.where.items()):
        tensors = checkpoint.read_tensors(around.folder / facts["tensors"])
        back = {name.removeprefix("snapshot/"): t for name, t in tensors.items() if name.startswith("snapshot/")}
        course.snapshot = Snapshot(back, facts["snapshot"])
        course.put_back(Snapshot(tensors, facts))
    else:
        course.snapshot = course.now().copied()
        save(course, around)
