"""How far training has come, and the rate at each point: warm-up, then decay to zero.

Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017 (cosine); linear decay: Defazio
and others, "Optimal linear decay learning rate schedules and further refinements", 2023.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Horizon:
    """Progress from 0 to 1 over steps, in straight pieces: where the clock changes the number of steps, progress goes
    on from where it is, faster or slower, so the decay always ends at zero.

    pieces: (first step, progress there), in order; end: the number of steps.
    """

    end: int
    pieces: tuple[tuple[int, float], ...] = ((0, 0.0),)

    def progress(self, step: int) -> float:
        """0 at the first step, 1 after the last."""
        start, before = next(piece for piece in reversed(self.pieces) if piece[0] <= step)
        return min(1.0, before + (1 - before) * (step - start) / max(1, self.end - start))

    def moved(self, step: int, end: int) -> "Horizon":
        """The same until this step, then to another end."""
        kept = tuple(piece for piece in self.pieces if piece[0] < step)
        return Horizon(max(end, step), (*kept, (step, self.progress(step))))


def factor(progress: float, warmup: float, decay: str) -> float:
    """What the rate is multiplied by: 0 to 1 in the warm-up, then down to 0."""
    if progress < warmup:
        return progress / warmup
    rest = (progress - warmup) / (1 - warmup)
    return 0.5 * (1 + math.cos(math.pi * rest)) if decay == "cosine" else 1 - rest
