"""Columns that are the same, or empty, in every row, and are left out."""

import shlex

from fromraw.findings.base import Case, Finder, Finding
from fromraw.parts import part


@part("constant")
class Constant(Finder):
    rank = 10

    def find(self, case: Case) -> list[Finding]:
        return left_out_as("constant", case)


def left_out_as(kind: str, case: Case, remedy: str = "") -> list[Finding]:
    """A note on each column that is left out as it is of this type, and not as a person said so, who knows."""
    evidence = {"rows": case.dataset.survey.rows}
    return [
        Finding(
            kind,
            "note",
            name,
            f"{name}: {k.reason}; left out",
            remedy.replace("{}", shlex.quote(name)),
            evidence.copy(),
        )
        for name, k in case.dataset.known.items()
        if k.role == "left out" and k.column.type == kind and k.reason != "as told"
    ]
