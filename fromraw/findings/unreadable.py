"""Cells, rows or files that could not be read and count as missing."""

from collections.abc import Iterator, Sequence

from fromraw.describing.dataset import DataSet
from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.parts import part
from fromraw.sources.base import Problem

RAGGED = "ragged"
"""The kind of problem that is a finding of its own."""


@part("unreadable")
class Unreadable(Finder):
    rank = 0
    reads_problems = True

    def find(self, case: Case) -> list[Finding]:
        problems = [problem for problem in case.problems if problem.kind != RAGGED]
        return list(_told(problems))


def _told(problems: Sequence[Problem]) -> Iterator[Finding]:
    if not problems:
        return
    first, more = problems[0], len(problems) - 1
    text = f"{first.where}: {first.text}" + (f", and {more:,} more unreadable, taken as missing" if more else "")
    evidence = {"count": len(problems), "where": [problem.where for problem in problems[:NAMED]]}
    yield Finding("unreadable", "warning", None, text, "mend or delete them; training goes on without", evidence)


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
