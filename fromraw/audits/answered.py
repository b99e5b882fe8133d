"""How rows were answered, one by one: what a score makes of each, and how much worse that is than the answer expects.

Rows that choose what to look at, and rows that are tested, are kept apart.
"""

from dataclasses import dataclass

import numpy as np

from fromraw.audits.base import ROWS_A_SECOND, Trained
from fromraw.baselines.reading import NUMBERS
from fromraw.decoders.base import Decoder, Records, Score
from fromraw.errors import Refused
from fromraw.evaluation.answering import judged_rows, take_rows, tally_rows
from fromraw.randomness import key_of, mix

MOST_ROWS = 5000
"""That are looked at of either kind."""
LIKELIEST = 20
"""Categories that are reckoned with."""
CURVE = 3
"""The degree of the polynomial that tells what all answers of numbers lack alike."""


@dataclass(frozen=True)
class Seen:
    """Rows and how they were answered. rows: (n,); value: (n,) of the score; loss: (n,) the same, where more is worse;
    surprise: (n,) the loss beyond what the answer itself reckons with, or of numbers, beyond what all of them lack
    alike, as those of a net that has not learned enough lie too near to the middle; groups: (n,) or None."""

    rows: np.ndarray
    value: np.ndarray
    loss: np.ndarray
    surprise: np.ndarray
    groups: np.ndarray | None

    def take(self, places: np.ndarray) -> "Seen":
        groups = None if self.groups is None else self.groups[places]
        return Seen(self.rows[places], self.value[places], self.loss[places], self.surprise[places], groups)


def choosing_and_tested(trained: Trained, output: str, decoder: Decoder, score: Score) -> tuple[Seen, Seen]:
    """Rows to choose slices by, and rows to test them on: validation and tested ones. With folds all rows are both, so
    half of them choose."""
    account, rows = trained.judgment.account.outputs[output], trained.ground.rows
    tested = _seen(decoder, score, account.rows, account.records, account.groups)
    if rows.folds:
        keys = rows.hashes[tested.rows] if tested.groups is None else tested.groups.astype(np.uint64)
        half = mix(keys ^ np.uint64(key_of("weak"))) >> np.uint64(63) == 1
        choosing, tested = tested.take(np.flatnonzero(half)), tested.take(np.flatnonzero(~half))
    else:
        choosing = _held_out(trained, output, decoder, score)
    return _some(trained, choosing), _some(trained, tested)


def _held_out(trained: Trained, output: str, decoder: Decoder, score: Score) -> Seen:
    system, examples, rows = trained.systems[0], trained.ground.examples, trained.ground.rows
    valid, answer = trained.judgment.held_out.get(output, (np.zeros(0, np.int64), {}))
    known = judged_rows(system, examples, valid, output) if len(valid) else valid
    if not len(known):
        return Seen(known, np.zeros(0), np.zeros(0), np.zeros(0), None)
    records = tally_rows(system, examples, known, output, take_rows(answer, np.isin(valid, known)))
    return _seen(decoder, score, known, records, rows.groups_of(known))


def _seen(decoder: Decoder, score: Score, rows: np.ndarray, records: Records, groups: np.ndarray | None) -> Seen:
    if not all(np.isfinite(records[name]).all() for name in ("probabilities", NUMBERS, "truth") if name in records):
        raise Refused("some answers, or truths, are not known")
    sign, value = -1.0 if score.higher_is_better else 1.0, _each(score, records)
    loss = sign * value + (1.0 if score.as_ == "share" and score.higher_is_better else 0.0)
    surprise = loss
    if "probabilities" in records:
        surprise = sign * (value - _reckoned(decoder, score, records))
    elif NUMBERS in records and len(rows) > 10 * CURVE:
        surprise = sign * _each(score, _bent(decoder, records))
    return Seen(rows, value, loss, surprise, groups)


def _each(score: Score, records: Records) -> np.ndarray:
    values = np.asarray(score.each(records), np.float64)  # type: ignore[misc]
    return values.reshape(len(values), -1).mean(1)


def _reckoned(decoder: Decoder, score: Score, records: Records) -> np.ndarray:
    """(n,) the score that each answer expects of itself, by its probabilities of each truth."""
    order = np.argsort(-records["probabilities"], axis=1, kind="stable")[:, :LIKELIEST]
    weights = np.take_along_axis(np.asarray(records["probabilities"], np.float64), order, 1)
    weights /= weights.sum(1, keepdims=True)
    answer = {name: values for name, values in records.items() if name in ("probabilities", "guess")}
    told = [_each(score, decoder.tally(answer, {"category": order[:, k]})) for k in range(order.shape[1])]
    return np.asarray((weights * np.stack(told, 1)).sum(1))


def _bent(decoder: Decoder, records: Records) -> Records:
    """The records of answers as one curve, a cubic, bends all of them nearest to their truths."""
    answers, truth = (np.asarray(records[name], np.float64) for name in (NUMBERS, "truth"))
    spread = answers.std(0)
    z = ((answers - answers.mean(0)) / np.where(spread > 0, spread, 1.0)).clip(-4, 4)
    fit = np.polynomial.Polynomial.fit
    bent = [fit(one, other, CURVE, domain=[-4, 4])(one) for one, other in zip(z.T, truth.T, strict=True)]
    return decoder.tally({NUMBERS: np.stack(bent, 1)}, {NUMBERS: truth})


def _some(trained: Trained, seen: Seen) -> Seen:
    """As many as the seconds allow, chosen by their contents."""
    most = min(MOST_ROWS, int(trained.seconds * ROWS_A_SECOND / 2))
    keys = mix(trained.ground.rows.hashes[seen.rows] ^ np.uint64(key_of("weak", trained.seed)))
    return seen if len(seen.rows) <= most else seen.take(np.sort(np.argsort(keys, kind="stable")[:most]))
