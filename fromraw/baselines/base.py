"""What every baseline is: a method that fits in bounded time and answers in the decoder's form."""

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np

from fromraw.decoders.base import Answer
from fromraw.parts import settings_of
from fromraw.streams.examples import Examples


class Baseline(ABC):
    """fit and answer. Settings are the constructor's keyword arguments, plain values kept as attributes of the same
    names, so that the best baseline can be handed over as a script that makes the same object again and comes to the
    same score. Where `rows`, how many to learn from, is a setting, a fit that was bounded by time leaves there what it
    used, and one that finds it given does not look at the clock."""

    room = "baselines"
    decoders: ClassVar[tuple[str, ...]]
    """Names of the decoders in whose form it can answer: `classify`, `regress`."""
    rank: ClassVar[int] = 1
    """The order in which baselines are tried; the higher, the slower, and the sooner shed when time is short."""

    @classmethod
    @abstractmethod
    def check(cls, examples: Examples, output: str, decoder: str) -> None:
        """Raise Refused, with the reason in words, where it does not apply to these inputs or this output."""

    @abstractmethod
    def fit(self, examples: Examples, rows: np.ndarray, output: str, seconds: float) -> None:
        """Learn from these rows, using a random part of them (the same each time) where all would take longer."""

    def settings(self) -> dict[str, Any]:
        """What makes the same object again."""
        return {name: getattr(self, name) for name in settings_of(type(self))}

    @abstractmethod
    def answer(self, examples: Examples, rows: np.ndarray) -> Answer:
        """numpy arrays with a row for each of `rows`, in the coordinates of the target's signal, like the decoder's."""

    def words(self) -> str:
        """What was done, in a few words, after `fit`: 'ridge on 2,000 random convolutions, 961 rows'."""
        return ""
