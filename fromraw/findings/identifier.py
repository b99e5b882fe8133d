"""Columns that name a row and say nothing of it, and are left out."""

from fromraw.findings.base import Case, Finder, Finding
from fromraw.findings.constant import left_out_as
from fromraw.parts import part


@part("identifier")
class Identifier(Finder):
    rank = 10

    def find(self, case: Case) -> list[Finding]:
        return left_out_as("identifier", case, "--type {}=category takes it all the same")
