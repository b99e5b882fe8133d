"""Lines of a table that have more or fewer cells than its header, and are skipped."""

from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.findings.unreadable import RAGGED
from fromraw.parts import part


@part("ragged")
class Ragged(Finder):
    rank = 0
    reads_problems = True

    def find(self, case: Case) -> list[Finding]:
        lines = [problem for problem in case.problems if problem.kind == RAGGED]
        if not lines:
            return []
        more = f", and {len(lines) - 1:,} more of another number of cells, skipped" if len(lines) > 1 else ""
        remedy = "look at these lines: often a separator inside a cell that is not quoted"
        evidence = {"count": len(lines), "where": [problem.where for problem in lines[:NAMED]]}
        return [Finding("ragged", "warning", None, f"{lines[0].text}{more}", remedy, evidence)]
