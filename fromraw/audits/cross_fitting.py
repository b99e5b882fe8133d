"""Simple methods that answer rows which they did not learn from: of how many rows they learn, no clock decides.

The seconds of the plan are turned into rows by what a method is taken to cost, so that the same command looks at the
same rows on every machine.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from fromraw.audits.base import Trained
from fromraw.baselines.base import Baseline
from fromraw.baselines.reading import flat_width
from fromraw.errors import Refused
from fromraw.parts import parts
from fromraw.splits import folds_of

FOLDS = 5
FEWEST, GROWTH = 256, 1.5
"""Rows that a method must be able to learn from to be asked at all; and how much more are tried next."""
LENIENT = 2.0
"""How many times its seconds it may take with the fewest rows."""


def _cost_of_neighbors(learned: int, asked: int, width: int) -> float:
    return 5e-11 * learned * (1000 + asked) * width


def _cost_of_kernel(learned: int, asked: int, width: int) -> float:
    return 4e-7 * (learned + asked) * width + 3e-10 * min(learned, 2000) ** 2 * learned


Cost = Callable[[int, int, int], float]
COSTS: dict[str, Cost] = {
    "nearest_neighbors": _cost_of_neighbors,
    "kernel": _cost_of_kernel,
}
"""The methods that are asked, and the seconds that one is taken to need: to learn from so many rows and to answer so
many, each of so many numbers (measured on one core of an AMD EPYC)."""


@dataclass(frozen=True)
class Method:
    """A baseline, and how many rows it learns from."""

    baseline: type[Baseline]
    rows: int

    def answer(self, trained: Trained, output: str, learned: np.ndarray, asked: np.ndarray) -> np.ndarray:
        """(len(asked), K) probabilities."""
        fitted = self.baseline(rows=self.rows)  # type: ignore[call-arg]
        fitted.fit(trained.ground.examples, learned, output, 0.0)
        return np.asarray(fitted.answer(trained.ground.examples, asked)["probabilities"])


def methods_for(trained: Trained, output: str, pool: np.ndarray, tested: int) -> list[Method]:
    """Those that apply, and for which there is time; none where all rows are of one group, as none is left to learn
    from then. pool: rows that each learns from in turn, and answers; tested: how many more it answers."""
    groups = trained.ground.rows.groups_of(pool)
    if groups is not None and len(np.unique(groups)) < 2:
        return []
    able = {name: cls for name in COSTS if _applies(cls := parts("baselines")[name].cls, trained, output)}
    seconds, width = trained.seconds / max(1, len(able)), flat_width(trained.ground.examples)
    found = [Method(cls, _affordable(COSTS[name], seconds, len(pool), tested, width)) for name, cls in able.items()]
    return [method for method in found if method.rows]


def _applies(cls: type[Baseline], trained: Trained, output: str) -> bool:
    try:
        cls.check(trained.ground.examples, output, trained.plan.outputs[output].step().part)
    except Refused:
        return False
    return True


def _affordable(one: Cost, seconds: float, pool: int, tested: int, width: int) -> int:
    """Rows to learn from; 0 where even the fewest would take too long."""
    most = pool - pool // FOLDS

    def cost(rows: int) -> float:
        return FOLDS * one(rows, pool // FOLDS, width) + one(rows, tested, width)

    rows = min(FEWEST, most)
    if cost(rows) > LENIENT * seconds:
        return 0
    while rows < most and cost(more := min(most, int(rows * GROWTH))) <= seconds:
        rows = more
    return rows


def cross_fitted(trained: Trained, output: str, methods: Sequence[Method], pool: np.ndarray) -> list[np.ndarray]:
    """(n, K) probabilities by each method, each row's by the method as it learned from the other folds."""
    fold = folds_of(pool, trained.ground.rows.hashes, trained.ground.rows.groups, FOLDS)
    found = []
    for method in methods:
        places = [np.flatnonzero(fold == number) for number in np.unique(fold)]
        answers = [method.answer(trained, output, np.delete(pool, at), pool[at]) for at in places]
        found.append(np.concatenate(answers)[np.argsort(np.concatenate(places))])
    return found
