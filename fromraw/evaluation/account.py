"""The account: every score of every output with its interval, beside the baselines on the same rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from fromraw.decoders.base import Breakdown, Decoder, Records, Score, first_named
from fromraw.evaluation.answering import take_rows
from fromraw.evaluation.intervals import (
    Interval,
    mean_interval,
    median_interval,
    paired_difference,
    score_difference,
    score_interval,
    share_interval,
)
from fromraw.parts import parts
from fromraw.planning.plan import Plan


@dataclass(frozen=True)
class BaselineAccount:
    """One baseline on the same rows. advantage: how much better the net is by the first score (positive: better)."""

    records: Records
    scores: dict[str, Interval]
    advantage: Interval
    words: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class OutputAccount:
    """What is known of one output. rows: of the test, with a target; groups: (rows,) or None; headline: the first
    score's name; shares: scores that are shown as percents; calibration, decision: what the decoder said of how sure it
    is, and of where it answers what."""

    name: str
    rows: np.ndarray
    records: Records
    groups: np.ndarray | None
    scores: dict[str, Interval]
    headline: str
    higher_is_better: bool
    breakdown: list[tuple[Breakdown, Interval]]
    baselines: dict[str, BaselineAccount] = field(default_factory=dict)
    sentence: str = ""
    calibration: str = ""
    shares: frozenset[str] = frozenset()
    decision: Mapping[str, Any] = field(default_factory=dict)

    def with_baselines(self, scores: Mapping[str, Any], advantage: Mapping[str, Any]) -> "OutputAccount":
        """The same beside baselines whose scores were read back from metrics.json, where an end without bound is
        null."""
        units = next(iter(self.scores.values())).units

        def read(plain: Mapping[str, float | None]) -> Interval:
            value, low, high = (plain[key] for key in ("value", "low", "high"))
            ends = (-np.inf if low is None else low, np.inf if high is None else high)
            return Interval(np.nan if value is None else value, *ends, "as written", units)

        beside = {
            name: BaselineAccount({}, {metric: read(plain) for metric, plain in found.items()}, read(advantage[name]))
            for name, found in scores.items()
        }
        return replace(self, baselines=beside)

    @property
    def best_baseline(self) -> str | None:
        """The baseline with the best first score."""
        ranked = {n: b.scores[self.headline].value for n, b in self.baselines.items() if self.headline in b.scores}
        pick = max if self.higher_is_better else min
        return pick(ranked, key=lambda name: ranked[name]) if ranked else None


@dataclass(frozen=True)
class Account:
    """All outputs. tested_on: `test`, `valid` where the test rows were left untouched or there are none,
    or `folds` where every row was tested, each by nets that did not learn from it."""

    outputs: dict[str, OutputAccount]
    rows: int
    tested_on: str

    def metrics(self) -> dict[str, Any]:
        """What metrics.json holds."""
        return {
            "format": 1,
            "rows": self.rows,
            "tested_on": self.tested_on,
            "outputs": {name: plain(output.scores) for name, output in self.outputs.items()},
            "decisions": {name: dict(output.decision) for name, output in self.outputs.items() if output.decision},
            "baselines": {
                name: {b: plain(baseline.scores) for b, baseline in output.baselines.items()}
                for name, output in self.outputs.items()
            },
            "advantage": {
                name: plain({b: baseline.advantage for b, baseline in output.baselines.items()})
                for name, output in self.outputs.items()
            },
        }


def plain(scores: Mapping[str, Interval]) -> dict[str, dict[str, float]]:
    """Scores as metrics.json holds them."""
    return {name: {"value": i.value, "low": i.low, "high": i.high} for name, i in scores.items()}


def scores_of(plan: Plan) -> dict[str, dict[str, Score]]:
    """{output: {name: score}} by the decoders' files; no net is built."""
    decoders = {name: parts("decoders")[item.step().part].cls for name, item in plan.outputs.items()}
    first = {name: first_named(cls.scores, plan.outputs[name].metric) for name, cls in decoders.items()}
    return {name: {score.name: score for score in scores} for name, scores in first.items()}


def score_records(decoder: Decoder, records: Records, groups: np.ndarray | None) -> dict[str, Interval]:
    """Every score that applies, with its interval."""
    found = {score.name: interval_of(score, records, groups) for score in decoder.scores}
    return {name: interval for name, interval in found.items() if np.isfinite(interval.value)}


def interval_of(score: Score, records: Records, groups: np.ndarray | None) -> Interval:
    """A score's value and 95% interval, by the method that its form allows."""
    value = score.total(records)
    rows = len(next(iter(records.values())))
    if not np.isfinite(value):
        return Interval(value, np.nan, np.nan, "undefined", rows)
    if score.squared is not None:
        square = score.squared
        found = score_interval(lambda chosen: square(take_rows(records, chosen)), rows, groups)
        return found.through(lambda squared: max(0.0, squared) ** 0.5)
    if score.each is None:
        rests_on = score.rests_on(records) if score.rests_on else None
        total = lambda chosen: score.total(take_rows(records, chosen))  # noqa: E731
        return score_interval(total, rows, groups, bounds=score.bounds, rests_on=rests_on)
    each = _a_value_a_row(score.each(records))
    if score.as_ == "share" and set(np.unique(each)) <= {0.0, 1.0}:
        return share_interval(each.astype(bool), groups)
    if score.as_ == "median":
        return median_interval(each, groups)
    mean = mean_interval(each, groups=groups, bounds=score.bounds)
    return mean.through(np.sqrt) if score.as_ == "root" else mean


def _a_value_a_row(each: np.ndarray) -> np.ndarray:
    """Several numbers a row (a regression with many) are averaged within the row."""
    return each.reshape(len(each), -1).mean(1)


def advantage(score: Score, net: Records, baseline: Records, groups: np.ndarray | None) -> Interval:
    """How much better the net is than a baseline, paired by row or group; positive is better."""
    a, b = (net, baseline) if score.higher_is_better else (baseline, net)
    if score.each is not None and score.as_ in ("mean", "share"):
        hits = [_a_value_a_row(score.each(records)) for records in (a, b)]
        if score.as_ == "share":
            hits = [each.astype(bool) for each in hits]
        return paired_difference(hits[0], hits[1], groups)
    rows = len(next(iter(net.values())))
    total = lambda records: lambda chosen: score.total(take_rows(records, chosen))  # noqa: E731
    return score_difference(total(a), total(b), rows, groups, bounds=score.bounds)


def account_for(
    decoder: Decoder,
    name: str,
    rows: np.ndarray,
    records: Records,
    groups: np.ndarray | None,
    baselines: Mapping[str, tuple[Records, str, float]],
    restore: Any,
    things: str,
    calibration: str,
) -> OutputAccount:
    """The account of one output. baselines: {name: (records, words, seconds)}, on the same rows."""
    scores = score_records(decoder, records, groups)
    first = next(score for score in decoder.scores if score.name in scores)
    beside = {
        baseline: BaselineAccount(
            found, score_records(decoder, found, groups), advantage(first, records, found, groups), words, seconds
        )
        for baseline, (found, words, seconds) in baselines.items()
    }
    lines = [(b, share_interval(b.hits.astype(bool))) for b in decoder.breakdown(records, restore) if b.rows]
    sentence = decoder.sentence(scores, things)
    return OutputAccount(
        name, rows, records, groups, scores, first.name, first.higher_is_better, lines, beside, sentence, calibration,
        frozenset(score.name for score in decoder.scores if score.as_ == "share"), decoder.decision(restore),
    )  # fmt: skip
