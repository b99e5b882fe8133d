"""How good answers of categories are: every score of `classify`, as functions of its records.

Records: probabilities (rows, categories), truth (rows,), and where they are not the likeliest, guess (rows,), the
answers; cost (rows,), where costs were given.
"""

import math
from collections.abc import Callable

import numpy as np
from scipy.stats import rankdata

from fromraw.decoders.base import Records, Score

UNSEEN = -1
"""The truth of a row whose category no training row has: whatever is answered is wrong."""


def guess_of(records: Records) -> np.ndarray:
    """(rows,) the category that each row is answered with."""
    return records["guess"] if "guess" in records else records["probabilities"].argmax(1)


def _costs(records: Records) -> np.ndarray:
    return records["cost"] if "cost" in records else np.full(len(records["truth"]), np.nan)


def clipped(records: Records) -> np.ndarray:
    """(rows, categories) probabilities, none of them 0."""
    return np.clip(records["probabilities"].astype(np.float64), 1e-9, 1)


def hits_of(records: Records) -> np.ndarray:
    """(rows,) 1 where the answer is the truth."""
    return (guess_of(records) == records["truth"]).astype(float)


def _top_5_hits(records: Records) -> np.ndarray:
    best = np.argsort(-records["probabilities"], axis=1, kind="stable")[:, :5]
    return (best == records["truth"][:, None]).any(1).astype(float)


def _top_5_accuracy(records: Records) -> float:
    return float(_top_5_hits(records).mean()) if records["probabilities"].shape[1] > 5 else float("nan")


def _surprise(records: Records) -> np.ndarray:
    """Minus the logarithm of the probability given to the truth, in nats."""
    given = clipped(records)[np.arange(len(records["truth"])), records["truth"]]
    return -np.log(np.where(records["truth"] == UNSEEN, 1e-9, given))


def _counts(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each category: rows that were right, rows that are of it, rows that were taken for it. Those that training
    never saw are one category more, the last."""
    categories, guess = records["probabilities"].shape[1], guess_of(records)
    truth = np.where(records["truth"] == UNSEEN, categories, records["truth"])
    return tuple(np.bincount(rows, minlength=categories + 1) for rows in (truth[truth == guess], truth, guess))  # type: ignore[return-value]


def _balanced_accuracy(records: Records) -> float:
    right, there, _ = _counts(records)
    return float((right[there > 0] / there[there > 0]).mean())


def _macro_f1(records: Records) -> float:
    right, there, taken = _counts(records)
    seen = there + taken > 0
    return float((2 * right[seen] / (there + taken)[seen]).mean())


def _squared_calibration_error(records: Records, bins: int = 15) -> float:
    """The squared distance of confidence from accuracy, averaged over bins with equally many rows, less what chance
    alone would make of it, so that few rows do not look worse; below zero where there is less than that (Kumar, Liang,
    Ma, "Verified uncertainty calibration", NeurIPS 2019)."""
    probabilities = records["probabilities"]
    confidence, hits = probabilities.max(1), (probabilities.argmax(1) == records["truth"]).astype(float)
    parts = np.array_split(np.argsort(confidence, kind="stable"), min(bins, max(1, len(hits) // 10)))
    means = [(len(p), confidence[p].mean(), hits[p].mean()) for p in parts if len(p) > 1]
    squares = sum(rows * ((sure - right) ** 2 - right * (1 - right) / (rows - 1)) for rows, sure, right in means)
    return float(squares / len(hits)) if means else float("nan")


def _calibration_error(records: Records) -> float:
    squared = _squared_calibration_error(records)
    return math.sqrt(max(0.0, squared)) if math.isfinite(squared) else squared


def roc_auc(side: np.ndarray, score: np.ndarray) -> float:
    """The chance that a row of the side is ranked above another one (Mann, Whitney, 1947). An interval asks for it
    hundreds of times, which scikit-learn's takes seconds for."""
    ranks, positive = rankdata(score), side.sum()
    return float((ranks[side].sum() - positive * (positive + 1) / 2) / (positive * (len(side) - positive)))


def average_precision(side: np.ndarray, score: np.ndarray) -> float:
    """Precision averaged over the recalls at which it is measured; equal scores are one step."""
    order = np.argsort(-score, kind="stable")
    last = np.append(np.flatnonzero(np.diff(score[order])), len(order) - 1)
    found = np.cumsum(side[order])[last]
    return float((np.diff(found, prepend=0) * found / (last + 1)).sum() / side.sum())


def _ranking(metric: Callable[..., float]) -> Callable[[Records], float]:
    """A score of ranking: for two categories of the second; for more, each against the rest, averaged."""

    def total(records: Records) -> float:
        truth, probabilities = records["truth"], records["probabilities"]
        categories = [1] if probabilities.shape[1] == 2 else np.unique(truth[truth != UNSEEN])
        sides = [(truth == c, probabilities[:, c]) for c in categories if 0 < (truth == c).sum() < len(truth)]
        return float(np.mean([metric(side, p) for side, p in sides])) if sides else float("nan")

    return total


def _rarest(records: Records) -> float:
    known = records["truth"][records["truth"] != UNSEEN]
    return float(np.unique(known, return_counts=True)[1].min(initial=len(known)))


SCORES = (
    Score(
        "accuracy",
        "share of rows answered right",
        lambda r: float(hits_of(r).mean()),
        each=hits_of,
        as_="share",
        bounds=(0.0, 1.0),
    ),
    Score(
        "balanced_accuracy",
        "share answered right, every category counting alike; 1 is perfect",
        _balanced_accuracy,
        bounds=(0.0, 1.0),
    ),
    Score(
        "macro_f1",
        "how well each category is found and not over-used, every one counting alike; 1 is perfect",
        _macro_f1,
        bounds=(0.0, 1.0),
    ),
    Score(
        "top_5_accuracy",
        "share of rows whose truth is among its first five answers",
        _top_5_accuracy,
        each=_top_5_hits,
        as_="share",
        bounds=(0.0, 1.0),
    ),
    Score(
        "roc_auc",
        "how well it ranks: 0.5 is chance, 1 is perfect",
        _ranking(roc_auc),
        rests_on=_rarest,
        bounds=(0.0, 1.0),
    ),
    Score(
        "average_precision",
        "how pure the top of its ranking is; 1 is perfect",
        _ranking(average_precision),
        rests_on=_rarest,
        bounds=(0.0, 1.0),
    ),
    Score(
        "log_loss",
        "how surprised its probabilities are by the truth; 0 is perfect",
        lambda r: float(_surprise(r).mean()),
        each=_surprise,
        higher_is_better=False,
        bounds=(0.0, np.inf),
    ),
    Score(
        "calibration_error",
        "how far its confidence lies from how often it is right; 0 is perfect",
        _calibration_error,
        squared=_squared_calibration_error,
        higher_is_better=False,
        bounds=(0.0, 1.0),
    ),
    Score(
        "cost",
        "what its answers cost a row, by the costs that were given; 0 is perfect",
        lambda r: float(_costs(r).mean()),
        each=_costs,
        higher_is_better=False,
        bounds=(0.0, np.inf),
    ),
)
