"""Baselines in order of cost, within the seconds that they are given; which were shed is told."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from fromraw.baselines.base import Baseline
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import parts
from fromraw.streams.examples import Examples

SHARE_OF_ONE = 0.5
"""Of the seconds that are left, what one baseline may take."""


@dataclass(frozen=True)
class Tried:
    """What came of a baseline: its answers to the rows asked for, still in the coordinates of the target's signal.

    words: what was done; settings: what makes the same object again; rows: that it learned from, where it counts them.
    """

    answer: Answer
    words: str
    settings: dict[str, Any]
    rows: int
    seconds: float


@dataclass
class Outcome:
    """tried: by name, in order; shed: names of those for which there was no time; refused: {name: reason}."""

    tried: dict[str, Tried] = field(default_factory=dict)
    shed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def run_baselines(
    examples: Examples,
    output: str,
    decoder: str,
    trials: Sequence[tuple[np.ndarray, np.ndarray]],
    seconds: float,
    now: Callable[[], float] = time.monotonic,
    before: Outcome | None = None,
    keep: Callable[[str, Tried | None], None] = lambda name, tried: None,
) -> Outcome:
    """Fit every baseline that applies, the cheap ones first, and let it answer.

    trials: (rows to learn from, other rows to answer to), once or, where rows are tested in folds, for each of them;
    answers are in the order of all rows answered. before: what came of some of them already, in the same seconds; keep:
    is told of each as soon as it is known, None where it was shed.
    """
    outcome = before or Outcome()
    start = now() - sum(tried.seconds for tried in outcome.tried.values())
    for part in sorted(parts("baselines").values(), key=lambda p: p.cls.rank):
        try:
            if decoder not in part.cls.decoders:
                continue
            part.cls.check(examples, output, decoder)
        except Refused as refusal:
            outcome.refused[part.name] = str(refusal)
            continue
        if part.name in outcome.tried or part.name in outcome.shed:
            continue
        left = seconds - (now() - start)
        if left <= 0.05 * seconds and part.cls.rank > 0:
            outcome.shed.append(part.name)
            keep(part.name, None)
            continue
        began = now()
        share = left * SHARE_OF_ONE / len(trials)
        baseline, answer = _try(part.cls, examples, output, trials, share)
        outcome.tried[part.name] = _what_came_of(baseline, answer, now() - began)
        keep(part.name, outcome.tried[part.name])
    return outcome


def _try(
    cls: type[Baseline],
    examples: Examples,
    output: str,
    trials: Sequence[tuple[np.ndarray, np.ndarray]],
    seconds: float,
) -> tuple[Baseline, Answer]:
    """The baseline as the last trial fitted it, and its answers to the rows of all."""
    answers = []
    for train, rows in trials:
        baseline = cls()
        baseline.fit(examples, train, output, seconds)
        answers.append(baseline.answer(examples, rows))
    order = np.argsort(np.concatenate([rows for _, rows in trials]))
    return baseline, {key: np.concatenate([np.asarray(a[key]) for a in answers])[order] for key in answers[0]}


def _what_came_of(baseline: Baseline, answer: Answer, seconds: float) -> Tried:
    settings = {k: v.item() if isinstance(v, np.generic) else v for k, v in baseline.settings().items()}
    return Tried(answer, baseline.words(), settings, int(getattr(baseline, "rows", 0) or 0), seconds)
