"""Rows whose given category is doubtful: methods that did not learn from a row answer another, and so did the nets.

Two things are asked of each row. Simple methods that learned from the other folds answer it: Northcutt, Jiang, Chuang,
"Confident learning: estimating uncertainty in dataset labels", JAIR 2021. And the nets: where they learned from the
row, by how much its category was ahead on average while they did (learning/evidence.py: the area under the margin,
Pleiss and others, NeurIPS 2020), as at its end a net may know the row by heart; where they did not, by how much it is
ahead in their answer. Rows are ranked by the mean of both ranks.
"""

import csv
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from scipy.stats import rankdata

from fromraw.audits.base import Audit, Trained
from fromraw.audits.cross_fitting import cross_fitted, methods_for
from fromraw.baselines.reading import read_targets
from fromraw.errors import Refused
from fromraw.evaluation.answering import answer_rows
from fromraw.evaluation.judging import ANSWER_ROWS
from fromraw.findings.base import Finding
from fromraw.parts import part
from fromraw.randomness import mix
from fromraw.sources.base import FILE as CELL_OF_FILE
from fromraw.splits import NAMES, TRAIN, VALID

FILE = "suspects.csv"
COLUMNS = ("split", "row", "file", "given", "likely", "doubt")
LEAST_ROWS = 100
MOST_ROWS = 10_000
"""Training and validation rows that are looked at, chosen by their contents."""
SURE = 0.9
"""The share of rows that the methods must answer as given, out of fold: where they do worse, categories overlap, and a
contradiction tells little of the label. Rows are ranked there, and nothing is said."""
RANKED = 24
"""Rows that are listed where they are only ranked; of many, 1%."""
LOW = 0.5
"""The share of the median that a margin must be under, for what was sure already."""
FEWEST, SOME, MANY = 5, 0.005, 0.02
"""Labels doubted for sure, and the share of rows that they are, below which nothing is said (the file lists them all
the same); and the share from which it is a warning. Odd rows that are right as they are make up less."""


@dataclass(frozen=True)
class Doubts:
    """What is thought of rows: given, likely: (n,) categories; doubt: (n,), the share of rows that are less doubtful;
    listed: (n,) bool, and sure: those of them that every method contradicts. accuracy: how often the methods answer as
    given, out of fold; nan where there are none."""

    rows: np.ndarray
    given: np.ndarray
    likely: np.ndarray
    doubt: np.ndarray
    listed: np.ndarray
    sure: np.ndarray
    accuracy: float

    @property
    def only_ranked(self) -> bool:
        """Whether too little is known to say of any row that it is doubtful."""
        return not self.accuracy >= SURE

    @property
    def are_many(self) -> bool:
        """Whether so many are doubted for sure that it is said."""
        return not self.only_ranked and int(self.sure.sum()) >= max(FEWEST, SOME * len(self.rows))


@part("suspicious_labels")
class SuspiciousLabels(Audit):
    rank = 20

    def find(self, trained: Trained) -> list[Finding]:
        outputs = [name for name in trained.plan.outputs if _has_categories(trained, name)]
        if not outputs:
            raise Refused("no output is a category")
        found, lines, share = [], [], replace(trained, seconds=trained.seconds / len(outputs))
        for output in outputs:
            try:
                doubts = doubts_of(share, output)
            except Refused:
                continue
            lines += list(_written(trained, output, doubts, _ranking(doubts)))
            if doubts.are_many:
                found.append(_told(trained, output, doubts))
        if not lines:
            return []
        with (trained.folder / FILE).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([COLUMNS, *sorted(lines, key=lambda line: -float(line[-1]))])
        return found


def _has_categories(trained: Trained, output: str) -> bool:
    return "probabilities" in trained.judgment.answers.get(output, {})


def _ranking(doubts: Doubts) -> np.ndarray:
    """Places of the rows that are listed, the most doubtful first."""
    order = np.argsort(-doubts.doubt, kind="stable")
    order = order[doubts.listed[order]]
    return order[: max(RANKED, len(doubts.rows) // 100)] if doubts.only_ranked else order


# ---------------------------------------------------------------------------------------------------- what is thought


def doubts_of(trained: Trained, output: str) -> Doubts:
    """The doubts of all rows that have a label. Raises Refused where rows are too few."""
    rows, judgment = trained.ground.rows, trained.judgment
    pool = rows.of(TRAIN, VALID)
    pool = _known(trained, output, np.sort(pool[np.argsort(mix(rows.hashes[pool]), kind="stable")[:MOST_ROWS]]))
    if len(pool) < LEAST_ROWS:
        raise Refused(f"{len(pool)} rows are too few")
    tested = np.setdiff1d(_known(trained, output, judgment.rows), rows.of(TRAIN, VALID))
    methods = methods_for(trained, output, pool, len(tested))
    seen = trained.evidence.get(output, np.full(len(rows.sides), np.nan))
    held, answer = judgment.held_out.get(output, (pool[:0], {}))
    valid = _Net(seen, dict(zip(held.tolist(), answer.get("probabilities", ()), strict=True)))
    own = cross_fitted(trained, output, methods, pool)
    given = read_targets(trained.ground.examples, pool, output)
    accuracy = float((np.mean(own, 0).argmax(1) == given).mean()) if own else float("nan")
    levels = _usual(own, given)
    found = [_judge(trained, output, pool, own, valid, levels, accuracy)]
    if len(tested):
        places = np.searchsorted(judgment.rows, tested)
        by_row = dict(zip(tested.tolist(), judgment.answers[output]["probabilities"][places], strict=True))
        answers = [method.answer(trained, output, pool, tested) for method in methods]
        found.append(_judge(trained, output, tested, answers, _Net(seen, by_row), levels, accuracy))
    names = ("rows", "given", "likely", "doubt", "listed", "sure")
    return Doubts(**{n: np.concatenate([getattr(d, n) for d in found]) for n in names}, accuracy=accuracy)


def _known(trained: Trained, output: str, rows: np.ndarray) -> np.ndarray:
    return rows[read_targets(trained.ground.examples, rows, output) >= 0]


@dataclass(frozen=True)
class _Net:
    """What nets tell of rows: the margin of those that they learned from, (all rows,), and {row: (K,) probabilities} of
    others."""

    seen: np.ndarray
    answered: Mapping[int, np.ndarray]

    def margins(self, rows: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(margin, whether a net learned from the row), (n,) both; nan where nothing is known."""
        margin = self.seen[rows].copy()
        learned = np.isfinite(margin)
        for at in np.flatnonzero(~learned):
            chances = self.answered.get(int(rows[at]))
            if chances is not None:
                logs = np.log(np.maximum(chances, 1e-12))
                margin[at] = logs[given[at]] - np.delete(logs, given[at]).max()
        return margin, learned

    def agrees(self, rows: np.ndarray, likely: np.ndarray) -> np.ndarray:
        """(n,) whether nets that did not learn from a row answer so, or cannot be asked."""
        answers = [self.answered.get(int(row)) for row in rows]
        return np.array([a is None or int(a.argmax()) == k for a, k in zip(answers, likely, strict=True)], bool)


def _usual(answers: Sequence[np.ndarray], given: np.ndarray) -> np.ndarray:
    """(K,) how sure the methods are, on average, of rows given as each category."""
    if not answers:
        return np.ones(0)
    mean = np.mean(answers, 0)
    return np.array([mean[given == k, k].mean() if (given == k).any() else 1.0 for k in range(mean.shape[1])])


def _judge(
    trained: Trained,
    output: str,
    rows: np.ndarray,
    answers: Sequence[np.ndarray],
    net: _Net,
    levels: np.ndarray,
    accuracy: float,
) -> Doubts:
    """Doubted for sure is a row that all methods, and nets that did not learn from it, answer alike and otherwise, at
    least as surely as is usual, and that nets learned late. Listed are also rows that methods on average, and nets for
    most of the training, answered otherwise."""
    given, at = read_targets(trained.ground.examples, rows, output), np.arange(len(rows))
    margin, learned = net.margins(rows, given)
    late = _share_below(-margin, learned)
    behind = margin < 0
    if not answers:
        likely = _second(trained, output, rows, given, behind)
        return Doubts(rows, given, likely, np.nan_to_num(late), behind, np.zeros(len(rows), bool), accuracy)
    mean = np.mean(answers, 0)
    likely = mean.argmax(1)
    doubt = _share_below(mean[at, likely] - 2 * mean[at, given], np.ones(len(rows), bool))
    alike = np.all([answer.argmax(1) == likely for answer in answers], 0) & net.agrees(rows, likely)
    low = np.where(learned, LOW * np.median(margin[learned]) if learned.any() else 0.0, 0.0)
    is_other = likely != given
    sure = is_other & alike & (mean[at, likely] >= levels[likely]) & (margin < low)
    doubt = np.where(np.isfinite(late), (doubt + late) / 2, doubt)
    return Doubts(rows, given, likely, doubt, sure | (is_other & behind), sure, accuracy)


def _share_below(values: np.ndarray, learned: np.ndarray) -> np.ndarray:
    """(n,) the share of rows with a lower value, among rows that nets learned from, and among others; nan stays."""
    share = np.full(len(values), np.nan)
    for some in (learned & np.isfinite(values), ~learned & np.isfinite(values)):
        share[some] = (rankdata(values[some]) - 0.5) / max(1, some.sum())
    return share


def _second(trained: Trained, output: str, rows: np.ndarray, given: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """(n,) what the nets hold likeliest but for what is given; of rows that nobody asks for, what is given."""
    likely, places = given.copy(), np.flatnonzero(asked)
    if len(places):
        device = trained.plan.budget.device
        answer = answer_rows(trained.systems, trained.ground.examples, rows[places], ANSWER_ROWS, device)[output]
        chances = np.array(answer["probabilities"])
        chances[np.arange(len(places)), given[places]] = -1
        likely[places] = chances.argmax(1)
    return likely


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


def _told(trained: Trained, output: str, doubts: Doubts) -> Finding:
    side = trained.ground.rows.sides[doubts.rows]
    counts = {name: int((doubts.listed & (side == number)).sum()) for number, name in enumerate(NAMES)}
    total = sum(counts.values())
    text = (
        f"{output} is doubtful in {total:,} of {len(doubts.rows):,} rows ({FILE} names them, the most doubtful first)"
    )
    evidence = {"doubtful": counts, "answered as given, out of fold": round(doubts.accuracy, 4)}
    if counts["test"]:
        evidence["accuracy"] = scores = _with_and_without(trained, output, doubts)
        text += f"; accuracy is {scores['with']:.1%} with the {counts['test']:,} tested among them, and "
        text += f"{scores['without']:.1%} without"
    remedy = f"--drop {shlex.quote(str(trained.folder / FILE))} trains without them; look at them first"
    gravity: Literal["note", "warning"] = "warning" if doubts.sure.sum() >= MANY * len(doubts.rows) else "note"
    return Finding("suspicious_labels", gravity, output, text, remedy, evidence)


def _with_and_without(trained: Trained, output: str, doubts: Doubts) -> dict[str, float]:
    tested = np.isin(doubts.rows, trained.judgment.rows)
    places = np.searchsorted(trained.judgment.rows, doubts.rows[tested])
    hits = trained.judgment.answers[output]["probabilities"][places].argmax(1) == doubts.given[tested]
    return {"with": float(hits.mean()), "without": float(hits[~doubts.listed[tested]].mean())}
