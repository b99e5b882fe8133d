"""Where it fails: rows that have something in common and are answered worse than the rest, beyond what chance makes of
so many that were looked at.

Held-out rows choose, tested rows decide. Slices of the rows (by each column, by groups, by light, size and length, by
what the net makes of them) are ranked by validation rows; the worst few are then tested on rows that chose nothing,
each against all others, corrected for how many they are. Chung, Kraska, Polyzotis, Tae, Whang, "Slice Finder:
automated data slicing for model validation", ICDE 2019; Buolamwini, Gebru, "Gender shades", FAT* 2018.

Where one category meets another, any net errs more, and says so by its probabilities. Ranges of a column's numbers, and
clusters, often lie there; of them, only those count in which it errs more than it says.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from fromraw.audits.answered import Seen, choosing_and_tested
from fromraw.audits.base import Audit, Trained, of_each_output
from fromraw.audits.clusters import cluster_rows, cluster_slices
from fromraw.audits.slices import Slice, group_trait, read_traits, slices_of
from fromraw.columns.base import Trait
from fromraw.decoders.base import Score
from fromraw.errors import Refused
from fromraw.evaluation.answering import decoder_of
from fromraw.evaluation.intervals import Interval, mean_interval, share_interval
from fromraw.evaluation.weaker import chance, correct, deviations, gap
from fromraw.figures.wording import write_number
from fromraw.findings.base import Finding
from fromraw.parts import part
from fromraw.randomness import key_of, mix

FEWEST = 10
"""Rows of a slice, and rows that are none of it, that are tested."""
FEWEST_CHOOSING, FEWEST_RANKED = 30, 5
"""Validation rows that are needed to choose slices by, and of one slice, so that it can be ranked."""
MOST, MOST_UNRANKED, MOST_OF_ONE = 10, 10, 2
"""Slices that are tested: the worst on validation rows; those of which there are too few of these; of one trait."""
PROMISING = 1.0
"""Standard errors, by which a slice must be worse on validation rows to be tested at all."""
LEVEL, LEVEL_OF_TURNS = 0.01, 0.001
"""Of the corrected chance; of ranges of a column's numbers and of clusters, where a net that has not learned all errs
a little more as well."""
MATTERS = 0.25
"""Of the deviation between the rest's rows: 10% of errors against 17%, 1% against 3.5%."""
NAMED, SHOWN = 3, 12
"""Slices that are named, and rows of the worst that are shown."""


@dataclass(frozen=True)
class Tested:
    """A slice of the tested rows: inside (n,) bool; its score there and elsewhere; how likely chance makes as much of
    it, corrected; whether it counts as weak."""

    slice: Slice
    inside: np.ndarray
    score: Interval
    rest: float
    chance: float
    is_weak: bool


@part("weak_subgroups")
class WeakSubgroups(Audit):
    rank = 30

    def find(self, trained: Trained) -> list[Finding]:
        return of_each_output(trained, _of_output)


def _of_output(trained: Trained, output: str) -> list[Finding]:
    decoder = decoder_of(trained.systems[0], output)
    score = next((s for s in decoder.scores if s.each is not None and s.as_ in ("share", "mean")), None)
    if score is None:
        raise Refused("no score is the mean of a value a row")
    choosing, tested = choosing_and_tested(trained, output, decoder, score)
    if len(tested.rows) < 2 * FEWEST:
        raise Refused(f"{len(tested.rows)} tested rows are too few")
    rows, place = np.unique(np.concatenate([choosing.rows, tested.rows]), return_inverse=True)
    of_choosing, of_tested = place[: len(choosing.rows)], place[len(choosing.rows) :]
    looked = list(_slices(trained, output, rows))
    chosen = choose(looked, choosing, of_choosing, of_tested)
    found = examine([(s, s.inside[of_tested], weight) for s, weight in chosen], tested, score)
    weak = _apart([t for t in found if t.is_weak], tested)
    return [_told(trained, output, score, tested, found, weak, len(looked))] if weak else []


# ------------------------------------------------------------------------------------------------------------ slices


def _slices(trained: Trained, output: str, rows: np.ndarray) -> Iterator[Slice]:
    """All that are looked at, none of them twice."""
    traits = read_traits(trained.ground, rows, trained.seconds)
    groups = group_trait(trained.ground, rows)
    seen: set[bytes] = set()
    together = [s for trait in [*traits, *([groups] if groups else [])] for s in slices_of(trait, FEWEST)]
    for found in [*together, *_clusters(trained, rows, traits)]:
        if found.inside.tobytes() not in seen:
            seen.add(found.inside.tobytes())
            yield found


def _clusters(trained: Trained, rows: np.ndarray, traits: Sequence[Trait]) -> Iterator[Slice]:
    """None with folds: each net learned from most of the tested rows then, and lays them together by their answers, so
    that those are together which the others get wrong."""
    if not trained.ground.rows.folds:
        device = trained.plan.budget.device
        nearest, far = cluster_rows(trained.systems[0], trained.ground, rows, device, trained.seed)
        yield from cluster_slices(nearest, far, rows, traits, FEWEST)


def choose(
    slices: Sequence[Slice], choosing: Seen, of_choosing: np.ndarray, of_tested: np.ndarray
) -> list[tuple[Slice, float]]:
    """Those to test, each with its weight: the worst of the choosing rows, where each has half the weight of the one
    before it; and the largest of those that too few of these rows are in, all alike."""
    able = [s for s in slices if _enough(s.inside[of_tested], FEWEST)]
    if len(of_choosing) < FEWEST_CHOOSING:
        return [(s, 1.0) for s in able]
    ranked, unranked = [], []
    for found in able:
        inside = found.inside[of_choosing]
        if not _enough(inside, FEWEST_RANKED):
            unranked.append((-int(found.inside[of_tested].sum()), found))
            continue
        worse = deviations(choosing.surprise if found.turns else choosing.loss, inside)
        if worse >= PROMISING and gap(choosing.loss, inside) > 0:
            ranked.append((-worse, found))
    first, others = _first(ranked, MOST, MOST_OF_ONE), _first(unranked, MOST_UNRANKED, MOST_UNRANKED)
    return [(s, 0.5**place) for place, s in enumerate(first)] + [(s, 2 / len(others)) for s in others]


def _enough(inside: np.ndarray, fewest: int) -> bool:
    return fewest <= int(inside.sum()) <= len(inside) - fewest


def _first(ranked: list[tuple[Any, Slice]], most: int, of_one: int) -> list[Slice]:
    taken: list[Slice] = []
    counts: Counter[str] = Counter()
    for _, found in sorted(ranked, key=lambda pair: pair[0]):
        if counts[found.trait] < of_one and len(taken) < most:
            taken.append(found)
            counts[found.trait] += 1
    return taken


def examine(chosen: Sequence[tuple[Slice, np.ndarray, float]], tested: Seen, score: Score) -> list[Tested]:
    """Each slice, by which of the tested rows are inside, against the rest; the likeliest to be weak first. With its
    weight in the correction for how many they are."""
    counted = [tested.surprise if s.turns else tested.loss for s, _, _ in chosen]
    chances = [chance(loss, inside, tested.groups) for loss, (_, inside, _) in zip(counted, chosen, strict=True)]
    corrected = correct(np.array(chances), np.array([weight for _, _, weight in chosen]))
    found = []
    for loss, (piece, inside, _), chance_of_it in zip(counted, chosen, corrected, strict=True):
        matters = min(gap(tested.loss, inside), gap(loss, inside)) >= MATTERS
        groups = None if tested.groups is None else tested.groups[inside]
        within = _interval(score, tested.value[inside], groups)
        is_weak = bool(matters and chance_of_it < (LEVEL_OF_TURNS if piece.turns else LEVEL))
        found.append(Tested(piece, inside, within, float(tested.value[~inside].mean()), float(chance_of_it), is_weak))
    return sorted(found, key=lambda t: (not t.is_weak, t.chance, -gap(tested.loss, t.inside)))


def _interval(score: Score, values: np.ndarray, groups: np.ndarray | None) -> Interval:
    if score.as_ == "share" and np.isin(values, (0.0, 1.0)).all():
        return share_interval(values.astype(bool), groups)
    return mean_interval(values, groups=groups, bounds=score.bounds)


def _apart(weak: Sequence[Tested], tested: Seen) -> list[Tested]:
    """Without those that are weak only by the rows that they share with one before them."""
    kept: list[Tested] = []
    for found in weak:
        left = ~np.any([t.inside for t in kept], axis=0) if kept else np.ones(len(tested.rows), bool)
        inside, loss = found.inside[left], tested.loss[left]
        if _enough(inside, FEWEST) and gap(loss, inside) >= MATTERS and chance(loss, inside) < LEVEL:
            kept.append(found)
    return kept[:NAMED]


# ------------------------------------------------------------------------------------------------------ what is said


def _told(
    trained: Trained,
    output: str,
    score: Score,
    tested: Seen,
    found: Sequence[Tested],
    weak: Sequence[Tested],
    looked: int,
) -> Finding:
    things = trained.ground.data.source.things
    worst, more = weak[0], [_in_short(score, t) for t in weak[1:]]
    text = (
        f"{output}: it errs most where {worst.slice.name}: {_in_words(score, worst)} of {worst.inside.sum():,} tested "
        f"{things}, {_written(score, worst.rest)} elsewhere{'; then where ' if more else ''}{', '.join(more)}"
    )
    remedy = "train on more of these, or do not rely on its answers there"
    evidence = {
        "output": output,
        "score": score.name,
        "share": score.as_ == "share",
        "rows": len(tested.rows),
        "overall": float(tested.value.mean()),
        "looked_at": looked,
        "subgroups": [_plain(t, any(t is named for named in weak)) for t in found],
        "shown": _shown(trained, worst, tested),
    }
    return Finding("weak_subgroups", "warning", None, text, remedy, evidence)


def _plain(found: Tested, is_named: bool) -> dict[str, Any]:
    ends = {"value": found.score.value, "low": found.score.low, "high": found.score.high}
    told = {"where": found.slice.name, "rows": int(found.inside.sum()), **ends, "elsewhere": found.rest}
    return {**told, "chance": found.chance, "weak": found.is_weak, "named": is_named}


def _shown(trained: Trained, worst: Tested, tested: Seen) -> list[int]:
    """Tested rows that stand for the worst slice: the nearest to its middle, else some by chance."""
    inside = tested.rows[worst.inside]
    near = [row for row in worst.slice.center if row in inside]
    keys = mix(trained.ground.rows.hashes[inside] ^ np.uint64(key_of("shown")))
    return near[:SHOWN] or [int(row) for row in inside[np.argsort(keys, kind="stable")[:SHOWN]]]


def _in_words(score: Score, found: Tested) -> str:
    low, high = (_written(score, end).rstrip("%") for end in (found.score.low, found.score.high))
    return f"{score.name.replace('_', ' ')} {_written(score, found.score.value)} ({low} to {high})"


def _in_short(score: Score, found: Tested) -> str:
    return f"{found.slice.name} ({_written(score, found.score.value)})"


def _written(score: Score, value: float) -> str:
    return f"{100 * value:.1f}%" if score.as_ == "share" else write_number(value)
