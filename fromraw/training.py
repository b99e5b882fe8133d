"""The whole way from data to the run folder, as one function that reads downwards."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import numpy as np

from fromraw.announcing import say_beginning, say_plan
from fromraw.audits.base import Trained
from fromraw.audits.running import audit_all
from fromraw.comparing import Kept, compare
from fromraw.describing.dataset import DataSet, fit_columns, open_data
from fromraw.describing.trainable import check_trainable
from fromraw.dropping import drop_rows
from fromraw.errors import DataError, unknown
from fromraw.evaluation.answering import answer_rows
from fromraw.evaluation.judging import ANSWER_ROWS, judge
from fromraw.evaluation.unlike import rows_looked_at
from fromraw.findings.base import Finding
from fromraw.findings.running import find_all
from fromraw.gathering import Ground, gather
from fromraw.how_many import how_many
from fromraw.keeping import load_columns, save_columns
from fromraw.learning.checkpoint import read_facts, write_text
from fromraw.learning.clock import Clock, read_seconds
from fromraw.learning.evidence import read_evidence
from fromraw.learning.journal import Journal
from fromraw.learning.members import Training, train_members
from fromraw.learning.pacing import Reserve
from fromraw.learning.progress import Voice
from fromraw.learning.stopping import listening
from fromraw.learning.telling import Teller
from fromraw.machine import look_at_machine, threads_of_torch
from fromraw.options import Options, asked, folds_of, minutes_of, typed
from fromraw.planning.building import build_system
from fromraw.planning.deciding import Facts, decide
from fromraw.planning.plan import Plan, Reasons, parse, read, reasons_in, to_yaml
from fromraw.run import Run
from fromraw.run_folders import Claimed, begin_folder, claim_folder, clear_folder, end_folder, identity_of
from fromraw.splits import TRAIN, VALID, Rows
from fromraw.streams.examples import Examples
from fromraw.system import System
from fromraw.writing import Results, write_results

SHARE_OF_BASELINES, MOST_FOR_BASELINES = 0.12, 90.0
"""Of the minutes, and seconds in all, that baselines may take."""
SHARE_OF_FINDINGS, MOST_FOR_FINDINGS = 0.05, 60.0
"""Of the minutes, and seconds in all, that finders may take."""
SHARE_OF_AUDITS, MOST_FOR_AUDITS = 0.06, 60.0
"""Of the minutes, and seconds in all, that audits of the trained net may take."""
SHARE_OF_PREPARING = 0.3
"""Of the minutes, that preparing may take; where all rows would take longer, a random part of them is used."""
SPENT = "spent"
"""The file, beside the checkpoint, that says how many seconds were spent."""
SECONDS_OF_REPORT = 6.0
"""What the report needs, beside a thirtieth of the minutes."""


def train(options: Options, voice: Voice) -> Run:
    """Open, describe, plan, prepare, try baselines, learn, judge, write. The same options go on where they stopped."""
    minutes = minutes_of(options.request)
    began = time.monotonic() if options.started is None else options.started
    clock = Clock(60 * minutes if minutes else None, time.monotonic() - began)
    voice.spent = clock.spent
    with listening() as stop, voice, ExitStack() as stack:
        data = _open(options, _counting(voice, clock, "read"))
        identity = identity_of(data.source.fingerprint(), typed(options))
        claimed = claim_folder(data.source.place, identity, options.run, options.fresh)
        found = [] if claimed.state == "finished" else _find(data, clock, options)
        say_beginning(voice, data, found, claimed)
        if claimed.state == "finished":
            clear_folder(claimed.folder)
            return Run(claimed.folder, options.encoder)
        place = claimed.folder / "checkpoint"
        clock.go_on(_spent_before(claimed, place))
        plan, reasons = _plan(options, data, claimed)
        begin_folder(claimed, identity)
        stack.enter_context(clock.kept_in(place / SPENT))
        stack.enter_context(threads_of_torch(plan.budget.threads))
        journal = Journal(claimed.folder / "decisions.jsonl")
        write_plan(claimed.folder, plan, reasons, data)
        say_plan(voice, plan, options, claimed)

        ground = _gather(data, plan, clock, journal, voice)
        examples, rows = ground.examples, ground.rows
        fresh = build_system(plan, examples.columns, plan.members[-1], options.encoder)
        seconds = clock.share(SHARE_OF_BASELINES, MOST_FOR_BASELINES)
        baselines = compare(plan, fresh, examples, rows, seconds, Kept(place, journal, clock), voice)

        stop.gently = True
        reserve = _reserve(plan, fresh, examples, rows, clock)
        teller = Teller(claimed.folder / "log.jsonl", plan, examples, rows, voice, clock, reserve)
        training = Training(
            plan, examples, rows, place, journal, stop, clock, reserve, options.encoder, teller, options.save_every
        )
        systems = train_members(training)
        voice.still()
        stopped = stop.asked

        judgment = judge(systems, examples, rows, plan, baselines, data.source.things, data.split.tested_on)
        if not stopped:
            evidence, seed = read_evidence(place, len(systems)), options.request.seed
            trained = Trained(ground, plan, systems, judgment, baselines, claimed.folder, seed=seed, evidence=evidence)
            seconds = clock.planned(SHARE_OF_AUDITS, MOST_FOR_AUDITS)
            found += audit_all(trained, seconds, within=clock.share(SHARE_OF_AUDITS, MOST_FOR_AUDITS))
        told = asked(replace(options, folds=data.split.folds or 1))
        results = Results(claimed.folder, plan, reasons, ground, systems, judgment, baselines, found, told)
        write_results(results, clock, stopped, voice)
        if stopped:
            raise KeyboardInterrupt
        end_folder(claimed.folder)
        if stop.asked:
            raise KeyboardInterrupt(f"The training was done, and all of it is in {claimed.folder}.")
        return Run(claimed.folder, options.encoder)


# ------------------------------------------------------------------------------------------------------ data and plan


def plan_for(options: Options) -> tuple[Plan, Reasons]:
    """What `train` would do, and why."""
    return open_and_plan(options)[1:]


def open_and_plan(options: Options) -> tuple[DataSet, Plan, Reasons]:
    """The data with their columns fitted, and what `train` would do with them."""
    data = _open(options)
    return data, *_decide(options, data)


def _open(options: Options, tick: Callable[[int], None] = lambda rows: None) -> DataSet:
    opened = open_data(
        options.data, options.wishes, options.valid, options.test, tick=tick, spare_test=options.no_test,
        read=options.read, folds=folds_of(options), untested=options.untested,
    )  # fmt: skip
    kept = drop_rows(opened, options.drop)
    check_trainable(kept)
    return kept


def _find(data: DataSet, clock: Clock, options: Options) -> list[Finding]:
    """What a person should know of the data, looked for within a share of the minutes that no clock changes."""
    seconds = clock.planned(SHARE_OF_FINDINGS, MOST_FOR_FINDINGS)
    return find_all(data, seconds=seconds, seed=options.request.seed)


def _counting(voice: Voice, clock: Clock, what: str) -> Callable[[int], None]:
    def tick(rows: int) -> None:
        voice.live(f"{what} {how_many(rows, 'rows')}")
        clock.keep(every=2.0)

    return tick


def _plan(options: Options, data: DataSet, claimed: Claimed) -> tuple[Plan, Reasons]:
    """Decided now, or read back where the run goes on, with the columns as they were fitted."""
    path = claimed.folder / "plan.yaml"
    if claimed.state == "unfinished" and path.exists():
        for name, column in load_columns(claimed.folder / "columns.json").items():
            data.known[name].column.load(column.state())
        plan = parse(read(path), str(path))
        return plan, reasons_in(path.read_text(), plan)
    return _decide(options, data)


def _decide(options: Options, data: DataSet) -> tuple[Plan, Reasons]:
    machine = look_at_machine(options.threads, options.device, options.memory_mib)
    columns = {**data.inputs, **data.outputs}
    fit_columns(data, list(columns.values()))
    train = np.flatnonzero(data.split.side[data.survey.sample_rows] == TRAIN)[:512]
    batch = data.survey.sample.take(train).combine_chunks().to_batches()[0]
    sample = {
        name: c.prepare(batch.select(list(c.fields)), data.survey.sample_rows[train])[0] for name, c in columns.items()
    }
    rows = int((data.split.side == TRAIN).sum())
    facts = Facts(data.inputs, data.outputs, rows, sample, _categories(data), data.split.own_valid, data.split.folds)
    plan, reasons = decide(facts, machine, replace(options.request, modules=tuple(options.encoder)))
    for name in options.encoder:
        if name not in plan.inputs:
            raise unknown("input", name, plan.inputs)
    return plan, reasons


def _categories(data: DataSet) -> dict[str, list[int]]:
    """{output: training rows of each category that they have}."""
    return {name: [count for count in counts if count] for name, counts in data.categories().items()}


def write_plan(folder: Path, plan: Plan, reasons: Reasons, data: DataSet) -> None:
    """The plan last, and whole or not at all: a run that has one goes on by it, with the columns."""
    if reasons:
        save_columns(folder / "columns.json", {**data.inputs, **data.outputs})
        write_text(folder / "plan.yaml", to_yaml(plan, reasons))


def _spent_before(claimed: Claimed, place: Path) -> float:
    """Minutes are those of the whole training: what was spent before an interruption counts."""
    if claimed.state == "new":
        return 0.0
    facts = read_facts(place)
    return max(facts["spent"] if facts else 0.0, read_seconds(place / SPENT))


# ------------------------------------------------------------------------------------------------- rows and baselines


def _gather(data: DataSet, plan: Plan, clock: Clock, journal: Journal, voice: Voice) -> Ground:
    """Every column's stored form; of a random part of the rows where there is no time for all."""
    share = journal.decide("part", affordable_part(data, clock), "of the rows, that can be prepared in time")
    ground = gather(data, {**data.inputs, **data.outputs}, plan, share, _counting(voice, clock, "prepared"))
    part = "" if share == 1 else f" (a random {share:.0%} of them: there is no time for all)"
    prepared = f"prepared {how_many(len(ground.rows.sides), data.source.things)}{part}"
    voice.at(f"{prepared}, {ground.prepared.mebibytes:,} MB cached")
    _check_answers(ground, plan)
    return ground


def _check_answers(ground: Ground, plan: Plan) -> None:
    """DataError where an output has nothing to learn from, or nothing to be scored by."""
    for name, output in plan.outputs.items():
        stored = ground.prepared.columns[output.columns[0]]
        ids = ground.examples.columns[output.columns[0]].strata(stored)
        there = np.asarray(stored["present"]) if ids is None else ids > 0
        for rows, what in ((ground.rows.of(TRAIN), "training"), (ground.rows.tested, "tested")):
            if not there[rows].any():
                unseen = ", or one that no training row has," if what == "tested" else ""
                raise DataError(f"{name} is missing{unseen} in all {how_many(len(rows), f'{what} rows')}.")


def affordable_part(data: DataSet, clock: Clock) -> float:
    """The share of rows that can be prepared in time, from how long a few take; these at least."""
    if clock.limit is None:
        return 1.0
    rows = min(256, data.survey.sample.num_rows)
    batch = data.survey.sample.slice(0, rows).combine_chunks().to_batches()[0]
    began = time.monotonic()
    for column in [*data.inputs.values(), *data.outputs.values()]:
        column.prepare(batch.select(list(column.fields)), np.arange(rows))
    seconds = (time.monotonic() - began) / rows * data.survey.rows
    allowed = min(SHARE_OF_PREPARING * clock.limit, clock.left() * 0.5)
    return min(1.0, max(allowed / seconds, rows / data.survey.rows))


def _reserve(plan: Plan, fresh: System, examples: Examples, rows: Rows, clock: Clock) -> Reserve:
    """What to keep for the end: answers are timed on an untrained net, the report by experience."""
    members = len(plan.members)
    tested = len(rows.tested) * (members // rows.folds if rows.folds else members)
    looks = examples.fixed_looks() * (tested + (1 if plan.folds else members) * len(rows.of(VALID)))
    audits = clock.planned(SHARE_OF_AUDITS, MOST_FOR_AUDITS)
    reserve = Reserve(looks + rows_looked_at(rows), SECONDS_OF_REPORT + audits + 0.03 * (clock.limit or 0))
    if clock.limit is not None:
        some = rows.tested[:256]
        for _ in range(2):
            began = time.monotonic()
            answer_rows([fresh], examples, some, ANSWER_ROWS, plan.budget.device, looks=1)
            reserve.measured(len(some), time.monotonic() - began)
    return reserve
