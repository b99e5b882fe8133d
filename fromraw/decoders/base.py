"""What every decoder is: a module that reads an answer out of a representation and says how wrong it is."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn

from fromraw.errors import UsageError
from fromraw.parts import Budget, Description, Suggestion
from fromraw.signals import Representation

Answer = dict[str, Any]
"""Named arrays with a row for each row answered: tensors as `answer` gives them, numpy once in raw coordinates."""

Records = dict[str, np.ndarray]
"""What a tally leaves: named arrays with a small record a row, from which every score can be computed."""


@dataclass(frozen=True)
class Score:
    """A metric. meaning: for a person who has never met it; total: records -> value, nan where it does not apply.

    each: records -> (n,), where the total comes from a value a row, so that exact intervals apply: `as_` their mean,
    the mean of zeros and ones (share), the square root of the mean, or the median. rests_on: how many rows a perfect
    score rests on, where they are fewer than all (of ROC AUC, those of the rarer class). squared: what the total is the
    square root of, where chance is taken off that and may leave less than nothing: intervals are of it.
    """

    name: str
    meaning: str
    total: Callable[[Records], float]
    each: Callable[[Records], np.ndarray] | None = None
    as_: Literal["mean", "share", "root", "median"] = "mean"
    rests_on: Callable[[Records], float] | None = None
    squared: Callable[[Records], float] | None = None
    higher_is_better: bool = True
    bounds: tuple[float, float] = (-np.inf, np.inf)


@dataclass(frozen=True)
class Breakdown:
    """One line of the account by parts: a category or range, how many rows it has, and which of them were right."""

    name: str
    rows: int
    hits: np.ndarray
    note: str = ""


def first_named(scores: tuple[Score, ...], metric: str | None) -> tuple[Score, ...]:
    """The same scores, the one of this name first."""
    return tuple(sorted(scores, key=lambda score: score.name != metric))


def spoken_of(low: float) -> int:
    """Of how many rows to say how many are right, where at least this share is: mistakes must not round away."""
    return 100 if low < 0.985 else 1_000 if low < 0.9985 else 10_000


class Decoder(nn.Module, ABC):
    """A net that answers, and the judge of its answers.

    The constructor takes the spec of the representation that it reads, the spec of its target and, by keyword, the
    settings. A loss is each row's *sum* over its units; the system divides a step's sum by the step's weight, so that
    cutting a step into pieces changes nothing. No loss looks at other rows, unless `across` is set: then the whole
    step is one piece.
    """

    room = "decoders"
    across = False
    coordinates: tuple[str, ...] = ()
    """Entries of an answer that are in the target's coordinates, which the column brings back to raw ones."""
    scores: tuple[Score, ...] = ()
    """The first is the one reported first."""
    metric: str | None = None
    """The score that a person asked for, which is then the first."""

    @staticmethod
    def price(target: Any, costs: Mapping[str, float], restore: Callable[[Any], Sequence[Any]]) -> Any:
        """What answers cost, {"truth:answer": cost}, in the form that `aim` takes. UsageError where they do not fit."""
        raise UsageError("--cost is for an output of categories.")

    def aim(self, metric: str | None, costs: Mapping[str, float], priced: Any) -> None:
        """What is asked of the answers. priced: by `price`; None where there are no costs."""
        self.metric, self.scores = metric, first_named(self.scores, metric)

    def choose(self, records: Records) -> None:
        """Learn from validation rows, calibrated, how to answer for the score or the costs that were asked for."""

    def decision(self, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        """What `choose` came to, in plain values, of which `words` are for a person; nothing where nothing was asked
        for."""
        return {}

    def begin(self, representation: Representation, target: Any) -> None:
        """Look at training rows once, before the first step (class priors, weights by rule). May set buffers."""

    @staticmethod
    def suggest(spec: Any, description: Description, budget: Budget) -> Suggestion:
        """Settings that follow from the data: {name: (value, why)}. spec: that of the target."""
        return {}

    @abstractmethod
    def loss(self, representation: Representation, target: Any) -> Tensor | dict[str, Tensor]:
        """(B,), each row's sum, or named terms of that shape. Rows of weight 0 may hold anything finite."""

    def loss_and_evidence(
        self, representation: Representation, target: Any
    ) -> tuple[Tensor | dict[str, Tensor], Tensor | None]:
        """The same, and (B,), by how much the given answer is ahead of every other, nan where the target is missing:
        gathered while training, for the audit of labels. A decoder that cannot tell leaves this as it is."""
        return self.loss(representation, target), None

    def weight(self, target: Any) -> Tensor:
        """(B,), of how many units a row's loss is a sum: 1, or 0 where the target is missing."""
        return target.present.float()

    def judged(self, target: Any) -> Tensor:
        """(B,) bool, rows that count in a score: those with a target, whether or not it can be learned from."""
        return target.present

    @abstractmethod
    def answer(self, representation: Representation, **how: Any) -> Answer:
        """Tensors with B rows."""

    @abstractmethod
    def truth(self, target: Any) -> Answer:
        """The target in the form of an answer, for `tally`."""

    def merge(self, answers: Answer) -> Answer:
        """Answers of several looks, (B, looks, ...) each, as one: (B, ...). Left as it is: their mean."""
        return {name: values.mean(1) for name, values in answers.items()}

    def calibrate(self, records: Records, groups: np.ndarray | None = None) -> str:
        """Learn from validation rows how sure to be, where they are enough; says in words what was done."""
        return ""

    def adjust(self, answer: Answer) -> Answer:
        """Apply what `calibrate` learned to an answer in raw coordinates."""
        return answer

    @abstractmethod
    def tally(self, answer: Answer, truth: Answer) -> Records:
        """A small record a row, of answer and truth in raw coordinates (numpy)."""

    @abstractmethod
    def write(self, answer: Answer, name: str, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        """An answer as a person reads it: {column's name: values}, such as predicted_NAME."""

    @abstractmethod
    def read_back(
        self, written: Mapping[str, Any], truths: Sequence[Any], name: str, restore: Callable[[Any], Sequence[Any]]
    ) -> Records:
        """The records again, from what `write` gave and the truths as a person writes them (None: missing)."""

    def breakdown(self, records: Records, restore: Callable[[Any], Sequence[Any]]) -> list[Breakdown]:
        """The account by parts of the answer (each category), where there are such."""
        return []

    def sentence(self, intervals: Mapping[str, Any], things: str) -> str:
        """The report's first sentence: what to expect of new rows."""
        return ""


STRENGTHS = 10.0 ** torch.arange(-5, 3.1, 0.5, dtype=torch.float64)
"""Penalties that `ridge` chooses among, as multiples of the mean squared column length."""


def ridge(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Ridge regression: weight (K, D), bias (K,), and what is answered to each row by all others (n, K), float64.

    x: (n, D); y: (n, K). The strength is chosen by the leave-one-out errors, which are known in closed form (Allen,
    Technometrics 1974).
    """
    x, y = x.double(), y.double()
    center, mean = x.mean(0), y.mean(0)
    x, y = x - center, y - mean
    few = x.shape[0] <= x.shape[1]
    values, vectors = torch.linalg.eigh(x @ x.T if few else x.T @ x)
    values = values.clamp_min(0)
    basis = vectors if few else x @ vectors
    scaled = vectors.T @ (y if few else x.T @ y)
    best, chosen = torch.inf, (scaled, y)
    for penalty in STRENGTHS * values.mean().clamp_min(1e-12):
        shrink = (values if few else 1) / (values + penalty)
        leverage = (basis**2) @ shrink + 1 / len(y)
        errors = (y - basis @ (shrink[:, None] * scaled)) / (1 - leverage).clamp_min(1e-6)[:, None]
        if float((errors**2).mean()) <= best:
            solution = vectors @ (scaled / (values + penalty)[:, None])
            best, chosen = float((errors**2).mean()), (x.T @ solution if few else solution, errors)
    weight, errors = chosen
    return weight.T, mean - center @ weight, y + mean - errors
