"""What the page says of one output: the sentence, whether depth paid, the account by category, all scores, figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from fromraw.decoders.base import Score, spoken_of
from fromraw.evaluation.account import OutputAccount
from fromraw.evaluation.intervals import Interval
from fromraw.figures.base import Scene
from fromraw.figures.drawing import Drawn
from fromraw.figures.wording import (
    best_and_simplest,
    headline,
    in_words,
    score_named,
    shorten_apart,
    write_number,
    write_score,
)
from fromraw.report.advice import is_beaten, time_was_up
from fromraw.report.thresholds import Thresholds, thresholds_of

OPEN = 12
"""Categories that are shown at once; the others on demand."""
LONGEST = 60
"""Characters of a category's name."""


@dataclass(frozen=True)
class Bar:
    """A category: the share of its rows answered right, in percent."""

    name: str
    value: float
    low: float
    high: float
    rows: int
    right: int
    too_few: bool


@dataclass(frozen=True)
class Line:
    """A score's name and meaning, and for each system its value and interval as texts ('' where it has none)."""

    name: str
    meaning: str
    cells: list[tuple[str, str]]


@dataclass(frozen=True)
class Section:
    """An output's part of the page."""

    name: str
    sentence: str
    verdict: str
    paid: str
    bars: list[Bar]
    more_bars: list[Bar]
    comparison: Drawn | None
    mistakes: Drawn | None
    thresholds: Thresholds | None
    figures: list[Drawn]
    systems: list[str]
    lines: list[Line]
    notes: list[str]


def make_section(scene: Scene, output: str, shown: Sequence[Drawn]) -> Section:
    account = scene.account.outputs[output]
    score = headline(scene, output)
    figures = {figure.name: figure for figure in shown if figure.output == output}
    bars = _bars(account)
    best, _ = best_and_simplest(account)
    systems = sorted(account.baselines, key=lambda name: name != best)
    verdict, paid = _beside(account, score)
    if (late := time_was_up(scene)) and is_beaten(account):
        paid += f" {late}."
    return Section(
        name=output,
        sentence=account.sentence,
        verdict=verdict,
        paid=paid,
        bars=bars[:OPEN],
        more_bars=bars[OPEN:],
        comparison=figures.pop("comparison", None),
        mistakes=figures.pop("mistakes", None),
        thresholds=thresholds_of(scene, output),
        figures=list(figures.values()),
        systems=[in_words(name) for name in systems],
        lines=[_line(scene, output, metric, systems) for metric in account.scores],
        notes=[f"{in_words(n)}: {account.baselines[n].words}" for n in systems if account.baselines[n].words],
    )


def _beside(account: OutputAccount, score: Score | None) -> tuple[str, str]:
    """'Guessing gets 36, the best simple method (kernel) 58.' and 'Depth paid: +26.5 points (8 to 45).'"""
    best, simplest = best_and_simplest(account)
    if best is None:
        return "", ""
    is_share = score is not None and score.as_ == "share"
    of = spoken_of(account.scores[account.headline].low)

    def value(interval: Interval) -> str:
        return f"{of * interval.value:,.0f}" if is_share else write_score(score, interval.value)

    found = {name: value(account.baselines[name].scores[account.headline]) for name in (best, simplest) if name}
    words = [f"guessing ({in_words(simplest)}) gets {found[simplest]}"] if simplest else []
    words.append(f"the best simple method ({in_words(best)}) {'' if simplest else 'gets '}{found[best]}")
    text = ", ".join(words)
    if not is_share:
        net = value(account.scores[account.headline])
        text = f"{in_words(account.headline)}: this net {net}, {text.replace(' gets ', ' ')}"
    return f"{text[0].upper()}{text[1:]}.", _whether_depth_paid(account.baselines[best].advantage, is_share)


def _whether_depth_paid(gain: Interval, is_share: bool) -> str:
    """By the paired difference to the best baseline: yes, no, or not to be told."""
    scale, unit = (100, " points") if is_share else (1, "")
    digits = (lambda x: f"{x:.1f}") if is_share else write_number
    value, low, high = (scale * end for end in (gain.value, gain.low, gain.high))
    if low > 0:
        return f"Depth paid: better by {digits(value)}{unit} ({digits(low)} to {digits(high)})."
    if high < 0:
        return f"Depth did not pay: worse by {digits(-value)}{unit} ({digits(-high)} to {digits(-low)})."
    sign = "+" if value > 0 else ""
    return f"Whether depth paid cannot be told: {sign}{digits(value)}{unit} ({digits(low)} to {digits(high)})."


def _bars(account: OutputAccount) -> list[Bar]:
    """In the order of the categories; where they are many, the hardest first and those with too few rows last."""
    names = shorten_apart([part.name for part, _ in account.breakdown], LONGEST)
    bars = [
        Bar(name, 100 * i.value, 100 * i.low, 100 * i.high, part.rows, int(part.hits.sum()), i.too_few)
        for name, (part, i) in zip(names, account.breakdown, strict=True)
    ]
    return bars if len(bars) <= OPEN else sorted(bars, key=lambda bar: (bar.too_few, bar.value))


def _line(scene: Scene, output: str, metric: str, systems: Sequence[str]) -> Line:
    account, score = scene.account.outputs[output], score_named(scene, output, metric)
    found = [account.scores.get(metric), *(account.baselines[name].scores.get(metric) for name in systems)]
    return Line(in_words(metric), score.meaning if score else "", [_cell(score, interval) for interval in found])


def _cell(score: Score | None, interval: Interval | None) -> tuple[str, str]:
    if interval is None:
        return "", ""
    low, high = (write_score(score, end).rstrip("%") for end in (interval.low, interval.high))
    return write_score(score, interval.value), f"{low} to {high}"
