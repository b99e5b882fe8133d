"""All finders in order of their cost, within the seconds that they are given; one that fails costs a finding, not the
training."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from fromraw.describing.dataset import DataSet
from fromraw.errors import Refused
from fromraw.findings.base import Case, Finding
from fromraw.parts import Part, parts
from fromraw.sources.base import Problem

SECONDS = 60.0
"""For all finders together, where nobody counts minutes."""
SHARE_OF_ONE = 1 / 4
"""Of the seconds for all, what one finder may take."""


def find_all(
    dataset: DataSet,
    problems: Sequence[Problem] | None = None,
    seconds: float = SECONDS,
    seed: int = 0,
    now: Callable[[], float] = time.monotonic,
) -> list[Finding]:
    """Warnings first, then notes, each in the order of the finders. problems: those met (left out: what the source has
    told). Finders for which there was no time, and those that failed, are told in notes of their own."""
    problems = dataset.source.problems if problems is None else problems
    return ask_all("findings", Case(dataset, problems, SHARE_OF_ONE * seconds, seed), seconds, now)


def ask_all(room: str, case: Any, seconds: float, now: Callable[[], float] = time.monotonic) -> list[Finding]:
    """What all parts of a room find in a case, warnings first; what there was no time for is told in a note."""
    found, shed, start = [], [], now()
    for part in sorted(parts(room).values(), key=lambda p: p.cls.rank):
        if now() - start > seconds:
            shed.append(part.name)
        else:
            found += _ask(part, case)
    if shed:
        text = f"not looked for, as there was no time: {', '.join(shed)}"
        found.append(Finding("shed", "note", None, text, "more minutes leave time for them", {"finders": shed}))
    return sorted(found, key=lambda finding: finding.gravity != "warning")


def with_all_problems(found: Sequence[Finding], dataset: DataSet, problems: Sequence[Problem]) -> list[Finding]:
    """The same findings, with those of rows that could not be read told anew, now that all of them are known."""
    asked = [part for part in parts("findings").values() if part.cls.reads_problems]
    told = [finding for part in asked for finding in _ask(part, Case(dataset, problems))]
    return [*told, *(finding for finding in found if finding.kind not in {part.name for part in asked})]


def _ask(part: Part, case: Any) -> list[Finding]:
    try:
        found: list[Finding] = part.cls().find(case)
    except Refused:
        return []
    except Exception as error:
        text = f"{part.name} was not looked for, as that failed ({type(error).__name__}: {error})"
        return [Finding(part.name, "note", None, " ".join(text.split()))]
    return found
