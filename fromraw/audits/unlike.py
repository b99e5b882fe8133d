"""Whether more of the tested rows are unlike anything trained on than chance makes of rows of the same kind."""

import numpy as np
from scipy import stats

from fromraw.audits.base import Audit, Trained
from fromraw.errors import Refused
from fromraw.evaluation.unlike import Unlike
from fromraw.findings.base import Finding
from fromraw.parts import part

_CHANCE = 1e-3


@part("unlike")
class UnlikeTested(Audit):
    """Were tested and validation rows drawn alike, so many would be flagged in one of a thousand trainings at most."""

    def find(self, trained: Trained) -> list[Finding]:
        judgment = trained.judgment
        if judgment.unlike is None or not len(judgment.distances):
            raise Refused("it is not known how unlike a row is anything trained on")
        if trained.ground.rows.groups is not None:
            raise Refused("rows of a group are alike, so that they are not flagged one by one")
        return too_many(judgment.unlike, judgment.distances, trained.ground.data.source.things)


def too_many(unlike: Unlike, distances: np.ndarray, things: str) -> list[Finding]:
    """Of tested rows' distances. The share beyond a threshold that is the r-th of m validation rows is itself drawn, by
    Beta(m + 1 - r, r)."""
    flagged, rows = int((distances > 1).sum()), len(distances)
    chance = float(stats.betabinom.sf(flagged - 1, rows, unlike.valid + 1 - unlike.rank, unlike.rank))
    if chance > _CHANCE:
        return []
    about = max(1, round(unlike.beyond * rows))
    text = f"{flagged:,} of {rows:,} tested {things} are unlike anything trained on, where about {about:,} would be"
    remedy = "train on rows as they will come, or see what came in differently"
    evidence = {"flagged": flagged, "rows": rows, "expected": unlike.beyond * rows, "chance": chance}
    return [Finding("unlike", "warning", None, text, remedy, evidence)]
