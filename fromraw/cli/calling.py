"""The command that is being run, as it was typed: for those that keep it, or count their minutes from its start."""

import shlex
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """started: by time.monotonic."""

    words: list[str]
    started: float

    def __str__(self) -> str:
        return shlex.join(["fromraw", *self.words])


CALL: ContextVar[Call] = ContextVar("CALL")
