"""What every figure is: a picture of one thing about a run, which may refuse with a reason."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pyarrow as pa
from matplotlib.figure import Figure as Drawing

from fromraw.columns.base import Column
from fromraw.evaluation.account import Account
from fromraw.findings.base import Finding
from fromraw.planning.plan import Plan, Reasons
from fromraw.streams.examples import Examples
from fromraw.system import System


@dataclass(frozen=True)
class Scene:
    """All that figures and the report may show of a run.

    data: what data.json holds; log: the lines of log.jsonl; examples, cells: the rows and their raw cells (None where
    the source is gone, or no example is to be shown); shed: what was left out for lack of time; said: the lines of
    the transcript; seconds: how long it took; found: what findings.json holds; numbers: of each row of the examples in
    the data, from 0, None where the data are not at hand.
    """

    folder: Path
    plan: Plan
    reasons: Reasons
    data: Mapping[str, Any]
    account: Account
    log: Sequence[Mapping[str, Any]]
    systems: Sequence[System]
    columns: Mapping[str, Column]
    examples: Examples | None = None
    cells: Callable[[Sequence[int], Sequence[str]], pa.Table] | None = None
    shed: Sequence[str] = field(default_factory=list)
    stopped: bool = False
    seconds: float = 0.0
    found: Sequence[Finding] = ()
    numbers: np.ndarray | None = None


def inputs_of(scene: Scene) -> list[Column]:
    """The columns that are read."""
    return [scene.columns[name] for item in scene.plan.inputs.values() for name in item.columns]


class Figure(ABC):
    """`draw` returns a matplotlib figure, or raises Refused with the reason. Drawn at screen size, in the house's
    colors (figures/style.py); readable at 380 px, in grey, and by people who confuse red and green."""

    room = "figures"
    title: ClassVar[str]
    """What it shows, in a few words, as its heading in the report."""
    rank: ClassVar[int] = 1
    """The order in the report; the higher, the sooner shed when time is short."""

    @abstractmethod
    def draw(self, scene: Scene, output: str) -> Drawing:
        """The figure for one output."""

    def caption(self, scene: Scene, output: str) -> str:
        """One or two sentences that say what to see in it."""
        return ""

    def rows_shown(self, scene: Scene, output: str) -> int:
        """How many of the user's own rows can be seen in it; such a figure is left out where none may be."""
        return 0
