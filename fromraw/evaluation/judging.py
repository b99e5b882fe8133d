"""Judging: calibrate on validation rows, then the account on rows never used to choose anything."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from fromraw.baselines.running import Outcome
from fromraw.decoders.base import Answer, Records
from fromraw.evaluation.account import Account, account_for
from fromraw.evaluation.answering import (
    Answers,
    answer_rows,
    decoder_of,
    in_raw,
    judged_rows,
    learned_rows,
    take_rows,
    tally_rows,
)
from fromraw.evaluation.unlike import Unlike, learn_unlike
from fromraw.planning.plan import Plan
from fromraw.splits import TEST, VALID, Rows, folds_of
from fromraw.streams.examples import Examples
from fromraw.system import System

ANSWER_ROWS = 512
"""Rows answered at once."""


@dataclass(frozen=True)
class Judgment:
    """The account, and the answers to the tested rows that it rests on, {output: answer}, adjusted. held_out: {output:
    (rows, adjusted answer)} of validation rows, each answered by nets that did not learn from it. unlike: how it is
    found whether a row is unlike anything trained on, and distances (rows,) those of the tested rows, none
    where all rows are tested in turn."""

    account: Account
    rows: np.ndarray
    answers: Answers
    held_out: Mapping[str, tuple[np.ndarray, Answer]]
    unlike: Unlike | None = None
    distances: np.ndarray = field(default_factory=lambda: np.zeros(0, np.float32))


def judge(
    systems: Sequence[System],
    examples: Examples,
    rows: Rows,
    plan: Plan,
    baselines: Mapping[str, Outcome],
    things: str,
    tested_on: str = "test",
) -> Judgment:
    """Every output's account on the test rows, with what calibration said."""
    held_out = answer_held_out(systems, examples, rows, plan)
    if rows.folds:
        chosen, answers = _cross_fitted(systems, examples, rows, held_out)
    said = calibrate(systems, examples, rows, held_out)
    device = plan.budget.device
    unlike = learn_unlike(systems[0], examples, *rows.of_member(plan.members[0].fold, plan.folds), rows, device)
    far: list[np.ndarray] = []
    if not rows.folds:
        chosen = rows.of(TEST)
        watch = unlike.watching(far) if unlike else None
        raw = answer_rows(systems, examples, chosen, ANSWER_ROWS, device, watch=watch)
        answers = {name: decoder_of(systems[0], name).adjust(answer) for name, answer in raw.items()}
    accounts = {}
    for name, output in plan.outputs.items():
        decoder, column = decoder_of(systems[0], name), examples.columns[output.columns[0]]
        known = judged_rows(systems[0], examples, chosen, name)
        records = tally_rows(systems[0], examples, known, name, take_rows(answers[name], np.isin(chosen, known)))
        beside = _beside(systems[0], examples, rows.tested, known, name, baselines[name]) if name in baselines else {}
        accounts[name] = account_for(
            decoder, name, known, records, rows.groups_of(known), beside, column.restore, things, said.get(name, "")
        )
    kept = {name: (valid, decoder_of(systems[0], name).adjust(answer)) for name, (valid, answer) in held_out.items()}
    distances = np.concatenate([np.zeros(0, np.float32), *far])
    return Judgment(Account(accounts, len(chosen), tested_on), chosen, answers, kept, unlike, distances)


def held_out_parts(systems: Sequence[System], rows: Rows, plan: Plan) -> list[tuple[Sequence[System], np.ndarray]]:
    """Nets, each time beside the rows that none of them learned from: validation rows, or those of their fold."""
    if not plan.folds:
        return [(systems, rows.of(VALID))]
    by_fold: dict[int | None, list[System]] = {}
    for system, member in zip(systems, plan.members, strict=False):
        by_fold.setdefault(member.fold, []).append(system)
    return [(nets, rows.of_member(fold, plan.folds)[1]) for fold, nets in by_fold.items()]


def answer_held_out(
    systems: Sequence[System], examples: Examples, rows: Rows, plan: Plan
) -> dict[str, tuple[np.ndarray, Answer]]:
    """{output: (rows, answer)}: rows that were held out, each answered by members that did not learn from it."""
    parts: dict[str, list[tuple[np.ndarray, Answer]]] = {}
    for nets, valid in held_out_parts(systems, rows, plan):
        for name, answer in answer_rows(nets, examples, valid, ANSWER_ROWS, plan.budget.device).items():
            parts.setdefault(name, []).append((valid, answer))
    joined = {}
    for name, several in parts.items():
        order = np.concatenate([valid for valid, _ in several])
        first = np.unique(order, return_index=True)[1]
        answer = {key: np.concatenate([a[key] for _, a in several])[first] for key in several[0][1]}
        joined[name] = (order[first], answer)
    return joined


def calibrate(
    systems: Sequence[System], examples: Examples, rows: Rows, held_out: Mapping[str, tuple[np.ndarray, Answer]]
) -> dict[str, str]:
    """Every decoder learns how sure to be from rows that were held out; what each said of it, {output: words}."""
    return {name: _calibrate(systems, examples, rows, name, *answered) for name, answered in held_out.items()}


def _cross_fitted(
    systems: Sequence[System], examples: Examples, rows: Rows, held_out: Mapping[str, tuple[np.ndarray, Answer]]
) -> tuple[np.ndarray, Answers]:
    """All rows that were held out, each answered by nets that did not learn from its fold, and calibrated on the other
    folds' rows."""
    adjusted: Answers = {}
    chosen = np.empty(0, np.int64)
    for name, (chosen, answer) in held_out.items():
        fold, decoder = folds_of(chosen, rows.hashes, rows.groups, rows.folds), decoder_of(systems[0], name)
        trained = {key: tensor.clone() for key, tensor in decoder.state_dict().items()}
        parts = []
        for number in np.unique(fold):
            others = np.flatnonzero(fold != number)
            decoder.load_state_dict(trained)
            _calibrate(systems, examples, rows, name, chosen[others], take_rows(answer, others))
            parts.append(decoder.adjust(take_rows(answer, np.flatnonzero(fold == number))))
        decoder.load_state_dict(trained)
        order = np.argsort(np.argsort(fold, kind="stable"), kind="stable")
        adjusted[name] = {key: np.concatenate([part[key] for part in parts])[order] for key in parts[0]}
    return chosen, adjusted


def _calibrate(
    systems: Sequence[System], examples: Examples, rows: Rows, name: str, valid: np.ndarray, answer: Answer
) -> str:
    known = learned_rows(systems[0], examples, valid, name)
    if not len(known):
        return "not calibrated: no validation rows"
    records = tally_rows(systems[0], examples, known, name, take_rows(answer, np.isin(valid, known)))
    decoder = decoder_of(systems[0], name)
    said = decoder.calibrate(records, rows.groups_of(known))
    decoder.choose(
        tally_rows(systems[0], examples, known, name, decoder.adjust(take_rows(answer, np.isin(valid, known))))
    )
    return said


def _beside(
    system: System, examples: Examples, tested: np.ndarray, known: np.ndarray, name: str, outcome: Outcome
) -> dict[str, tuple[Records, str, float]]:
    """The baselines' records on the same rows, in raw coordinates."""
    found, places = {}, np.searchsorted(tested, known)
    for baseline, tried in outcome.tried.items():
        answer = in_raw(system, examples, name, take_rows(tried.answer, places))
        records = tally_rows(system, examples, known, name, answer)
        found[baseline] = (records, tried.words, tried.seconds)
    return found
