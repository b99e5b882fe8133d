"""Where to answer what: the least expected cost, or for two categories a threshold that validation rows chose.

Elkan, "The foundations of cost-sensitive learning", IJCAI 2001: of calibrated probabilities the best answer is that of
the least expected cost, which for two categories is a threshold. Probabilities of a net are not quite calibrated, so
where there are enough validation rows the threshold is the one that was best on these.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from fromraw.decoders.base import Records, Score
from fromraw.decoders.scores_of_categories import UNSEEN
from fromraw.errors import UsageError, unknown

BY_THRESHOLD = frozenset({"accuracy", "balanced_accuracy", "macro_f1", "cost"})
"""Scores that change with the threshold; the others are of probabilities."""
ENOUGH_TO_CHOOSE = 50
"""Validation rows from which a threshold is chosen on them; five of each category at least."""
TRIED = 200
"""Thresholds that are tried at most."""


def read_costs(costs: Mapping[str, float], names: Sequence[str]) -> np.ndarray:
    """(K, K) float64, [truth, answer], of {"truth:answer": cost}; those not named are 1 for a mistake, else 0.

    Raises UsageError for a category that is not there and a cost below 0.
    """
    matrix = 1.0 - np.eye(len(names))
    place = {name: number for number, name in enumerate(names)}
    for pair, cost in costs.items():
        if not 0 <= cost < np.inf:
            raise UsageError(f"--cost {pair} must be at least 0, got {cost:g}.")
        ends = [i for i, letter in enumerate(pair) if letter == ":"]
        cuts = [(pair[:i].strip(), pair[i + 1 :].strip()) for i in ends]
        if not cuts:
            raise UsageError(f"--cost must be TRUTH:ANSWER=COST, got {pair}={cost:g}.")
        known = [cut for cut in cuts if cut[0] in place and cut[1] in place]
        if not known:
            wrong = next(name for name in cuts[0] if name not in place)
            raise unknown("category", wrong, names, f"--cost {pair}")
        matrix[place[known[0][0]], place[known[0][1]]] = cost
    return matrix


def least_cost(probabilities: np.ndarray, costs: np.ndarray | None) -> np.ndarray:
    """(rows, K) and costs (K, K), [truth, answer] -> (rows,) the answers of the least expected cost; without costs,
    the likeliest."""
    return probabilities.argmax(1) if costs is None else (probabilities @ costs).argmin(1)


def costs_of(guess: np.ndarray, truth: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """(rows,) what each answer cost; 1 where the truth is a category that training never saw."""
    return np.where(truth == UNSEEN, 1.0, costs[truth, guess])


def best_threshold(records: Records, score: Score, costs: np.ndarray | None) -> float | None:
    """The probability of the second category from which on it is answered that is best on these rows, by the score;
    among equally good ones, the nearest to that of the least expected cost. None where the rows are too few."""
    second, truth = records["probabilities"][:, 1], records["truth"]
    if len(truth) < ENOUGH_TO_CHOOSE or min((truth == side).sum() for side in (0, 1)) < 5:
        return None
    usual = _expected_threshold(costs)
    tried = np.array([usual, *_between(second)])
    worth = np.array([score.total(decided(records, at, costs)) for at in tried])
    worth = worth if score.higher_is_better else -worth
    best = tried[worth >= worth.max() - 1e-12]
    return float(best[np.abs(best - usual).argmin()])


def own_threshold(probabilities: np.ndarray, score: Score) -> float:
    """The threshold that would be the best, by the score, if the probabilities (rows, 2) were true: as many rows are
    taken to be of each category as they say, and no truth is looked at (Ye, Chai, Lee, Chieu, "Optimizing F-measure: a
    tale of two approaches", ICML 2012)."""
    second = probabilities[:, 1].astype(np.float64)
    order, truth = np.argsort(second, kind="stable"), np.zeros(len(second), np.int64)
    truth[order] = np.diff(np.floor(second[order].cumsum() + 0.5), prepend=0)
    best = best_threshold({"probabilities": probabilities, "truth": truth}, score, None)
    return _expected_threshold(None) if best is None else best


def decided(records: Records, threshold: float, costs: np.ndarray | None) -> dict[str, Any]:
    """The records, as they are where the second category is answered from this probability on."""
    guess = (records["probabilities"][:, 1] >= threshold).astype(np.int64)
    cost = {} if costs is None else {"cost": costs_of(guess, records["truth"], costs)}
    return {**records, "guess": guess, **cost}


def _between(values: np.ndarray) -> np.ndarray:
    """Thresholds halfway between neighbors, and one below and one above all; of many, evenly spread over the rows."""
    found = np.unique(values)
    middles = (found[1:] + found[:-1]) / 2
    if len(middles) > TRIED:
        middles = middles[np.linspace(0, len(middles) - 1, TRIED).astype(int)]
    return np.array([found[0] / 2, *middles, (1 + found[-1]) / 2])


def _expected_threshold(costs: np.ndarray | None) -> float:
    """Where the expected costs of both answers are the same."""
    if costs is None:
        return 0.5
    false_alarm, missed = costs[0, 1] - costs[0, 0], costs[1, 0] - costs[1, 1]
    both = false_alarm + missed
    return float(np.clip(false_alarm / both, 0, 1)) if both > 0 else 0.5
