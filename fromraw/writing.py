"""What is left of a training: the files of the run folder, and the last lines that a person reads."""

import json
import platform
import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from fromraw import __version__
from fromraw.baselines.handing_over import script
from fromraw.baselines.running import Outcome
from fromraw.describing.dataset import DataSet
from fromraw.describing.recognizing import as_rows
from fromraw.evaluation.account import OutputAccount
from fromraw.evaluation.answering import decoder_of
from fromraw.evaluation.intervals import Interval
from fromraw.evaluation.judging import Judgment
from fromraw.figures.base import Scene
from fromraw.figures.drawing import draw_all
from fromraw.findings.base import Finding
from fromraw.findings.running import with_all_problems
from fromraw.findings.wording import line_of, look_first
from fromraw.gathering import Ground
from fromraw.how_many import how_many
from fromraw.keeping import save_systems, save_unlike, to_json
from fromraw.learning.checkpoint import write_text
from fromraw.learning.clock import Clock, in_words
from fromraw.learning.progress import Voice
from fromraw.planning.plan import Plan, Reasons
from fromraw.predicting import own_name
from fromraw.report.advice import TimeWasUp, is_beaten, time_was_up
from fromraw.report.card import write_card
from fromraw.report.methods import write_methods
from fromraw.report.page import write_report
from fromraw.sources.base import Problem
from fromraw.sources.naming import extension, is_data
from fromraw.splits import TRAIN
from fromraw.store.preparing import Prepared
from fromraw.streams.examples import Examples
from fromraw.system import System

PACKAGES = ("torch", "numpy", "pyarrow", "scikit-learn")
SHOWN_PROBLEMS = 20


@dataclass(frozen=True)
class Results:
    """Everything that a finished (or stopped) training knows."""

    folder: Path
    plan: Plan
    reasons: Reasons
    ground: Ground
    systems: Sequence[System]
    judgment: Judgment
    baselines: Mapping[str, Outcome]
    found: Sequence[Finding]
    asked: Mapping[str, Any]

    @property
    def data(self) -> DataSet:
        return self.ground.data

    @property
    def examples(self) -> Examples:
        return self.ground.examples

    @property
    def prepared(self) -> Prepared:
        return self.ground.prepared


def write_results(results: Results, clock: Clock, stopped: bool, voice: Voice) -> None:
    """All files, the report last; then the last lines."""
    folder, account = results.folder, results.judgment.account
    save_systems(folder / "system.safetensors", list(results.systems))
    if results.judgment.unlike:
        save_unlike(folder / "unlike.safetensors", results.judgment.unlike)
    write_text(folder / "metrics.json", to_json(account.metrics() | _circumstances(results, stopped, clock)))
    _write_predictions(results)
    problems = [*results.data.source.problems, *results.prepared.problems]
    _write_problems(folder / "problems.csv", problems)
    facts = facts_of(results.ground, results.plan, results.asked, problems, results.baselines)
    write_text(folder / "data.json", to_json(facts))
    found = with_all_problems(results.found, results.data, problems)
    write_text(folder / "findings.json", to_json({"format": 1, "findings": [asdict(finding) for finding in found]}))
    _write_best_baseline(results)
    scene = _scene(results, facts, found, stopped, clock)
    write_report(scene, draw_all(scene, clock.left(2.0)), folder / "report.html")
    write_card(scene, folder / "README.md")
    write_methods(scene, folder / "methods.md")
    early = f"done, {in_words(clock.left())} early" if clock.limit and clock.left() >= 0 else "done"
    voice.at("stopped early; what was learned so far is kept" if stopped else early)
    for line in last_lines(results, time_was_up(scene)):
        voice.result(line)


def _circumstances(results: Results, stopped: bool, clock: Clock) -> dict[str, Any]:
    """What metrics.json says beside the scores, for a report that is made anew."""
    outputs = results.judgment.account.outputs
    shed = [f"baseline {name}" for outcome in results.baselines.values() for name in outcome.shed]
    said = {name: output.calibration for name, output in outputs.items()}
    return {"stopped": stopped, "shed": shed, "seconds": round(clock.spent(), 1), "calibration": said}


def _write_predictions(results: Results) -> None:
    """predictions.parquet: a row for each tested one, with truth, answer, probabilities or interval, and group."""
    judgment, prepared = results.judgment, results.prepared
    rows = judgment.rows
    row, group = (own_name(name, results.plan.outputs) for name in ("row", "group"))
    table: dict[str, Any] = {row: pa.array(prepared.rows[rows])}
    if results.data.split.groups is not None:
        table[group] = pa.array(results.data.split.groups[prepared.rows[rows]])
    for name, answer in judgment.answers.items():
        column = results.examples.columns[results.plan.outputs[name].columns[0]]
        decoder = decoder_of(results.systems[0], name)
        table[name] = pa.array(_truths(results, name))
        table |= {title: pa.array(v) for title, v in decoder.write(answer, name, column.restore).items()}
    pq.write_table(pa.table(table), results.folder / "predictions.parquet", compression="zstd")


def _truths(results: Results, name: str) -> list[Any]:
    """The targets as a person writes them; None where missing."""
    rows, column = results.judgment.rows, results.examples.columns[results.plan.outputs[name].columns[0]]
    stored = {k: v[rows] for k, v in results.prepared.columns[column.name].items() if isinstance(v, np.ndarray)}
    written = column.written(stored)
    return list(written)


def _write_problems(path: Path, problems: Sequence[Problem]) -> None:
    lines = ["where,kind,text", *(",".join(_quoted(v) for v in (p.where, p.kind, p.text)) for p in problems)]
    write_text(path, "\n".join(lines) + "\n")


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in ',"\n') else text


def facts_of(
    ground: Ground, plan: Plan, asked: Mapping[str, Any], problems: Sequence[Problem], baselines: Mapping[str, Outcome]
) -> dict[str, Any]:
    """What data.json holds."""
    data, split = ground.data, ground.data.split
    return {
        "format": 1,
        "place": data.source.place,
        "things": data.source.things,
        "rows": data.survey.rows,
        "used": len(ground.prepared.rows),
        "splits": split.counts(),
        "how": split.how,
        "groups": None if split.groups is None else len(np.unique(split.groups)),
        "columns": as_rows(data.known),
        "shows": {name: column.show() for name, column in ground.examples.columns.items()},
        "categories": _categories(ground, plan),
        "fingerprint": data.source.fingerprint(),
        "command": asked["command"],
        "asked": asked,
        "version": __version__,
        "versions": {"python": platform.python_version(), **{name: version(name) for name in PACKAGES}},
        "machine": f"{platform.machine()}, {plan.budget.threads} cores, {plan.budget.device}",
        "problems": [asdict(problem) for problem in problems[:SHOWN_PROBLEMS]],
        "problem_count": len(problems),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "seed": plan.learning.seed,
        "tested_on": split.tested_on,
        "baselines": {name: {"shed": found.shed, "refused": found.refused} for name, found in baselines.items()},
    }


def _categories(ground: Ground, plan: Plan) -> dict[str, dict[str, int]]:
    """{output: {category: training rows}}, by the vocabulary that was learned from these."""
    train, found = ground.rows.of(TRAIN), {}
    for name, output in plan.outputs.items():
        column = ground.examples.columns[output.columns[0]]
        ids = column.strata(ground.prepared.columns[column.name])
        if ids is not None:
            counts = np.bincount(ids[train])[1:].tolist()
            found[name] = dict(zip(map(str, column.restore(np.arange(1, 1 + len(counts)))), counts, strict=True))
    return found


def _write_best_baseline(results: Results) -> None:
    """baseline.py, of the first output that has one."""
    for name, account in results.judgment.account.outputs.items():
        best = account.best_baseline
        if best:
            tried = results.baselines[name].tried[best]
            text = script(best, tried.settings, name, tried.rows)
            write_text(results.folder / "baseline.py", text)
            return


def _scene(results: Results, facts: Mapping[str, Any], found: Sequence[Finding], stopped: bool, clock: Clock) -> Scene:
    log = results.folder / "log.jsonl"
    lines = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
    shed = [f"baseline {name}" for outcome in results.baselines.values() for name in outcome.shed]
    return Scene(
        results.folder, results.plan, results.reasons, facts, results.judgment.account, lines, results.systems,
        results.examples.columns, results.examples, results.ground.cells, shed, stopped, clock.spent(), found,
        results.prepared.rows,
    )  # fmt: skip


# -------------------------------------------------------------------------------------------------------- last lines


def last_lines(results: Results, late: TimeWasUp | None = None) -> list[str]:
    """The account in a few lines, and what to do next. late: where time was up before it had learned all it could."""
    account, split = results.judgment.account, results.data.split
    groups = how_many(len(np.unique(split.groups[split.tested])), "groups") if split.groups is not None else ""
    of = f" of {groups} never seen" if groups else ""
    done = f"{len(results.systems)} of " if len(results.systems) < split.folds else ""
    of += f", each once, by a net that did not learn from it ({done}{split.folds} folds)" if split.folds else ""
    title = "Validation (the test rows stay untouched)" if account.tested_on == "valid" else "Test"
    lines = ["", f"{title}: {how_many(account.rows, results.data.source.things)}{of}       (95% intervals)"]
    for name, output in account.outputs.items():
        if len(account.outputs) > 1:
            lines.append(f"  {name}")
        lines += _lines_of(output)
        if left := account.rows - len(output.rows):
            lines.append(f"  {'not scored':<16}{left:,}: without an answer (problems.csv)")
    lines += late_lines(account.outputs.values(), late)
    if first := look_first(results.found):
        lines += ["Look at these first", *(f"  {line_of(finding)}" for finding in first)]
    folder = shlex.quote(str(results.folder))
    new = name_new_data(results.data.source.place, results.data.source.things)
    return [*lines, f"Report {folder}/report.html     Use it: fromraw predict {folder} {new} --out answers.csv"]


def late_lines(outputs: Iterable[OutputAccount], late: TimeWasUp | None) -> list[str]:
    """Where time was up and a simple method is surely better, that need not be what depth can do."""
    return [f"  ! {late}. --minutes {late.longer:g} gives it longer"] if late and any(map(is_beaten, outputs)) else []


def name_new_data(place: str, things: str) -> str:
    """What new rows may lie in, as those that it was made from did: a file of the same kind, else a folder."""
    if is_data(place):
        return f"new.{extension(place).split('.')[1]}"
    return "new.csv" if things == "rows" else "new/"


def _lines_of(output: OutputAccount) -> list[str]:
    first, share = output.scores[output.headline], output.headline in output.shares
    groups = how_many(first.units, "groups")
    few = (
        f"   ({groups} {'is' if first.units == 1 else 'are'} too few to say much)"
        if output.groups is not None and first.too_few
        else ""
    )
    headline = output.headline.replace("_", " ")
    wide = max(16, len(headline) + 2)
    lines = [f"  {headline:<{wide}}{_shown(share, first)}{few}"]
    if output.best_baseline:
        best = output.baselines[output.best_baseline]
        score, gain = best.scores[output.headline], best.advantage
        paid = "depth paid" if gain.low > 0 else "depth did not pay" if gain.high < 0 else "depth: no clear difference"
        lines.append(f"  {'best baseline':<{wide}}{_shown(share, score)}   {output.best_baseline.replace('_', ' ')}; "
                     f"{paid}: {_signed(share, gain)}")  # fmt: skip
    if output.decision:
        lines.append(f"  {'answers':<{wide}}{output.decision['words'].removeprefix('answers ')}")
    if 1 < len(output.breakdown) <= 12:
        each = [
            f"{b.name} {_share(b.hits.mean())}" if b.rows >= 10 else f"{b.name} {int(b.hits.sum())} of {b.rows}"
            for b, _ in output.breakdown
        ]
        lines.append(f"  {'each class':<{wide}}{'  '.join(each)}")
    return lines


def _share(share: float) -> str:
    """In percent; never 100% where something was wrong."""
    return f"{share:.1%}" if 0.995 <= share < 1 else f"{share:.0%}"


def _shown(is_share: bool, found: Interval) -> str:
    if is_share:
        return f"{100 * found.value:.1f}%  ({100 * found.low:.1f} to {100 * found.high:.1f})"
    return f"{found.value:,.5g}  ({found.low:,.5g} to {found.high:,.5g})"


def _signed(is_share: bool, gain: Interval) -> str:
    if is_share:
        return f"{100 * gain.value:+.1f} points ({100 * gain.low:.1f} to {100 * gain.high:.1f})"
    return f"{gain.value:+,.4g} ({gain.low:,.4g} to {gain.high:,.4g})"
