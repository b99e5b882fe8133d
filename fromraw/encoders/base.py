"""What every encoder is: a module that turns one signal into a representation."""

from abc import ABC, abstractmethod
from typing import Any

from torch import nn

from fromraw.parts import Budget, Description, Suggestion
from fromraw.signals import Representation, RepresentationSpec, Tree


class Encoder(nn.Module, ABC):
    """A net that reads one kind of signal.

    The constructor takes the signal's spec and, by keyword, the settings, each with a type, a default and a sentence;
    it sets `gives`, the spec of what `forward` returns. Rules that the encoder must keep (the conformance suite tries
    them): padding under a mask changes nothing; a row's answer in evaluation does not depend on the other rows; any
    size down to one step or pixel works; everything random comes from torch's generators.

    An encoder that carries state from batch to batch defines `start(batch_size) -> tree of tensors`; its forward is
    then `forward(signal, state) -> (representation, state)`, and rows keep their places from step to step.
    """

    room = "encoders"
    gives: RepresentationSpec

    def begin(self, signal: Any) -> None:  # noqa: B027 - optional by design
        """Look at training rows once, before the first step (quantile bins, scales). May set buffers."""

    @staticmethod
    def preference(spec: Any, description: Description, budget: Budget) -> tuple[float, str]:
        """How well it suits such data where nobody chooses, 0 to 1, and why; the surest encoder is taken."""
        return 0.0, "only where it is asked for"

    @staticmethod
    def suggest(spec: Any, description: Description, budget: Budget) -> Suggestion:
        """Settings that follow from the data and the budget: {name: (value, why)}.

        The keys `optimizer`, `rate`, `weight_decay`, `batch`, `epochs`, `looks` and `members` are not settings of the
        encoder but wishes that the planner reads.
        """
        return {}

    @abstractmethod
    def forward(self, signal: Any) -> Representation:
        """(B, ...) -> a Representation of B rows, or of B * looks rows with the looks of a row side by side."""


def start_of(encoder: nn.Module, batch_size: int) -> Tree:
    """The state that an encoder carries before its first batch; None where it carries none."""
    start = getattr(encoder, "start", None)
    return start(batch_size) if start else None
