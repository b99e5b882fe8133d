"""What mattered: by how much the answers to tested rows get worse when one column's cells are shuffled among them.

Breiman, "Random forests", Machine Learning 2001; Fisher, Rudin, Dominici, "All models are wrong, but many are useful",
JMLR 2019. It tells of this net, not of the world: of two columns that say the same, each can seem of little use.
"""

from collections.abc import Sequence

import numpy as np
from scipy import stats

from fromraw.audits.base import ROWS_A_SECOND, Audit, Trained, of_each_output
from fromraw.baselines.reading import column_names
from fromraw.decoders.base import Score
from fromraw.errors import Refused
from fromraw.evaluation.answering import answer_rows, decoder_of, take_rows, truth_of_rows
from fromraw.evaluation.intervals import Interval, mean_interval
from fromraw.evaluation.judging import ANSWER_ROWS, held_out_parts
from fromraw.figures.wording import write_number
from fromraw.findings.base import Finding
from fromraw.parts import part
from fromraw.randomness import key_of
from fromraw.store.prepared import take
from fromraw.streams.examples import Examples
from fromraw.system import System

SHUFFLES = (3, 2, 1)
"""Of each column; fewer where there is no time for that many of the fewest rows."""
FEWEST, MOST = 100, 4000
"""Rows that it is worth doing with, and that are enough."""
NAMED = 3
"""Columns that are named in words."""


@part("what_mattered")
class WhatMattered(Audit):
    rank = 40

    def find(self, trained: Trained) -> list[Finding]:
        names = column_names(trained.ground.examples)
        if len(names) < 2:
            raise Refused("there is one input, and nothing to compare it with")
        return of_each_output(trained, lambda its, output: _of_output(its, output, names))


def _of_output(trained: Trained, output: str, names: Sequence[str]) -> list[Finding]:
    rows, shuffles = _some_rows(trained, output, len(names))
    decoder, groups = decoder_of(trained.systems[0], output), trained.ground.rows.groups_of(rows)
    scores = [score for score in decoder.scores if score.each is not None and score.as_ in ("share", "mean")]
    if not scores:
        raise Refused("no score is the mean of a value a row")
    score = scores[0]
    examples = _only(trained.ground.examples, rows)
    truth = truth_of_rows(trained.systems[0], examples, np.arange(len(rows)), output)
    parts = unseen_by(trained, rows)
    sign = 1.0 if score.higher_is_better else -1.0

    def each(changed: Examples) -> np.ndarray:
        values = np.empty(len(rows))
        for nets, places in parts:
            answers = answer_rows(nets, changed, places, ANSWER_ROWS, trained.plan.budget.device, looks=1)
            told = decoder.tally(decoder.adjust(answers[output]), take_rows(truth, places))
            values[places] = score.each(told).reshape(len(places), -1).mean(1)  # type: ignore[misc]
        return sign * values

    whole, found = each(examples), {}
    for name in names:
        worse = [whole - each(_shuffled(examples, name, n, trained.seed)) for n in range(shuffles)]
        found[name] = mean_interval(np.mean(worse, 0), groups=groups)
    ranked = dict(sorted(found.items(), key=lambda item: -item[1].value))
    evidence = {
        "output": output,
        "score": score.name,
        "share": score.as_ == "share",
        "rows": len(rows),
        "shuffles": shuffles,
        "columns": {name: {"value": i.value, "low": i.low, "high": i.high} for name, i in ranked.items()},
        "sure": list(sure := _sure(ranked)),
    }
    return [Finding("what_mattered", "note", None, f"{output}: {_in_words(score, ranked, sure)}", "", evidence)]


def _sure(found: dict[str, Interval]) -> dict[str, Interval]:
    """Those that matter though so many were looked at (Bonferroni): intervals are widened before they are believed, so
    that of a net that learned nothing one column is named in a hundredth of trainings."""
    wider = stats.norm.ppf(1 - 0.01 / len(found)) / stats.norm.ppf(0.975)
    return {name: i for name, i in found.items() if i.value - wider * (i.value - i.low) > 0}


def _some_rows(trained: Trained, output: str, columns: int) -> tuple[np.ndarray, int]:
    """Tested rows with a truth, as many as the seconds allow, and how often each column is to be shuffled."""
    tested = trained.judgment.account.outputs[output].rows
    if len(tested) < 2:
        raise Refused("too few rows were tested")
    nets = len(trained.systems) // (trained.ground.rows.folds or 1)
    most, shuffles = affordable(trained.seconds, max(1, nets), columns)
    draw = np.random.default_rng(key_of(trained.seed, "what_mattered"))
    return np.sort(draw.permutation(tested)[:most]), shuffles


def affordable(seconds: float, nets: int, columns: int) -> tuple[int, int]:
    """How many rows, and how often each column is shuffled. Refused where it is not worth doing with so few."""
    for shuffles in SHUFFLES:
        rows = int(seconds * ROWS_A_SECOND / (nets * (1 + shuffles * columns)))
        if rows >= FEWEST:
            return min(MOST, rows), shuffles
    raise Refused(f"there is no time to shuffle {columns} columns")


def unseen_by(trained: Trained, rows: np.ndarray) -> list[tuple[Sequence[System], np.ndarray]]:
    """Nets beside the places of the rows that they are asked about: with folds each row is for those that did not learn
    from it, as what a net knows by heart it knows by every column."""
    if not trained.ground.rows.folds:
        return [(trained.systems, np.arange(len(rows)))]
    parts = held_out_parts(trained.systems, trained.ground.rows, trained.plan)
    found = [(nets, np.flatnonzero(np.isin(rows, held_out))) for nets, held_out in parts]
    return [(nets, places) for nets, places in found if len(places)]


def _only(examples: Examples, rows: np.ndarray) -> Examples:
    """The same with these rows alone."""
    stored = {name: take(cells, rows) for name, cells in examples.stored.items()}
    return Examples(examples.columns, stored, examples.inputs, examples.outputs, examples.changes)


def _shuffled(examples: Examples, name: str, number: int, seed: int) -> Examples:
    """The same with one column's cells dealt anew to the rows."""
    count = len(np.asarray(examples.stored[name]["present"]))
    order = np.random.default_rng(key_of(seed, "shuffle", name, number)).permutation(count)
    stored = {**examples.stored, name: take(examples.stored[name], order)}
    return Examples(examples.columns, stored, examples.inputs, examples.outputs, examples.changes)


def _in_words(score: Score, ranked: dict[str, Interval], sure: dict[str, Interval]) -> str:
    """'what mattered most: tenure (accuracy falls by 12 points, 8 to 16), plan (...); of no use that shows: a, b'."""
    if not sure:
        return "no single column mattered so much that it shows"
    points = score.as_ == "share"
    write = (lambda value: f"{100 * value:.1f}") if points else write_number
    unit = " points" if points else ""
    falls = f"{score.name.replace('_', ' ')} {'falls' if score.higher_is_better else 'rises'} by "
    told = [
        f"{name} ({falls if not at else ''}{write(i.value)}{unit}, "
        f"{write(i.low)} to {write(i.high)}{', when it is shuffled' if not at else ''})"
        for at, (name, i) in enumerate(list(sure.items())[:NAMED])
    ]
    useless = [name for name in ranked if name not in sure]
    more = f" and {len(useless) - NAMED} more" if len(useless) > NAMED else ""
    rest = f"; of no use that shows: {', '.join(useless[:NAMED])}{more}" if useless else ""
    return f"what mattered most: {', '.join(told)}{rest}"
