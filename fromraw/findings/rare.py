"""Categories with so few rows that they can hardly be learned, and cannot be judged."""

from fromraw.describing.counting import count_categories
from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.parts import part

FEWEST = 10
"""Rows in all; a category with fewer is rare."""


@part("rare")
class Rare(Finder):
    rank = 20

    def find(self, case: Case) -> list[Finding]:
        found = []
        for name, counts in count_categories(case.dataset).items():
            rare = {category: rows for category, rows in counts.items() if rows < FEWEST}
            if rare:
                shown = ", ".join(f"{category} {rows}" for category, rows in list(rare.items())[:4])
                more = f" and {len(rare) - 4:,} more" if len(rare) > 4 else ""
                text = f"{name}: under {FEWEST} rows, too few to learn or to judge: {shown}{more}"
                kept = dict(sorted(rare.items(), key=lambda pair: pair[1])[:NAMED])
                found.append(
                    Finding("rare", "warning", name, text, "collect more of them, or join them to another", kept)
                )
        return found
