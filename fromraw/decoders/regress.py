"""Regression: one or many numbers by a linear map, trained by squared error, answered with an interval.

Least squares: Legendre, 1805. The interval is conformal: half as wide as the validation rows' residuals demand, so that
it covers new rows of the same kind at the promised rate, whatever the net is (Lei, G'Sell, Rinaldo, Tibshirani,
Wasserman, "Distribution-free predictive inference for regression", JASA 2018). Where validation rows are many it is so
in each band of answers, the low ones and the high ones (Vovk, Lindsay, Nouretdinov, Gammerman, "Mondrian confidence
machine", 2003): one width for all would be too wide for the cheap houses and too narrow for the dear ones.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from fromraw.decoders.base import Answer, Decoder, Records, Score, ridge
from fromraw.how_many import how_many
from fromraw.parts import part
from fromraw.signals import Representation, RepresentationSpec, Scalars, ScalarsSpec, in_full

COVERAGE = 0.9
"""Of the predictive interval."""
FEWEST = 19
"""Validation rows from which a conformal interval of that coverage is finite: 1 / (1 - COVERAGE), and some."""
BANDS, ROWS_OF_BAND = 10, 100
"""Of answers, at most, and the validation rows that each has at least: with these, the coverage of a band comes out
within 3 points."""


def _errors(records: Records) -> np.ndarray:
    return (records["numbers"] - records["truth"]).astype(np.float64)


def _r2(records: Records) -> float:
    truth = records["truth"]
    spread = ((truth - truth.mean()) ** 2).sum()
    return float(1 - (_errors(records) ** 2).sum() / spread) if spread > 0 else float("nan")


def _covered(records: Records) -> np.ndarray:
    return ((records["low"] <= records["truth"]) & (records["truth"] <= records["high"])).astype(float)


def _widths(records: Records) -> np.ndarray:
    return (records["high"] - records["low"]).astype(np.float64)


def _mean_of(each: Callable[[Records], np.ndarray]) -> Callable[[Records], float]:
    return lambda records: float(each(records).mean())


def _if_intervals(total: Callable[[Records], float]) -> Callable[[Records], float]:
    """Baselines, and nets with too few validation rows, give no intervals."""
    return lambda records: total(records) if np.isfinite(records["low"]).all() else float("nan")


def _squares(records: Records) -> np.ndarray:
    return _errors(records) ** 2


def _absolutes(records: Records) -> np.ndarray:
    return np.abs(_errors(records))


def _covering(errors: np.ndarray) -> float:
    """What the share COVERAGE of errors, and of one more like them, does not exceed."""
    rank = min(int(np.ceil((len(errors) + 1) * COVERAGE)), len(errors)) - 1
    return float(np.sort(errors)[rank])


def _in_words(number: float) -> str:
    return f"{number:,.0f}" if abs(number) >= 1000 else f"{number:.4g}"


@part("regress", reads=Scalars)
class Regress(Decoder):
    coordinates = ("numbers",)
    scores = (
        Score(
            "rmse",
            "how far off, large errors counting more",
            lambda r: float(np.sqrt(_squares(r).mean())),
            each=_squares,
            as_="root",
            higher_is_better=False,
            bounds=(0.0, np.inf),
        ),
        Score(
            "mae",
            "how far off an answer is on average",
            _mean_of(_absolutes),
            each=_absolutes,
            higher_is_better=False,
            bounds=(0.0, np.inf),
        ),
        Score(
            "median_absolute_error",
            "half of the answers are closer than this",
            lambda r: float(np.median(_absolutes(r))),
            each=_absolutes,
            as_="median",
            higher_is_better=False,
            bounds=(0.0, np.inf),
        ),
        Score(
            "r2",
            "share of the variation that it explains; 0 is no better than the mean, 1 is perfect",
            _r2,
            bounds=(-np.inf, 1.0),
        ),
        Score(
            "interval_coverage",
            "share of rows that lie within its interval; 90% is promised",
            _if_intervals(_mean_of(_covered)),
            each=_covered,
            as_="share",
            bounds=(0.0, 1.0),
        ),
        Score(
            "interval_width",
            "how wide that interval is on average",
            _if_intervals(_mean_of(_widths)),
            each=_widths,
            higher_is_better=False,
            bounds=(0.0, np.inf),
        ),
    )

    def __init__(
        self,
        gives: RepresentationSpec,
        target: ScalarsSpec,
        *,
        start: Annotated[Literal["zero", "ridge"], "the first linear map: none, or ridge regression"] = "zero",
        loss: Annotated[Literal["squared", "huber"], "of an error; huber forgives outliers"] = "squared",
        dropout: Annotated[float, "share of the representation's units left out at random while training"] = 0.0,
    ) -> None:
        super().__init__()
        self.kind, self.start = loss, start
        self.count = len(target.numbers)
        self.dropout = nn.Dropout(dropout)
        self.linear = nn.Linear(gives.summary, self.count)
        with torch.no_grad():
            self.linear.weight.mul_(0.1)
            self.linear.bias.zero_()
        self.band_edges: Tensor
        self.band_half_widths: Tensor
        self.register_buffer("band_edges", torch.full((self.count, BANDS - 1), torch.inf, dtype=torch.float64))
        self.register_buffer("band_half_widths", torch.full((self.count, BANDS), torch.inf, dtype=torch.float64))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        """Runs from before there were bands have one width."""
        if (one := state_dict.pop(f"{prefix}half_width", None)) is not None:
            state_dict[f"{prefix}band_half_widths"] = one[:, None].expand(-1, BANDS).clone()
            state_dict[f"{prefix}band_edges"] = torch.full_like(self.band_edges, torch.inf)
        super()._load_from_state_dict(state_dict, prefix, *rest)

    @torch.no_grad()
    def begin(self, representation: Representation, target: Scalars) -> None:
        known = ~target.missing.any(1)
        if self.start == "ridge" and int(known.sum()) > 1:
            weight, bias, _ = ridge(representation.summary[known], target.numbers[known])
            self.linear.weight.copy_(weight)
            self.linear.bias.copy_(bias)

    def weight(self, target: Scalars) -> Tensor:
        return (~target.missing).float().sum(1)

    def loss(self, representation: Representation, target: Scalars) -> Tensor:
        """(B, D) and numbers (B, N) -> (B,): the sum over the numbers that are there, standardized."""
        guess = in_full(self.linear(self.dropout(representation.summary)))
        truth = target.numbers.to(guess.dtype)
        cost = functional.huber_loss if self.kind == "huber" else functional.mse_loss
        return torch.where(target.missing, 0.0, cost(guess, truth, reduction="none")).sum(1)

    def answer(self, representation: Representation, **how: Any) -> Answer:
        return {"numbers": in_full(self.linear(representation.summary))}

    def truth(self, target: Scalars) -> Answer:
        return {"numbers": torch.where(target.missing, torch.nan, target.numbers)}

    def calibrate(self, records: Records, groups: np.ndarray | None = None) -> str:
        known = np.isfinite(records["truth"]).all(1)
        rows = int(known.sum())
        if rows < FEWEST:
            return f"no intervals: {how_many(rows, 'validation rows')} are too few (under {FEWEST})"
        bands = min(BANDS, max(1, rows // ROWS_OF_BAND))
        self.band_edges.fill_(torch.inf)
        for number in range(self.count):
            answers, errors = records["numbers"][known, number], _absolutes(records)[known, number]
            edges = np.unique(np.quantile(answers, np.arange(1, bands) / bands))
            band = np.searchsorted(edges, answers, side="right")
            self.band_edges[number, : len(edges)] = torch.as_tensor(edges)
            for place in range(BANDS):
                own = errors[band == place] if place <= len(edges) else errors
                self.band_half_widths[number, place] = _covering(own if len(own) >= FEWEST else errors)
        each = f", in {bands} bands of answers" if bands > 1 else ""
        return f"{COVERAGE:.0%} intervals, conformal on {how_many(rows, 'validation rows')}{each}"

    def adjust(self, answer: Answer) -> Answer:
        edges, widths = self.band_edges.cpu().numpy(), self.band_half_widths.cpu().numpy()
        numbers = np.asarray(answer["numbers"])
        band = [np.searchsorted(own, of, side="right") for own, of in zip(edges, numbers.T, strict=True)]
        half = np.stack([own[at] for own, at in zip(widths, band, strict=True)], 1)
        return {**answer, "low": numbers - half, "high": numbers + half}

    def tally(self, answer: Answer, truth: Answer) -> Records:
        numbers = np.asarray(answer["numbers"], np.float64)
        low, high = (np.asarray(answer.get(side, np.full_like(numbers, np.inf))) for side in ("low", "high"))
        return {"numbers": numbers, "truth": np.asarray(truth["numbers"]), "low": low, "high": high}

    def write(self, answer: Answer, name: str, restore: Callable[[Any], Sequence[Any]]) -> dict[str, Any]:
        written: dict[str, Any] = {}
        for number in range(self.count):
            title = name if self.count == 1 else f"{name}_{number}"
            written[f"predicted_{title}"] = answer["numbers"][:, number]
            for side in ("low", "high"):
                values = answer.get(side)
                if values is not None and np.isfinite(values).all():
                    written[f"{side}_{title}"] = values[:, number]
        return written

    def read_back(
        self, written: Mapping[str, Any], truths: Sequence[Any], name: str, restore: Callable[[Any], Sequence[Any]]
    ) -> Records:
        titles = [name] if self.count == 1 else [f"{name}_{number}" for number in range(self.count)]
        read = lambda side: np.stack([np.asarray(written[f"{side}_{t}"], np.float64) for t in titles], 1)  # noqa: E731
        answer = {"numbers": read("predicted")}
        if f"low_{titles[0]}" in written:
            answer |= {"low": read("low"), "high": read("high")}
        return self.tally(answer, {"numbers": np.asarray(truths, np.float64).reshape(len(truths), -1)})

    def sentence(self, intervals: Mapping[str, Any], things: str) -> str:
        value, low, high = (_in_words(n) for n in (intervals["mae"].value, intervals["mae"].low, intervals["mae"].high))
        return f"Of new {things} like these, expect answers to be off by {value} on average ({low} to {high})."
