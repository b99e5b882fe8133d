"""The loop: one for every task. It knows nothing of pictures or words, and reads downwards.

Next batch, forward, loss, backward, step, log, evaluate, save. What a clock, memory or a number that is not finite
makes it change is a decision, written to the journal first, so that a run that goes on ends with the same bits.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from fromraw.errors import MachineError
from fromraw.learning import checkpoint
from fromraw.learning.journal import Journal
from fromraw.learning.optimizers import Optimizer
from fromraw.learning.precision import computing_in, seed_torch
from fromraw.learning.schedule import Horizon, factor
from fromraw.learning.stopping import StopRequest
from fromraw.planning.plan import LearningPlan
from fromraw.randomness import torch_seed
from fromraw.signals import Batch, Tree, take, tree_leaves, tree_map
from fromraw.streams.base import Stream
from fromraw.system import System, detach, objective

PATIENCE = 3
"""Steps in a row without a finite loss after which training goes back to the last checkpoint, at half the rate."""
CHECKS = 25
"""How often, over a stage, the clock is looked at."""


@dataclass
class Course:
    """A member in a stage: all that changes while it is trained. `where` names it in the journal.

    rows: of an epoch; seconds_left: for this stage, as the clock says now; most_steps: more do not pay.
    """

    system: System
    stream: Stream
    optimizer: Optimizer
    plan: LearningPlan
    seed: int
    horizon: Horizon
    rows: int
    where: Mapping[str, Any]
    device: str = "cpu"
    precision: str = "float32"
    seconds_left: Callable[[], float] = lambda: math.inf
    most_steps: float = math.inf
    step: int = 0
    piece: int = 0
    slower: float = 1.0
    missed: int = 0
    skipped: int = 0
    state: Tree = None
    pace: list[tuple[int, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.piece = self.piece or (self.plan.batch if self.system.across else self.plan.piece)
        self.state = self.system.start(self.plan.batch)

    def act(self, batch: Batch) -> Mapping[str, Any]:
        """Answers for a stream that goes on by them, drawn by the generators' seed of this step."""
        seed_torch(torch_seed(self.seed, "act", self.step))
        was = self.system.training
        self.system.eval()
        with torch.no_grad():
            answers, _ = self.system(batch.to(self.device), want="answers", state=self.state)
        self.system.train(was)
        return answers


@dataclass
class Around:
    """What a loop needs from outside: where it writes, whom it tells, and when it is to stop."""

    folder: Path
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
        loss, state = forward_and_backward(course, batch, around.journal)
        if not math.isfinite(loss):
            _miss(course, around)
            continue
        set_rates(course)
        course.optimizer.step()
        course.state, course.missed = detach(state), 0
        course.step += 1
        around.tell(course, loss)
        watch_the_clock(course, around)
        if time.monotonic() - saved >= around.save_every:
            save(course, around)
            saved = time.monotonic()
    save(course, around)


def forward_and_backward(course: Course, batch: Batch, journal: Journal) -> tuple[float, Tree]:
    """The gradients of one step, piece by piece, and its loss. Out of memory halves the piece, never the step."""
    for made in journal.all("piece", step=course.step, **course.where):
        course.piece = made["value"]
    while True:
        try:
            return _gradients(course, batch)
        except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            if course.piece <= 1 or course.system.across:
                raise MachineError(
                    f"out of memory with {course.piece} rows at once; --set width=... smaller."
                ) from None
        course.piece = journal.decide(
            "piece",
            course.piece // 2,
            "out of memory; batch statistics are of so many rows",
            step=course.step,
            before=course.piece,
            **course.where,
        )
        if course.device.startswith("cuda"):
            torch.cuda.empty_cache()


def _gradients(course: Course, batch: Batch) -> tuple[float, Tree]:
    course.optimizer.zero_grad()
    weights = course.system.weigh(batch)
    done = [backward(course, n, piece, weights) for n, piece in enumerate(batch.pieces(course.piece))]
    if course.plan.clip:
        torch.nn.utils.clip_grad_norm_(course.system.parameters(), course.plan.clip)
    states = [state for _, state in done]
    whole = None if course.state is None else tree_map(lambda *leaves: torch.cat(leaves), *states)
    return sum(loss for loss, _ in done), whole


def backward(course: Course, number: int, piece: Batch, weights: Mapping[str, Tensor]) -> tuple[float, Tree]:
    """Add one piece's gradients: its sums, divided by the weights of the whole step, whoever does the other pieces."""
    rows = slice(number * course.piece, (number + 1) * course.piece)
    seed_torch(torch_seed(course.seed, "forward", course.step, number))
    with computing_in(course.precision, course.device):
        losses, state = course.system(piece, state=take(course.state, rows))
        loss = objective(losses, weights)
    loss.backward()
    return loss.item(), state


def _is_out_of_memory(error: BaseException) -> bool:
    words = str(error).lower()
    return not isinstance(error, RuntimeError) or "out of memory" in words or "can't allocate memory" in words


def set_rates(course: Course) -> None:
    """Every group's rate in the middle of this step."""
    progress = (course.horizon.progress(course.step) + course.horizon.progress(course.step + 1)) / 2
    now = factor(progress, course.plan.warmup, course.plan.decay)
    for group in course.optimizer.param_groups:
        group["lr"] = group["rate"] * now * course.slower


def _miss(course: Course, around: Around) -> None:
    """A loss that is not finite: the step is skipped; repeated, back to the last checkpoint with a lower rate."""
    course.step += 1
    course.missed += 1
    course.skipped += 1
    if course.missed < PATIENCE:
        return
    lower = course.slower / 2
    if lower < 2**-6:
        raise MachineError(
            "the loss is not finite, also at a 64th of the rate; --set rate=... lower, or look at the data."
        )
    why = f"no finite loss for {PATIENCE} steps"
    lower = around.journal.decide("slower", lower, why, step=course.step, before=course.slower, **course.where)
    _restore(course, around)
    course.slower, course.missed = lower, 0


def watch_the_clock(course: Course, around: Around) -> None:
    """Minutes win: where steps turn out slower or faster than planned, the horizon is moved."""
    journal = around.journal
    made = journal.find("steps", step=course.step, **course.where)
    if made:
        course.horizon = course.horizon.moved(course.step, made["value"])
    due = course.step % max(1, course.horizon.end // CHECKS) == 0
    left = course.seconds_left()
    if made or left == math.inf or not (due or left <= 0):
        return
    course.pace = [*course.pace[-3:], (course.step, around.spent())]
    end = _affordable_end(course, left)
    ahead = any(d["step"] > course.step for d in journal.all("steps", **course.where))
    if end is None or ahead:
        return
    why = "the clock: steps are slower or faster than they were"
    end = journal.decide("steps", end, why, step=course.step, **course.where)
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
    """Everything that training needs to go on."""
    names = checkpoint.parameter_names(course.system)
    tensors = (
        {f"system/{name}": tensor for name, tensor in course.system.state_dict().items()}
        | {f"optimizer/{n}": t for n, t in checkpoint.optimizer_tensors(course.optimizer, names).items()}
        | {f"state/{number}": leaf for number, leaf in enumerate(tree_leaves(course.state))}
    )
    facts = {
        **course.where,
        "step": course.step,
        "horizon": asdict(course.horizon),
        "piece": course.piece,
        "slower": course.slower,
        "skipped": course.skipped,
        "missed": course.missed,
        "stream": course.stream.state(),
        "spent": around.spent(),
    }
    checkpoint.save(around.folder, tensors, facts)


def _go_on(course: Course, around: Around) -> None:
    """From the checkpoint of this member and stage, if there is one; else from the start, which is saved."""
    facts = checkpoint.read_facts(around.folder)
    if facts and all(facts[key] == value for key, value in course.where.items()):
        _restore(course, around)
    else:
        save(course, around)


def _restore(course: Course, around: Around) -> None:
    found = checkpoint.load(around.folder)
    assert found, "a course saves itself before its first step"
    tensors, facts = found
    part = lambda prefix: {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}  # noqa: E731
    course.system.load_state_dict(part("system/"))
    course.optimizer.state.clear()
    names = checkpoint.parameter_names(course.system)
    checkpoint.load_optimizer(course.optimizer, names, part("optimizer/"))
    saved = iter(tensor for _, tensor in sorted(part("state/").items(), key=lambda pair: int(pair[0])))
    course.state = tree_map(lambda leaf: next(saved), course.state)
    course.step, course.piece, course.slower = facts["step"], facts["piece"], facts["slower"]
    course.skipped, course.missed = facts["skipped"], facts["missed"]
    course.horizon = Horizon(**facts["horizon"])
    course.stream.restore(facts["stream"])
    course.pace = []
