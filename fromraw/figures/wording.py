"""How numbers and names are written, in figures and in the report: few digits, plain words."""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise

from fromraw.decoders.base import Score
from fromraw.evaluation.account import OutputAccount
from fromraw.evaluation.intervals import Interval
from fromraw.figures.base import Scene

_ACRONYMS = {"roc": "ROC", "auc": "AUC", "f1": "F1", "rmse": "RMSE", "mae": "MAE", "r2": "R2"}


def in_words(name: str) -> str:
    """`roc_auc` as 'ROC AUC', `hist_gradient_boosting` as 'hist gradient boosting'."""
    return " ".join(_ACRONYMS.get(word, word) for word in name.split("_"))


def shorten(text: str, longest: int = 18) -> str:
    """A name that may be of any length and hold line breaks, in one short line: cut in its middle, since names that
    begin alike differ at the end."""
    line = " ".join(str(text).split()) or "(empty)"
    if len(line) <= longest:
        return line
    head = longest // 2
    return f"{line[:head].rstrip()}\u2026{line[head + 1 - longest :].lstrip()}"


def shorten_apart(names: Sequence[str], longest: int = 18) -> list[str]:
    """Names side by side, each short: of those that begin alike, from the word on in which they differ."""
    lines = [" ".join(str(name).split()) for name in names]
    ranked = sorted(range(len(lines)), key=lines.__getitem__)
    alike = dict.fromkeys(ranked, 0)
    for one, other in pairwise(ranked):
        if lines[one] != lines[other]:
            common = _alike(lines[one], lines[other])
            alike[one], alike[other] = max(alike[one], common), max(alike[other], common)
    return [_from_where_unlike(line, alike[place], longest) for place, line in enumerate(lines)]


def _alike(one: str, other: str) -> int:
    """Characters with which both begin."""
    unlike = (at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b)
    return next(unlike, min(len(one), len(other)))


def _from_where_unlike(line: str, alike: int, longest: int) -> str:
    """alike: characters that another name begins with too."""
    if len(line) <= longest or alike < longest // 2:
        return shorten(line, longest)
    word = line.rfind(" ", 0, alike) + 1
    start = word if alike - word < longest // 2 else alike - 2
    room = max(0, longest - 1 - (len(line) - start))  # for words before it
    earlier = line.find(" ", start - room - 1, start) + 1
    rest = line[earlier or start :]
    return f"\u2026{rest}" if len(rest) < longest else f"\u2026{rest[: longest - 2].rstrip()}\u2026"


def list_some(names: Sequence[str], most: int) -> str:
    """'bee, fly, wasp and 9 more', each of them short."""
    shown = names if len(names) <= most + 1 else names[:most]
    more = f" and {len(names) - len(shown):,} more" if len(shown) < len(names) else ""
    return ", ".join(shorten_apart(shown, 24)) + more


def score_named(scene: Scene, output: str, metric: str) -> Score | None:
    """The decoder's score of that name."""
    decoder = scene.systems[0].decoders[output]
    return next((score for score in decoder.scores if score.name == metric), None)


def headline(scene: Scene, output: str) -> Score | None:
    """The score that is reported first."""
    return score_named(scene, output, scene.account.outputs[output].headline)


def write_number(value: float) -> str:
    """About four digits: 46,512; 12.35; 0.001234."""
    if not math.isfinite(value):
        return "unbounded" if math.isinf(value) else "?"
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.4g}"


def write_score(score: Score | None, value: float) -> str:
    """A share as 84.6%, another number between 0 and 1 as 0.922, anything else with four digits."""
    if score is not None and score.as_ == "share":
        return f"{100 * value:.1f}%"
    if score is not None and score.bounds == (0, 1):
        return f"{value:.3f}"
    return write_number(value)


def write_plain(score: Score | None, found: Mapping[str, float | None]) -> str:
    """A score as metrics.json holds it; an end that is null has no bound."""
    value, low, high = (found.get(key) for key in ("value", "low", "high"))
    if value is None:
        return "\u2013"
    if low is None and high is None:
        return write_score(score, value)
    ends = ["unbounded" if end is None else write_score(score, end).rstrip("%") for end in (low, high)]
    return f"{write_score(score, value)} ({' to '.join(ends)})"


def write_interval(score: Score | None, interval: Interval) -> str:
    """'84.6% (66.2 to 94.1)'."""
    low, high = (write_score(score, end).rstrip("%") for end in (interval.low, interval.high))
    return f"{write_score(score, interval.value)} ({low} to {high})"


def write_gain(score: Score | None, gain: Interval) -> str:
    """'+1.4 points (-2.0 to 4.8)' between two shares, '+0.021 (-0.01 to 0.05)' between other scores."""
    if score is not None and score.as_ == "share":
        return f"{100 * gain.value:+.1f} points ({100 * gain.low:.1f} to {100 * gain.high:.1f})"
    return f"{gain.value:+.4g} ({write_number(gain.low)} to {write_number(gain.high)})"


def best_and_simplest(account: OutputAccount) -> tuple[str | None, str | None]:
    """The baseline with the best first score, and the one with the worst: what guessing gets."""
    ranked = [name for name, baseline in account.baselines.items() if account.headline in baseline.scores]
    ranked.sort(key=lambda n: account.baselines[n].scores[account.headline].value, reverse=account.higher_is_better)
    return account.best_baseline, ranked[-1] if len(ranked) > 1 else None
