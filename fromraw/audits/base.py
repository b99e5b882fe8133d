"""What every audit is: one question put to a trained net and its answers, which brings up findings, or refuses."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from fromraw.baselines.running import Outcome
from fromraw.errors import Refused
from fromraw.evaluation.judging import Judgment
from fromraw.findings.base import Finding
from fromraw.gathering import Ground
from fromraw.planning.plan import Plan
from fromraw.system import System

ROWS_A_SECOND = 4000
"""That a net is taken to answer, so that the clock does not choose the rows that an audit looks at."""


@dataclass(frozen=True)
class Trained:
    """What an audit may look at.

    ground: the rows, and who is train, valid and test among them; systems: the nets whose answers are averaged;
    judgment: the account of the tested rows, their answers, and the answers to rows that were held out; baselines:
    {output: what simple methods answered}; folder: the run's, where an audit may leave a file of its own; seconds: what
    the audit may take, the same for the same command; seed: of all that is drawn; evidence: {output: (rows,)} by how
    much each row's given answer was ahead while nets learned from it, nan where none did.
    """

    ground: Ground
    plan: Plan
    systems: Sequence[System]
    judgment: Judgment
    baselines: Mapping[str, Outcome]
    folder: Path
    seconds: float = 10.0
    seed: int = 0
    evidence: Mapping[str, np.ndarray] = field(default_factory=dict)


class Audit(ABC):
    """`find` returns what it found, nothing where all is well, or raises Refused with the reason why the question does
    not arise. It may cry wolf in one faultless run of a hundred at most."""

    room = "audits"
    rank: ClassVar[int] = 1
    """The order in which audits are asked; the higher, the dearer, and the sooner shed when time is short."""

    @abstractmethod
    def find(self, trained: Trained) -> list[Finding]:
        """Findings, the gravest first."""


def of_each_output(trained: Trained, ask: Callable[[Trained, str], list[Finding]]) -> list[Finding]:
    """What is found of each output, all within the seconds of one; those of which the question does not arise are
    passed over."""
    share, found = replace(trained, seconds=trained.seconds / len(trained.plan.outputs)), []
    for output in trained.plan.outputs:
        try:
            found += ask(share, output)
        except Refused:
            continue
    return found
