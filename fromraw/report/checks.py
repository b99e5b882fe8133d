"""The checks that were made on the way to the scores: each passed, or a warning. One that was not made is not shown."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from fromraw.evaluation.account import OutputAccount
from fromraw.figures.base import Scene
from fromraw.figures.wording import list_some, shorten_apart
from fromraw.how_many import how_many


@dataclass(frozen=True)
class Check:
    """What was looked at, and whether it is well. command: what mends it, where that is known."""

    passed: bool
    text: str
    command: str = ""


def make_checks(scene: Scene) -> list[Check]:
    """Warnings first; of the run as a whole, of the data and the net, then of each output."""
    checks = [*_of_run(scene), *_of_data(scene)]
    several = len(scene.account.outputs) > 1
    for name, account in scene.account.outputs.items():
        checks += [Check(c.passed, f"{name}: {c.text}" if several else c.text) for c in _of_output(account)]
    return sorted(checks, key=lambda check: check.passed)


def _of_run(scene: Scene) -> Iterator[Check]:
    rows, things = scene.account.rows, scene.data.get("things", "rows")
    if scene.stopped:
        yield Check(False, "Stopped early: it would have learned longer.")
    if scene.account.tested_on == "test":
        yield Check(True, f"Scored on {how_many(rows, f'test {things}')} that were never used to choose anything.")
    elif scene.account.tested_on == "folds":
        group = ", nor from its group" if scene.data.get("groups") else ""
        yield Check(
            True, f"Each of {how_many(rows, things)} was tested once, by a net that did not learn from it{group}."
        )
    else:
        scored = how_many(rows, f"validation {things}")
        text = f"Scored on {scored}: what is chosen by them looks a little better than it is."
        yield Check(False, text)
    if groups := scene.data.get("groups"):
        yield Check(
            True, f"Rows that belong together stay together: {how_many(groups, 'groups')}, each on one side only."
        )
    problems = scene.data.get("problem_count")
    if problems == 0:
        yield Check(True, "Everything could be read.")
    elif problems:
        yield Check(False, f"{how_many(problems, 'problems')} with the data, listed below.")


def _of_data(scene: Scene) -> Iterator[Check]:
    """What was found, but what is said already: problems are listed, and columns that are left out too. What there was
    no time to look for has not passed."""
    said = {problem["kind"] for problem in scene.data.get("problems", [])}
    left_out = {name for name, column in scene.data.get("columns", {}).items() if column.get("role") == "left out"}
    for finding in scene.found:
        is_note = finding.gravity == "note"
        if finding.kind in said or (is_note and finding.column in left_out):
            continue
        again = scene.data.get("command") or "fromraw train DATA"
        command = f"{again} {shlex.join(finding.options)}" if finding.options else ""
        text = f"{finding.text[:1].upper()}{finding.text[1:]}." if finding.column is None else f"{finding.text}."
        remedy = f" {finding.remedy[:1].upper()}{finding.remedy[1:]}{':' if command else '.'}" if finding.remedy else ""
        yield Check(is_note and finding.kind != "shed", text + remedy, command)


def _of_output(account: OutputAccount) -> Iterator[Check]:
    few = [part for part, interval in account.breakdown if interval.too_few]
    if account.breakdown and not few:
        yield Check(True, "Every category has enough tested rows to be judged.")
    elif few:
        short = shorten_apart([part.name for part in few])
        names = list_some([f"{name} ({part.rows})" for name, part in zip(short, few, strict=True)], 5)
        yield Check(False, f"Too few tested rows to judge: {names}.")
    units = account.scores[account.headline].units
    if account.scores[account.headline].too_few:
        what = "groups" if account.groups is not None else "rows"
        yield Check(False, f"Only {units} {what} to test on: too few to say much.")
    if account.calibration.startswith(("no ", "not ")):
        yield Check(False, f"{account.calibration.capitalize()}.")
    elif account.calibration:
        yield Check(True, f"How sure it is was set right on rows it did not learn from: {account.calibration}.")
