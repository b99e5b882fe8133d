"""Time: what is left of the minutes that were given, also after an interruption."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fromraw.learning.checkpoint import write_text


class Clock:
    """Counts the seconds of the whole command, those before an interruption included.

    limit: seconds in all, None where epochs or steps were asked for; now: a clock, which tests replace.
    """

    def __init__(self, limit: float | None, spent: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.now = limit, now
        self._start = now() - spent
        self._place: Path | None = None
        self._kept = 0.0

    def spent(self) -> float:
        """Seconds since the beginning."""
        return self.now() - self._start

    def left(self, reserve: float = 0.0) -> float:
        """Seconds until the end, less a reserve; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit - self.spent() - reserve

    def planned(self, part: float, most: float) -> float:
        """Seconds that something may take, whatever was spent: a part of the limit, at most so many."""
        return most if self.limit is None else min(most, part * self.limit)

    def share(self, part: float, most: float) -> float:
        """The same, and no more than there are left."""
        return min(self.planned(part, most), max(0.0, self.left()))

    def go_on(self, spent: float) -> None:
        """Count what was spent before an interruption."""
        self._start -= spent

    @contextmanager
    def kept_in(self, path: Path) -> Iterator[None]:
        """While inside, `keep` writes there; at both ends, whatever ends it, it is called."""
        self._place = path
        self.keep()
        try:
            yield
        finally:
            self.keep()

    def keep(self, every: float = 0.0) -> None:
        """Write down what is spent, at most so often (in seconds); nothing where there is no place for it."""
        if self._place and self._place.parent.exists() and self.spent() - self._kept >= every:
            write_text(self._place, f"{self.spent():.3f}\n")
            self._kept = self.spent()


def read_seconds(path: Path) -> float:
    """What `Clock.keep` wrote; 0 where there is nothing."""
    return float(path.read_text()) if path.exists() else 0.0


def in_words(seconds: float) -> str:
    """Minutes and seconds as 2:05; hours as 1:02:05."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
