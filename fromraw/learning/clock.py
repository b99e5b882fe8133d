"""Time: what is left of the minutes that were given, also after an interruption."""

import time
from collections.abc import Callable


class Clock:
    """Counts the seconds of the whole command, those before an interruption included.

    limit: seconds in all, None where epochs or steps were asked for; now: a clock, which tests replace.
    """

    def __init__(self, limit: float | None, spent: float = 0.0, now: Callable[[], float] = time.monotonic) -> None:
        self.limit, self.now = limit, now
        self._start = now() - spent

    def spent(self) -> float:
        """Seconds since the beginning."""
        return self.now() - self._start

    def left(self, reserve: float = 0.0) -> float:
        """Seconds until the end, less a reserve; infinite without a limit."""
        return float("inf") if self.limit is None else self.limit - self.spent() - reserve

    def share(self, part: float, most: float) -> float:
        """Seconds that something may take: a part of the limit, at most so many; `most` without a limit."""
        return most if self.limit is None else min(most, part * self.limit, max(0.0, self.left()))


def in_words(seconds: float) -> str:
    """Minutes and seconds as 2:05; hours as 1:02:05."""
    whole = int(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
