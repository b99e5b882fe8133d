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
from torch import Tensor, nn
from torch.nn import functional

from fromraw.decoders.base import Answer, Breakdown, Decoder, Records, Score, ridge, spoken_of
from fromraw.decoders.operating_point import (
    BY_THRESHOLD,
    best_threshold,
    costs_of,
    least_cost,
    own_threshold,
    read_costs,
)
from fromraw.decoders.scores_of_categories import SCORES, UNSEEN, clipped, hits_of
from fromraw.how_many import how_many
from fromraw.parts import Budget, Description, Suggestion, part
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec, in_full

ENOUGH_TO_CALIBRATE = 50
"""Validation rows from which one temperature helps more than it harms (tests/decoders, over generated sets)."""


@part("classify", reads=Scalars)
class Classify(Decoder):
    scores = SCORES

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
        self.threshold: Tensor
        self.threshold_rows: Tensor
        self.register_buffer("threshold", torch.full((), math.inf, dtype=torch.float64))
        self.register_buffer("threshold_rows", torch.zeros((), dtype=torch.int64))
        self.costs: np.ndarray | None = None
        self.costs_said = ""

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Runs from before thresholds were chosen have none."""
        for name in ("threshold", "threshold_rows"):
            state_dict.setdefault(prefix + name, getattr(self, name).clone())
        super()._load_from_state_dict(state_dict, prefix, *rest)

    @staticmethod
    def price(target: ScalarsSpec, costs: Mapping[str, float], restore: Callable[[Any], Sequence[Any]]) -> np.ndarray:
        return read_costs(costs, [str(name) for name in restore(np.arange(1, target.cardinalities[0]))])

    def aim(self, metric: str | None, costs: Mapping[str, float], priced: Any) -> None:
        super().aim(metric, costs, priced)
        self.costs, self.costs_said = priced, ",".join(f"{pair}={cost:g}" for pair, cost in costs.items())

    @staticmethod
    def suggest(spec: ScalarsSpec, description: Description, budget: Budget) -> Suggestion:
        categories, smallest = max(2, description.categories), description.smallest_category
        uneven = description.rows / categories / max(1, smallest)
        why = f"the smallest category has {smallest} of {how_many(description.rows, 'training rows')}"
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
        return self._loss_of(self._logits(representation), self._index(target))

    def loss_and_evidence(self, representation: Representation, target: Scalars) -> tuple[Tensor, Tensor]:
        """Beside the loss the margin: the given category's logit less the largest other."""
        logits, index = self._logits(representation), self._index(target)
        told, given = logits.detach(), index[:, None]
        ahead = told.gather(1, given)[:, 0] - told.scatter(1, given, -math.inf).amax(1)
        known = target.present & (target.categories[:, 0] > 0)
        return self._loss_of(logits, index), torch.where(known, ahead, math.nan)

    def _logits(self, representation: Representation) -> Tensor:
        return in_full(self.linear(self.dropout(representation.summary)))

    def _loss_of(self, logits: Tensor, index: Tensor) -> Tensor:
        surprise = functional.cross_entropy(logits, index, reduction="none", label_smoothing=self.smoothing)
        return surprise * self.category_weight[index]

    def answer(self, representation: Representation, **how: Any) -> Answer:
        return {"probabilities": in_full(self.linear(representation.summary)).softmax(1)}

    def truth(self, target: Scalars) -> Answer:
        return {"category": torch.where(target.present, target.categories[:, 0] - 1, UNSEEN)}

    def calibrate(self, records: Records, groups: np.ndarray | None = None) -> str:
        """One temperature by maximum likelihood, held towards 1 where rows are few."""
        rows = len(records["truth"])
        if rows < ENOUGH_TO_CALIBRATE:
            return f"not calibrated: {how_many(rows, 'validation rows')} are too few (under {ENOUGH_TO_CALIBRATE})"
        logits, truth = np.log(clipped(records)), records["truth"]

        def cost(log_temperature: float) -> float:
            scaled = logits / np.exp(log_temperature)
            normalizer = np.logaddexp.reduce(scaled, axis=1)
            return float((normalizer - scaled[np.arange(rows), truth]).sum() + 10 * log_temperature**2)

        self.temperature.fill_(float(np.exp(minimize_scalar(cost, bounds=(-2.5, 2.5), method="bounded").x)))
        return f"temperature {float(self.temperature):.2f}, from {how_many(rows, 'validation rows')}"

    def adjust(self, answer: Answer) -> Answer:
        scaled = np.log(np.clip(answer["probabilities"], 1e-30, 1)) / float(self.temperature)
        powers = np.exp(scaled - scaled.max(1, keepdims=True))
        probabilities = powers / powers.sum(1, keepdims=True)
        return {"probabilities": probabilities, "guess": self._guess(probabilities)}

    def choose(self, records: Records) -> None:
        """Of two categories: from which probability on the second is answered."""
        decisive = self._decisive()
        best = best_threshold(records, decisive, self.costs) if decisive else None
        if best is not None:
            self.threshold.fill_(best)
            self.threshold_rows.fill_(len(records["truth"]))

    def _decisive(self) -> Score | None:
        """The score that a threshold is chosen for, where there are two categories and one was asked for."""
        name = self.metric if self.metric in BY_THRESHOLD else "cost"
        if self.categories != 2 or (name == "cost" and self.costs is None):
            return None
        return next(score for score in self.scores if score.name == name)

    def decision(self, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        aimed = self.metric if self.metric in BY_THRESHOLD - {"cost"} else ""
        what = f"for {aimed.replace('_', ' ')}" if aimed else f"for the cost {self.costs_said}"
        if bool(self.threshold.isfinite()):
            at, second, rows = float(self.threshold), restore([2])[0], int(self.threshold_rows)
            words = f"answers {second} from {at:.3g} on: chosen on {how_many(rows, 'validation rows')} {what}"
            return {"words": words, "category": str(second), "threshold": at, "rows": rows}
        if self.costs is not None:
            why = "" if self.categories > 2 else "; too few validation rows to choose a threshold"
            return {"words": f"answers what costs least by its probabilities {what}{why}"}
        too_few = f"answers the likeliest: too few validation rows to choose a threshold {what}"
        return {"words": too_few} if aimed and self.categories == 2 else {}

    def _guess(self, probabilities: np.ndarray) -> np.ndarray:
        if bool(self.threshold.isfinite()):
            return (probabilities[:, 1] >= float(self.threshold)).astype(np.int64)
        return least_cost(probabilities, self.costs)

    def tally(self, answer: Answer, truth: Answer) -> Records:
        """Answers that were not adjusted (a baseline's) are those that are best for what was asked for if their own
        probabilities are true: the threshold of the net would not be theirs."""
        probabilities, category = np.asarray(answer["probabilities"]), np.asarray(truth["category"])
        guess = answer["guess"] if "guess" in answer else self._best_by_their_own(probabilities)
        return self._records(probabilities, category, guess)

    def _best_by_their_own(self, probabilities: np.ndarray) -> np.ndarray:
        decisive = self._decisive()
        if decisive is None or decisive.name == "cost":
            return least_cost(probabilities, self.costs)
        return (probabilities[:, 1] >= own_threshold(probabilities, decisive)).astype(np.int64)

    def _records(self, probabilities: np.ndarray, truth: np.ndarray, guess: np.ndarray) -> Records:
        cost = {} if self.costs is None else {"cost": costs_of(guess, truth, self.costs)}
        return {"probabilities": probabilities, "truth": truth, "guess": guess, **cost}

    def write(self, answer: Answer, name: str, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        probabilities = answer["probabilities"]
        names = restore(np.arange(1, self.categories + 1))
        guess = answer.get("guess", self._guess(np.asarray(probabilities)))
        written: dict[str, Any] = {f"predicted_{name}": list(restore(guess + 1))}
        return written | {f"probability_{name}_{value}": probabilities[:, i] for i, value in enumerate(names)}

    def read_back(
        self, written: Mapping[str, Any], truths: Sequence[Any], name: str, restore: Callable[[Any], Sequence[Any]]
    ) -> Records:
        names = [str(value) for value in restore(np.arange(1, self.categories + 1))]
        index = {value: place for place, value in enumerate(names)}
        probabilities = np.stack([np.asarray(written[f"probability_{name}_{value}"]) for value in names], 1)
        truth = np.array([index.get(str(t), UNSEEN) for t in truths])
        guess = np.array([index.get(str(answer), UNSEEN) for answer in written[f"predicted_{name}"]])
        return self._records(probabilities, truth, guess)

    def breakdown(self, records: Records, restore: Callable[[Any], Sequence[Any]]) -> list[Breakdown]:
        hits, truth = hits_of(records), records["truth"]
        names = restore(np.arange(1, self.categories + 1))
        each = [*enumerate(names), (UNSEEN, "never seen in training")]
        return [Breakdown(str(name), int((truth == c).sum()), hits[truth == c]) for c, name in each]

    def sentence(self, intervals: Mapping[str, Any], things: str) -> str:
        found = intervals["accuracy"]
        of = spoken_of(found.low)
        right, low, high = (f"{of * share:,.0f}" for share in (found.value, found.low, found.high))
        said = f"Of {of:,} new {things} like these, expect about {right} right ({low} to {high})."
        first = intervals.get(self.metric or "", found)
        if first is found:
            return said
        name, ends = str(self.metric).replace("_", " "), f"{first.low:.3g} to {first.high:.3g}"
        if self.metric == "cost":
            return f"An answer to new {things} like these costs {first.value:.3g} on average ({ends}). {said}"
        return f"The {name} on new {things} like these is about {first.value:.3g} ({ends}). {said}"
