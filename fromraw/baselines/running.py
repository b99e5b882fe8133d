"""Baselines in order of cost, within the seconds that they are given; which were shed is told."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from fromraw.baselines.base import Baseline
from fromraw.decoders.base import Answer
from fromraw.errors import Refused
from fromraw.parts import parts
from fromraw.streams.examples import Examples

SHARE_OF_ONE = 0.5
"""Of the seconds that are left, what one baseline may take."""


@dataclass
class Tried:
    """A fitted baseline with its answers to the rows asked for, still in the coordinates of the target's signal."""

    name: str
    baseline: Baseline
    answer: Answer
    seconds: float


@dataclass
class Outcome:
    """shed: names of those for which there was no time; refused: {name: reason}."""

    tried: dict[str, Tried] = field(default_factory=dict)
    shed: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


def run_baselines(
    examples: Examples,
    output: str,
    decoder: str,
    train: np.ndarray,
    rows: np.ndarray,
    seconds: float,
    now: Callable[[], float] = time.monotonic,
) -> Outcome:
    """Fit every baseline that applies, the cheap ones first, and let it answer to `rows`."""
    outcome, start = Outcome(), now()
    for part in sorted(parts("baselines").values(), key=lambda p: p.cls.rank):
        try:
            if decoder not in part.cls.decoders:
                continue
            part.cls.check(examples, output, decoder)
        except Refused as refusal:
            outcome.refused[part.name] = str(refusal)
            continue
        left = seconds - (now() - start)
        if left <= 0.05 * seconds and part.cls.rank > 0:
            outcome.shed.append(part.name)
            continue
        began = now()
        baseline: Baseline = part.cls()
        baseline.fit(examples, train, output, left * SHARE_OF_ONE)
        outcome.tried[part.name] = Tried(part.name, baseline, baseline.answer(examples, rows), now() - began)
    return outcome
