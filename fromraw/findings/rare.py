"""Categories with so few rows that they can hardly be learned, and cannot be judged; or with none to learn from."""

from collections.abc import Iterator, Mapping

from fromraw.describing.counting import count_categories
from fromraw.findings.base import NAMED, Case, Finder, Finding
from fromraw.parts import part
from fromraw.splits import TRAIN

FEWEST = 10
"""Rows in all; a category with fewer is rare."""
_SHOWN = 4


@part("rare")
class Rare(Finder):
    rank = 20

    def find(self, case: Case) -> list[Finding]:
        learned = case.dataset.categories(TRAIN)
        return [
            finding
            for name, counts in count_categories(case.dataset).items()
            for finding in _of_output(name, counts, dict(zip(counts, learned[name], strict=True)))
        ]


def _of_output(name: str, counts: Mapping[str, int], learned: Mapping[str, int]) -> Iterator[Finding]:
    """counts, learned: rows of each category in all, and among the training rows."""
    unseen = {category: rows for category, rows in counts.items() if rows and not learned[category]}
    rare = {category: rows for category, rows in counts.items() if 0 < rows < FEWEST and category not in unseen}
    if unseen:
        text = f"{name}: in no training row, so that none can be answered right: {_some(unseen)}"
        remedy = "put some of them among the training rows, or leave them out"
        yield Finding("rare", "warning", name, text, remedy, _rarest(unseen))
    if rare:
        text = f"{name}: under {FEWEST} rows, too few to learn or to judge: {_some(rare)}"
        yield Finding("rare", "warning", name, text, "collect more of them, or join them to another", _rarest(rare))


def _rarest(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda pair: pair[1])[:NAMED])


def _some(counts: Mapping[str, int]) -> str:
    """'wasp 3, fly 7 and 2 more', the rarest first."""
    shown = ", ".join(f"{category} {rows:,}" for category, rows in list(_rarest(counts).items())[:_SHOWN])
    return shown + (f" and {len(counts) - _SHOWN:,} more" if len(counts) > _SHOWN else "")
