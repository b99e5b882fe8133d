"""A course: a member in a stage, all that changes while it is trained, and how that is written down and put back."""

import math
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

import torch
from torch import Tensor

from fromraw.learning.checkpoint import load_optimizer, optimizer_tensors, parameter_names
from fromraw.learning.evidence import Gathered
from fromraw.learning.optimizers import Optimizer
from fromraw.learning.precision import seed_torch
from fromraw.learning.schedule import Horizon
from fromraw.planning.plan import LearningPlan
from fromraw.randomness import torch_seed
from fromraw.signals import Batch, Tree, tree_leaves, tree_map
from fromraw.streams.base import Stream
from fromraw.system import System

_PLAIN = ("step", "piece", "slower", "missed", "skipped", "loss_sum", "loss_steps", "loss_before")
"""What of a course is a plain number that changes."""


@dataclass(frozen=True)
class Snapshot:
    """Everything that training needs to go on from a step: tensors by name, and plain values."""

    tensors: Mapping[str, Tensor]
    facts: Mapping[str, Any]

    def copied(self) -> "Snapshot":
        """The same, which no later step changes."""
        return Snapshot({name: t.detach().clone() for name, t in self.tensors.items()}, deepcopy(self.facts))


@dataclass
class Course:
    """A member in a stage: all that changes while it is trained. `where` names it in the journal.

    rows: of an epoch; seconds_left: for this stage, as the clock says now; most_steps: more do not pay; slower: what
    the rate is multiplied by; missed: steps without a finite loss in a row, and skipped: in all; snapshot: where
    training would go back to; loss_sum of loss_steps: since one was last due, and loss_before: their mean then;
    gathered: evidence on rows, None where no decoder tells.
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
    snapshot: Snapshot | None = None
    loss_sum: float = 0.0
    loss_steps: int = 0
    loss_before: float = math.inf
    pace: list[tuple[int, float]] = field(default_factory=list)
    gathered: Gathered | None = None

    def __post_init__(self) -> None:
        self.piece = self.piece or (self.plan.batch if self.system.across else self.plan.piece)
        self.state = self.system.start(self.plan.batch)

    @property
    def here(self) -> dict[str, Any]:
        """Where a decision is made. After going back, a step is passed again: by its rate it is told from the first
        time."""
        return {**self.where, "step": self.step, "slower": self.slower}

    def is_due(self, times: int) -> bool:
        """Whether something that is done so often over a stage is to be done after this step."""
        return self.step % max(1, self.horizon.end // times) == 0

    def act(self, batch: Batch) -> Mapping[str, Any]:
        """Answers for a stream that goes on by them, drawn by the generators' seed of this step."""
        seed_torch(torch_seed(self.seed, "act", self.step))
        was = self.system.training
        self.system.eval()
        with torch.no_grad():
            answers, _ = self.system(batch.to(self.device), want="answers", state=self.state)
        self.system.train(was)
        return answers

    # ------------------------------------------------------------------------------------------------ to and from disk

    def now(self) -> Snapshot:
        """All that changes, as it is; of tensors no copies."""
        optimizer = optimizer_tensors(self.optimizer, parameter_names(self.system))
        tensors = (
            {f"system/{name}": tensor for name, tensor in self.system.state_dict().items()}
            | {f"optimizer/{name}": tensor for name, tensor in optimizer.items()}
            | {f"state/{number}": leaf for number, leaf in enumerate(tree_leaves(self.state))}
            | {f"evidence/{name}": t for name, t in (self.gathered.tensors() if self.gathered else {}).items()}
        )
        facts = {name: getattr(self, name) for name in _PLAIN}
        return Snapshot(tensors, facts | {"horizon": asdict(self.horizon), "stream": self.stream.state()})

    def put_back(self, snapshot: Snapshot) -> None:
        """To where it was."""
        self.system.load_state_dict(dict(_under("system/", snapshot.tensors)))
        self.optimizer.state.clear()
        load_optimizer(self.optimizer, parameter_names(self.system), dict(_under("optimizer/", snapshot.tensors)))
        leaves = dict(_under("state/", snapshot.tensors))
        saved = iter(leaves[number] for number in sorted(leaves, key=int))
        self.state = tree_map(lambda leaf: next(saved).to(leaf.device, copy=True), self.state)
        if self.gathered:
            self.gathered.put_back(dict(_under("evidence/", snapshot.tensors)))
        for name in _PLAIN:
            setattr(self, name, snapshot.facts[name])
        self.horizon = Horizon(**snapshot.facts["horizon"])
        self.stream.restore(snapshot.facts["stream"])
        self.pace = []


def _under(prefix: str, tensors: Mapping[str, Tensor]) -> Iterator[tuple[str, Tensor]]:
    return ((name.removeprefix(prefix), t) for name, t in tensors.items() if name.startswith(prefix))
