"""How far training has come, and the rate at each point: warm-up, then decay to zero.

Loshchilov, Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR 2017 (cosine); linear decay: Defazio
and others, "Optimal linear decay learning rate schedules and further refinements", 2023.
"""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Horizon:
    """Progress from 0 to 1 over steps. Where the clock changes the number of steps, it goes on from where it is,
    faster or slower, so the decay always ends at zero.

    end: the number of steps; since: the step at which that was last decided; come: the progress there.
    """

    end: int
    since: int = 0
    come: float = 0.0

    def progress(self, step: int) -> float:
        """0 at the first step, 1 after the last; of steps from `since` on."""
        return min(1.0, self.come + (1 - self.come) * (step - self.since) / max(1, self.end - self.since))

    def moved(self, step: int, end: int) -> "Horizon":
        """From this step on towards another end."""
        return Horizon(max(end, step), step, self.progress(step))


def factor(progress: float, warmup: float, decay: str) -> float:
    """What the rate is multiplied by: 0 to 1 in the warm-up, then down to 0."""
    if progress < warmup:
        return progress / warmup
    rest = (progress - warmup) / (1 - warmup)
    return 0.5 * (1 + math.cos(math.pi * rest)) if decay == "cosine" else 1 - rest
