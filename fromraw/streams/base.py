"""What every stream is: an endless source of batches that can be put back to any place it was at."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Any

from fromraw.signals import Batch

Act = Callable[[Batch], Mapping[str, Any]]
"""The system's answers to a batch of inputs, {output: answer}: what a game or a dialog needs to go on."""


class Stream(ABC):
    """The loop knows only this: next, state, restore. A stream that is put back gives the same batches again."""

    @abstractmethod
    def next(self, act: Act) -> Batch:
        """The next step's rows."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Where it stands, as JSON's values."""

    @abstractmethod
    def restore(self, state: Mapping[str, Any]) -> None:
        """Go to where `state` said."""

    def close(self) -> None:  # noqa: B027 - optional by design
        """End what runs beside the training (threads)."""
