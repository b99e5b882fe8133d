"""What reading brings up: rows that could not be read, columns that tell nothing, categories too rare to judge.

What a person has said already (`--ignore id`) is not found again.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from fromraw.describing.dataset import DataSet
from fromraw.describing.survey import read_cells
from fromraw.sources.base import Problem

FEWEST = 10
"""A category with fewer rows than this in all can hardly be learned, and cannot be judged."""
_NAMED = 20
"""So many places, or categories, are kept as evidence."""


@dataclass(frozen=True)
class Finding:
    """Something that a person should know. gravity: `note` (it was dealt with) or `warning` (look at it); column: None
    where it concerns whole rows; remedy: what to do, in words; evidence: plain data."""

    kind: str
    gravity: Literal["note", "warning"]
    column: str | None
    text: str
    remedy: str = ""
    evidence: dict[str, Any] = field(default_factory=dict)


def find_in_reading(dataset: DataSet, problems: Sequence[Problem] | None = None) -> list[Finding]:
    """Findings of the kinds unreadable, ragged, identifier, constant and rare. problems: those met (left out: what the
    source has told)."""
    problems = dataset.source.problems if problems is None else problems
    return [*_of_problems(problems), *_of_columns(dataset), *_of_categories(dataset)]


def problems_in_sample(dataset: DataSet) -> list[Problem]:
    """What the source has told, and what is wrong with the cells of the survey's first and scattered rows."""
    found = list(dataset.source.problems)
    batches = dataset.survey.sample.combine_chunks().to_batches()
    for k in dataset.known.values():
        if k.role != "left out" and batches:
            column = type(k.column)(k.column.name, k.column.fields, **k.column.settings)
            cells = batches[0].select(list(column.fields))
            column.fit([cells])
            found += column.prepare(cells, dataset.survey.sample_rows)[1]
    return found


def count_categories(dataset: DataSet) -> dict[str, dict[str, int]]:
    """{output: {category: rows}} for the outputs that have categories, in their own order."""
    counted = {}
    for name, column in dataset.outputs.items():
        ids = column.strata(dataset.cells[name])
        if ids is None:
            continue
        fresh = type(column)(name, column.fields, **column.settings)
        fresh.fit(read_cells(dataset.source, column.fields).to_batches())
        counts = np.bincount(ids, minlength=1)
        names = fresh.restore(np.arange(1, len(counts)))
        counted[name] = {str(n): int(c) for n, c in zip(names, counts[1:], strict=True)}
    return counted


_SKIPPED = {"unreadable": "unreadable, taken as missing", "ragged": "of another number of cells, skipped"}
_REMEDIES = {
    "unreadable": "mend or delete them; training goes on without",
    "ragged": "look at these lines: often a separator inside a cell that is not quoted",
}


def _of_problems(problems: Sequence[Problem]) -> Iterator[Finding]:
    for kind, count in Counter(problem.kind for problem in problems).items():
        of_kind = [problem for problem in problems if problem.kind == kind]
        first = of_kind[0]
        what = first.text if kind == "ragged" else f"{first.where}: {first.text}"
        more = f", and {count - 1:,} more {_SKIPPED.get(kind, kind)}" if count > 1 else ""
        evidence = {"count": count, "where": [problem.where for problem in of_kind[:_NAMED]]}
        yield Finding(kind, "warning", None, f"{what}{more}", _REMEDIES.get(kind, ""), evidence)


def _of_columns(dataset: DataSet) -> Iterator[Finding]:
    remedies = {
        "identifier": "--type {0}=category takes it all the same; --ignore {0} settles it",
        "constant": "--ignore {0} settles it",
    }
    for name, k in dataset.known.items():
        kind = k.column.type
        if k.role == "left out" and kind in remedies and k.reason != "as told":
            evidence = {"rows": dataset.survey.rows}
            yield Finding(kind, "note", name, f"{name}: {k.reason}; left out", remedies[kind].format(name), evidence)


def _of_categories(dataset: DataSet) -> Iterator[Finding]:
    for name, counts in count_categories(dataset).items():
        rare = {category: rows for category, rows in counts.items() if rows < FEWEST}
        if rare:
            shown = ", ".join(f"{category} {rows}" for category, rows in list(rare.items())[:4])
            more = f" and {len(rare) - 4:,} more" if len(rare) > 4 else ""
            text = f"{name}: under {FEWEST} rows, too few to learn or to judge: {shown}{more}"
            kept = dict(sorted(rare.items(), key=lambda pair: pair[1])[:_NAMED])
            yield Finding("rare", "warning", name, text, "collect more of them, or join them to another", kept)
