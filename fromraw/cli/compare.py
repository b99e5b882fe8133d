"""`fromraw compare RUN RUN...`: which differences between runs are more than chance, and what was made differently."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fromraw.cli.options import Debug, Json

if TYPE_CHECKING:
    from fromraw.evaluation.intervals import Interval
    from fromraw.versus.differences import Differences
    from fromraw.versus.scores import Comparison, Standing

_Runs = Annotated[
    list[str],
    typer.Argument(metavar="RUN RUN...", help="Runs' folders; all are compared with the first.", show_default=False),
]
_WIDEST = 36


def compare(runs: _Runs, json: Json = False, debug: Debug = False) -> None:
    """Compare runs with the first of them, on the rows that all were tested on; then say what differs between them."""
    from fromraw.cli.printing import print_json
    from fromraw.versus.differences import find_differences
    from fromraw.versus.scores import cautions, compare_runs, open_runs

    opened = open_runs(runs)
    found, unlike = compare_runs(opened), find_differences(opened)
    said = cautions(opened, found)
    if json:
        print_json(_as_data(runs, found, unlike, said))
        return
    for comparison in found.values():
        typer.echo("\n".join(_standing_lines(comparison)))
    typer.echo("\n".join([*_difference_lines(runs, unlike), *(f"! {line}" for line in said)]))


def _standing_lines(comparison: "Comparison") -> Iterator[str]:
    """The rows; then a line a run, the first as what the others are compared with."""
    from fromraw.cli.printing import table
    from fromraw.figures.wording import in_words, write_interval

    score, count = comparison.score, len(comparison.standings)
    by = "row" if comparison.groups is None else f"group, {comparison.groups:,} of them"
    both = "both runs" if count == 2 else f"all {count} runs"
    yield f"{comparison.output}: {comparison.rows:,} rows tested in {both}       (95% intervals; paired by {by})"
    name = in_words(score.name)
    rows = [(s.run, f"{name} {write_interval(score, s.score)}", _gained(comparison, s)) for s in comparison.standings]
    yield from table(rows, "  ")


def _gained(comparison: "Comparison", standing: "Standing") -> str:
    from fromraw.figures.wording import write_gain

    gain = standing.advantage
    if gain is None:
        return ""
    verdict = "better" if gain.low > 0 else "worse" if gain.high < 0 else "no clear difference"
    sign = "" if comparison.score.higher_is_better else " (above 0 is better)"
    return f"{write_gain(comparison.score, gain)}{sign}: {verdict}"


def _difference_lines(runs: Sequence[str], unlike: "Differences") -> Iterator[str]:
    """An address a line, the values in the order of the runs."""
    from fromraw.cli.printing import table

    if not any(unlike.values()):
        yield "Nothing differs: the same plan, data options and versions"
        return
    yield f"What differs       ({' | '.join(runs)})"
    for room, of in unlike.items():
        rows = [(name, " | ".join(_written(values, run) for run in runs)) for name, values in of.items()]
        yield from [f"  {room}", *table(rows, "    ")] if rows else []


def _written(values: Mapping[str, Any], run: str) -> str:
    from fromraw.figures.wording import shorten
    from fromraw.report.settings import write_value

    return shorten(write_value(values[run]) or "none", _WIDEST) if run in values else "\u2013"


def _as_data(
    runs: Sequence[str], found: Mapping[str, "Comparison"], unlike: "Differences", said: Sequence[str]
) -> dict[str, Any]:
    outputs = {
        name: {"score": of.score.name, "rows": of.rows, "groups": of.groups, "runs": _standing_data(of)}
        for name, of in found.items()
    }
    return {"format": 1, "runs": list(runs), "outputs": outputs, "differences": unlike, "cautions": list(said)}


def _standing_data(of: "Comparison") -> dict[str, Any]:
    return {s.run: {**_plain(s.score), "tested": s.tested, "advantage": _plain(s.advantage)} for s in of.standings}


def _plain(interval: "Interval | None") -> Any:
    """None for the first run, which has no advantage over itself."""
    return None if interval is None else {"value": interval.value, "low": interval.low, "high": interval.high}
