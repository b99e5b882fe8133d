"""The voice of a command: plain lines where it is piped, a live line at the bottom on a terminal, little if quiet."""

import sys
from collections.abc import Callable
from typing import Any

from rich.console import Console
from rich.status import Status

from fromraw.learning.clock import in_words


class Voice:
    """say: a line; at: a line with the time since the beginning; result: a line that `--quiet` leaves; live: what is
    going on right now, on terminals only."""

    def __init__(self, quiet: bool = False, to_stderr: bool = False, spent: Callable[[], float] = lambda: 0.0) -> None:
        self.quiet, self.spent = quiet, spent
        where = sys.stderr if to_stderr else sys.stdout
        # In a notebook as elsewhere lines are text: rich would set each as a block of its own, and cut off long ones.
        self.console = Console(file=where, highlight=False, markup=False, emoji=False, force_jupyter=False)
        self._status: Status | None = None

    def say(self, text: str = "") -> None:
        if not self.quiet:
            self._print(text)

    def at(self, text: str) -> None:
        self.say(f" {in_words(self.spent())}  {text}")

    def result(self, text: str = "") -> None:
        self._print(text)

    def _print(self, text: str) -> None:
        self.console.print(text, soft_wrap=True, style="yellow" if text.lstrip().startswith("! ") else None)

    def live(self, text: str) -> None:
        """Replace the live line; it vanishes with `still`."""
        if self.quiet or not self.console.is_terminal:
            return
        if self._status is None:
            self._status = self.console.status("")
            self._status.start()
        self._status.update(f" {in_words(self.spent())}  {text}")

    def still(self) -> None:
        if self._status is not None:
            self._status.stop()
            self._status = None

    def __enter__(self) -> "Voice":
        return self

    def __exit__(self, *error: Any) -> None:
        self.still()
