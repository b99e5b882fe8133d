"""Classification: one of several categories, by a linear map and the softmax, trained by cross-entropy.

Bridle, "Training stochastic model recognition algorithms as networks can lead to maximum mutual information estimation
of parameters", NIPS 1989. Label smoothing: Szegedy and others, "Rethinking the inception architecture", CVPR 2016.
Calibration by one temperature: Guo, Pleiss, Sun, Weinberger, "On calibration of modern neural networks", ICML 2017.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch
from scipy.optimize import minimize_scalar
from scipy.stats import rankdata
from torch import Tensor, nn
from torch.nn import functional

from fromraw.decoders.base import Answer, Breakdown, Decoder, Records, Score, ridge, spoken_of
from fromraw.parts import Budget, Description, Suggestion, part
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec, in_full

UNSEEN = -1
"""The truth of a row whose category no training row has: whatever is answered is wrong."""
ENOUGH_TO_CALIBRATE = 50
"""Validation rows from which one temperature helps more than it harms (tests/decoders, over generated sets)."""


def _probabilities(records: Records) -> np.ndarray:
    return np.clip(records["probabilities"].astype(np.float64), 1e-9, 1)


def _hits(records: Records) -> np.ndarray:
    return (records["probabilities"].argmax(1) == records["truth"]).astype(float)


def _top_5_hits(records: Records) -> np.ndarray:
    best = np.argsort(-records["probabilities"], axis=1, kind="stable")[:, :5]
    return (best == records["truth"][:, None]).any(1).astype(float)


def _top_5_accuracy(records: Records) -> float:
    return float(_top_5_hits(records).mean()) if records["probabilities"].shape[1] > 5 else float("nan")


def _surprise(records: Records) -> np.ndarray:
    """Minus the logarithm of the probability given to the truth, in nats."""
    given = _probabilities(records)[np.arange(len(records["truth"])), records["truth"]]
    return -np.log(np.where(records["truth"] == UNSEEN, 1e-9, given))


def _counts(records: Records) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each category: rows that were right, rows that are of it, rows that were taken for it. Those that training
    never saw are one category more, the last."""
    categories, guess = records["probabilities"].shape[1], records["probabilities"].argmax(1)
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
    confidence, hits = records["probabilities"].max(1), _hits(records)
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


@part("classify", reads=Scalars)
class Classify(Decoder):
    scores = (
        Score(
            "accuracy",
            "share of rows answered right",
            lambda r: float(_hits(r).mean()),
            each=_hits,
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
    )

    def __init__(
        self,
        gives: RepresentationSpec,
        target: ScalarsSpec,
        *,
        smoothing: Annotated[float, "label smoothing: the share of the truth given to all categories alike"] = 0.0,
        balance: Annotated[float, "class weights: rows to the minus this power; 0 none, 1 all categories alike"] = 0.0,
        start: Annotated[Literal["priors", "ridge"], "the first linear map: none, or ridge regression"] = "priors",
        dropout: Annotated[float, "share of the representation's units left out at random while training"] = 0.0,
    ) -> None:
        super().__init__()
        self.categories = target.cardinalities[0] - 1
        self.smoothing, self.balance, self.start = smoothing, balance, start
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(gives.summary, self.categories)
        with torch.no_grad():
            self.linear.weight.mul_(0.1)
        self.category_weight: Tensor
        self.temperature: Tensor
        self.register_buffer("category_weight", torch.ones(self.categories))
        self.register_buffer("temperature", torch.ones((), dtype=torch.float64))

    @staticmethod
    def suggest(spec: ScalarsSpec, description: Description, budget: Budget) -> Suggestion:
        categories, smallest = max(2, description.categories), description.smallest_category
        uneven = description.rows / categories / max(1, smallest)
        why = f"the smallest category has {smallest} of {description.rows} training rows"
        return {"balance": (0.25 if uneven > 10 and categories > 2 else 0.0, why)}

    @torch.no_grad()
    def begin(self, representation: Representation, target: Scalars) -> None:
        """Class priors as the bias, so that the first answers are the frequencies; weights by their power."""
        known = target.categories[target.present & (target.categories[:, 0] > 0), 0] - 1
        counts = torch.bincount(known, minlength=self.categories).float() + 1
        self.linear.bias.copy_((counts / counts.sum()).log())
        weight = counts**-self.balance
        self.category_weight.copy_(weight * counts.sum() / (weight * counts).sum())
        if self.start == "ridge" and len(known) > 1:
            self._begin_by_ridge(representation.summary[target.present & (target.categories[:, 0] > 0)], known)

    def _begin_by_ridge(self, summary: Tensor, known: Tensor) -> None:
        """Regression on each category's indicator; what that leaves out row by row tells how sure the softmax may be.

        As if one row more, of every category alike, were shared out among all: so few rows never make it certain.
        """
        weight, bias, left_out = ridge(summary, functional.one_hot(known, self.categories).double())
        share = 1 / (1 + len(known))

        def cost(log_factor: float) -> float:
            logs = (math.exp(log_factor) * left_out).log_softmax(1)
            told = logs.gather(1, known[:, None]).mean()
            return -float((1 - share) * told + share * logs.mean())

        factor = math.exp(minimize_scalar(cost, bounds=(0.0, math.log(100.0)), method="bounded").x)
        self.linear.weight.copy_(factor * weight)
        self.linear.bias.copy_(factor * bias)

    def _index(self, target: Scalars) -> Tensor:
        return (target.categories[:, 0] - 1).clamp_min(0)

    def weight(self, target: Scalars) -> Tensor:
        known = target.present & (target.categories[:, 0] > 0)
        return torch.where(known, self.category_weight[self._index(target)], 0.0)

    def loss(self, representation: Representation, target: Scalars) -> Tensor:
        """(B, D) and categories (B, 1) -> (B,): cross-entropy in nats, times the category's weight."""
        logits = self.linear(self.dropout(representation.summary))
        index = self._index(target)
        surprise = functional.cross_entropy(in_full(logits), index, reduction="none", label_smoothing=self.smoothing)
        return surprise * self.category_weight[index]

    def answer(self, representation: Representation, **how: Any) -> Answer:
        return {"probabilities": in_full(self.linear(representation.summary)).softmax(1)}

    def truth(self, target: Scalars) -> Answer:
        return {"category": torch.where(target.present, target.categories[:, 0] - 1, UNSEEN)}

    def calibrate(self, records: Records, groups: np.ndarray | None = None) -> str:
        """One temperature by maximum likelihood, held towards 1 where rows are few."""
        rows = len(records["truth"])
        if rows < ENOUGH_TO_CALIBRATE:
            return f"not calibrated: {rows} validation rows are too few (under {ENOUGH_TO_CALIBRATE})"
        logits, truth = np.log(_probabilities(records)), records["truth"]

        def cost(log_temperature: float) -> float:
            scaled = logits / np.exp(log_temperature)
            normalizer = np.logaddexp.reduce(scaled, axis=1)
            return float((normalizer - scaled[np.arange(rows), truth]).sum() + 10 * log_temperature**2)

        self.temperature.fill_(float(np.exp(minimize_scalar(cost, bounds=(-2.5, 2.5), method="bounded").x)))
        return f"temperature {float(self.temperature):.2f}, from {rows} validation rows"

    def adjust(self, answer: Answer) -> Answer:
        scaled = np.log(np.clip(answer["probabilities"], 1e-30, 1)) / float(self.temperature)
        powers = np.exp(scaled - scaled.max(1, keepdims=True))
        return {"probabilities": powers / powers.sum(1, keepdims=True)}

    def tally(self, answer: Answer, truth: Answer) -> Records:
        return {"probabilities": np.asarray(answer["probabilities"]), "truth": np.asarray(truth["category"])}

    def write(self, answer: Answer, name: str, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        probabilities = answer["probabilities"]
        names = restore(np.arange(1, self.categories + 1))
        written: dict[str, Any] = {f"predicted_{name}": list(restore(probabilities.argmax(1) + 1))}
        return written | {f"probability_{name}_{value}": probabilities[:, i] for i, value in enumerate(names)}

    def read_back(
        self, written: Mapping[str, Any], truths: Sequence[Any], name: str, restore: Callable[[Any], Sequence[Any]]
    ) -> Records:
        names = [str(value) for value in restore(np.arange(1, self.categories + 1))]
        index = {value: place for place, value in enumerate(names)}
        probabilities = np.stack([np.asarray(written[f"probability_{name}_{value}"]) for value in names], 1)
        return {"probabilities": probabilities, "truth": np.array([index.get(str(t), UNSEEN) for t in truths])}

    def breakdown(self, records: Records, restore: Callable[[Any], Sequence[Any]]) -> list[Breakdown]:
        hits, truth = _hits(records), records["truth"]
        names = restore(np.arange(1, self.categories + 1))
        each = [*enumerate(names), (UNSEEN, "never seen in training")]
        return [Breakdown(str(name), int((truth == c).sum()), hits[truth == c]) for c, name in each]

    def sentence(self, intervals: Mapping[str, Any], things: str) -> str:
        found = intervals["accuracy"]
        of = spoken_of(found.low)
        right, low, high = (f"{of * share:,.0f}" for share in (found.value, found.low, found.high))
        return f"Of {of:,} new {things} like these, expect about {right} right ({low} to {high})."
