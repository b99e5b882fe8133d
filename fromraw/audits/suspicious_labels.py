"""Rows whose given category is doubtful: methods that did not learn from a row agree on another one, and are sure.

Every training and validation row is answered by simple baselines that learned from the other folds. A label counts as
doubtful where all of them, and the net where the row was held out from it, answer the same other category, at least as
surely as they answer rows that are given as that category: Northcutt, Jiang, Chuang, "Confident learning: estimating
uncertainty in dataset labels", JAIR 2021. Tested rows are answered by the net and the baselines, which never saw them.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from fromraw.audits.base import Audit, Trained
from fromraw.baselines.base import Baseline
from fromraw.baselines.reading import read_targets
from fromraw.errors import Refused
from fromraw.findings.base import Finding
from fromraw.parts import part, parts
from fromraw.randomness import mix
from fromraw.sources.base import FILE as CELL_OF_FILE
from fromraw.splits import NAMES, TRAIN, VALID, folds_of

FILE = "suspects.csv"
COLUMNS = ("split", "row", "file", "given", "likely", "doubt")
METHODS = ("nearest_neighbors", "kernel")
FOLDS = 5
LEAST_ROWS = 100
MOST_ROWS = 10_000
"""Training and validation rows that are looked at, chosen by their contents."""
SURE = 0.9
"""The share of rows that the methods must answer as given, out of fold: where they do worse, categories overlap, and a
contradiction tells nothing of the label."""
FEWEST, MANY = 3, 0.02
"""Doubtful labels below which nothing is said; and the share of rows from which it is a warning: odd rows that are
right as they are make up less."""


@dataclass(frozen=True)
class Doubts:
    """What is thought of rows: given, likely: (n,) categories; doubt: (n,) in 0 to 1, how sure the methods are, on
    average, that the label is another; listed: (n,) bool."""

    rows: np.ndarray
    given: np.ndarray
    likely: np.ndarray
    doubt: np.ndarray
    listed: np.ndarray


@part("suspicious_labels")
class SuspiciousLabels(Audit):
    rank = 20

    def find(self, trained: Trained) -> list[Finding]:
        outputs = [name for name, output in trained.plan.outputs.items() if _has_categories(trained, name)]
        if not outputs:
            raise Refused("no output is a category")
        found, lines = [], []
        for output in outputs:
            try:
                doubts, accuracy = doubts_of(trained, output)
            except Refused:
                continue
            order = np.argsort(-doubts.doubt, kind="stable")
            order = order[doubts.listed[order]]
            lines += list(_written(trained, output, doubts, order))
            if len(order) >= FEWEST:
                found.append(_told(trained, output, doubts, accuracy))
        if not lines:
            return []
        with (trained.folder / FILE).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *sorted(lines, key=lambda line: -float(line[-1]))])
        return found


def _has_categories(trained: Trained, output: str) -> bool:
    answer = trained.judgment.answers.get(output, {})
    return "probabilities" in answer


def doubts_of(trained: Trained, output: str) -> tuple[Doubts, float]:
    """The doubts of all rows that have a label, and how often the methods answer as given, out of fold. Raises Refused
    where rows are too few, no method applies, or the methods are too often wrong."""
    examples, rows = trained.ground.examples, trained.ground.rows
    pool = rows.of(TRAIN, VALID)
    pool = _known(trained, output, np.sort(pool[np.argsort(mix(rows.hashes[pool]), kind="stable")[:MOST_ROWS]]))
    if len(pool) < LEAST_ROWS:
        raise Refused(f"{len(pool)} rows are too few")
    methods = list(_methods(trained, output))
    if not methods:
        raise Refused("no simple method applies")
    fold = folds_of(pool, rows.hashes, rows.groups, FOLDS)
    given = read_targets(examples, pool, output)
    own = [_cross_fitted(trained, output, method, pool, fold) for method in methods]
    own_likely, own_listed, own_doubt, sure = _judge(own, given)
    accuracy = float((np.mean(own, 0).argmax(1) == given).mean())
    if accuracy < SURE:
        raise Refused(f"simple methods answer {accuracy:.0%} as given, so that contradicting tells nothing")
    held, answer = trained.judgment.held_out.get(output, (pool[:0], {}))
    if len(held):
        net = dict(zip(held.tolist(), answer["probabilities"], strict=True))
        for place, row in enumerate(pool.tolist()):
            if row in net:
                own_listed[place] &= int(net[row].argmax()) == own_likely[place]
    found = [Doubts(pool, given, own_likely, own_doubt, own_listed)]
    tested = np.setdiff1d(_known(trained, output, trained.judgment.rows), rows.of(TRAIN, VALID))
    if len(tested):
        places = np.searchsorted(trained.judgment.rows, tested)
        answers = [trained.judgment.answers[output]["probabilities"][places]]
        answers += [_fitted(trained, output, method, pool, tested) for method in methods]
        truth = read_targets(examples, tested, output)
        likely, listed, doubt, _ = _judge(answers, truth, sure)
        found.append(Doubts(tested, truth, likely, doubt, listed))
    names = ("rows", "given", "likely", "doubt", "listed")
    return Doubts(*(np.concatenate([getattr(d, name) for d in found]) for name in names)), accuracy


def _known(trained: Trained, output: str, rows: np.ndarray) -> np.ndarray:
    return rows[read_targets(trained.ground.examples, rows, output) >= 0]


def _methods(trained: Trained, output: str) -> Iterator[type[Baseline]]:
    for name in METHODS:
        try:
            cls = parts("baselines")[name].cls
            cls.check(trained.ground.examples, output, trained.plan.outputs[output].step().part)
        except Refused:
            continue
        yield cls


def _cross_fitted(
    trained: Trained, output: str, method: type[Baseline], pool: np.ndarray, fold: np.ndarray
) -> np.ndarray:
    """(n, K) probabilities, each row's by the method fitted on the other folds."""
    numbers = np.unique(fold)
    parts_of = {f: _fitted(trained, output, method, pool[fold != f], pool[fold == f]) for f in numbers}
    whole = np.empty((len(pool), parts_of[numbers[0]].shape[1]))
    for number, answers in parts_of.items():
        whole[fold == number] = answers
    return whole


def _fitted(
    trained: Trained, output: str, method: type[Baseline], learned: np.ndarray, asked: np.ndarray
) -> np.ndarray:
    baseline = method()
    baseline.fit(trained.ground.examples, learned, output, trained.seconds / (FOLDS + 1) / len(METHODS))
    return np.asarray(baseline.answer(trained.ground.examples, asked)["probabilities"])


def _judge(
    answers: Sequence[np.ndarray], given: np.ndarray, sure: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """(likely, listed, doubt) of each row, and of each category how sure the methods are of rows given as it."""
    mean = np.mean(answers, 0)
    likely, at = mean.argmax(1), np.arange(len(given))
    if sure is None:
        sure = np.array([mean[given == k, k].mean() if (given == k).any() else 1.0 for k in range(mean.shape[1])])
    agree = np.all([answer.argmax(1) == likely for answer in answers], 0)
    listed = agree & (likely != given) & (mean[at, likely] >= sure[likely])
    return likely, listed, (1 + mean[at, likely] - 2 * mean[at, given]) / 2, sure


# ------------------------------------------------------------------------------------------------------ what is said


def _written(trained: Trained, output: str, doubts: Doubts, order: np.ndarray) -> Iterator[tuple[str, ...]]:
    """A line a row of `order`. Raw cells are as the source has them, so that the file can be held against the data."""
    ground = trained.ground
    column = ground.examples.columns[trained.plan.outputs[output].columns[0]]
    files = [f for f in ground.data.source.fields if f.name not in column.fields and f.type == CELL_OF_FILE]
    rows = np.sort(doubts.rows[order])
    if not len(rows):
        return
    cells = ground.cells(rows.tolist(), [column.fields[0], *(f.name for f in files[:1])])
    place = {int(row): at for at, row in enumerate(rows)}
    for at in order:
        row, line = int(doubts.rows[at]), place[int(doubts.rows[at])]
        name = (cells.column(files[0].name)[line].as_py() or {}).get("path") if files else ""
        likely = str(column.restore([int(doubts.likely[at]) + 1])[0])
        given = str(cells.column(column.fields[0])[line].as_py())
        number = str(int(ground.prepared.rows[row]) + 1)
        yield NAMES[ground.rows.sides[row]], number, name or "", given, likely, f"{doubts.doubt[at]:.4f}"


def _told(trained: Trained, output: str, doubts: Doubts, accuracy: float) -> Finding:
    side = trained.ground.rows.sides[doubts.rows]
    counts = {name: int((doubts.listed & (side == number)).sum()) for number, name in enumerate(NAMES)}
    total = sum(counts.values())
    text = (
        f"{output} is doubtful in {total:,} of {len(doubts.rows):,} rows ({FILE} names them, the most doubtful first)"
    )
    evidence = {"doubtful": counts, "answered as given, out of fold": round(accuracy, 4)}
    if counts["test"]:
        evidence["accuracy"] = scores = _with_and_without(trained, output, doubts)
        text += f"; accuracy is {scores['with']:.1%} with the {counts['test']:,} tested among them, and "
        text += f"{scores['without']:.1%} without"
    remedy = f"look at them; --drop {trained.folder / FILE} trains without them"
    gravity: Literal["note", "warning"] = "warning" if total >= MANY * len(doubts.rows) else "note"
    return Finding("suspicious_labels", gravity, output, text, remedy, evidence)


def _with_and_without(trained: Trained, output: str, doubts: Doubts) -> dict[str, float]:
    tested = np.isin(doubts.rows, trained.judgment.rows)
    places = np.searchsorted(trained.judgment.rows, doubts.rows[tested])
    hits = trained.judgment.answers[output]["probabilities"][places].argmax(1) == doubts.given[tested]
    return {"with": float(hits.mean()), "without": float(hits[~doubts.listed[tested]].mean())}
