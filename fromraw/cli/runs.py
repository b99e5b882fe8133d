"""`fromraw runs [DIR]`: the run folders that there are, what they are of, and how good they are."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from fromraw.cli.options import Debug, Json

if TYPE_CHECKING:
    from fromraw.listing import Headline, Listed

_HERE = "runs"
_Place = Annotated[str | None, typer.Argument(metavar="[DIR]", help="Where the run folders lie; left out: runs/.")]
_HEAD = ("run", "ended", "data", "output", "score (95% interval)", "best baseline", "rows", "minutes", "state")
_WIDEST = 24


def runs(dir: _Place = None, json: Json = False, debug: Debug = False) -> None:
    """List the run folders in a folder, the newest first."""
    from fromraw.cli.printing import print_json
    from fromraw.errors import UsageError
    from fromraw.listing import list_runs

    place = Path(dir or _HERE)
    if place.is_file():
        raise UsageError(f"{place} is a file; fromraw evaluate {place} shows the scores of a pack.")
    if dir and not place.is_dir():
        raise UsageError(f'no such folder "{dir}"; fromraw runs DIR lists the run folders in DIR, by default in runs/.')
    found = list_runs(place) if place.is_dir() else []
    if json:
        print_json({"format": 1, "place": str(place), "runs": [_as_data(run) for run in found]})
    else:
        typer.echo("\n".join(_lines(place, found)))


def _lines(place: Path, found: Sequence["Listed"]) -> Iterator[str]:
    """A line an output of each run; then what is wrong with those that cannot be read, and what to do next."""
    from fromraw.cli.printing import table

    if not found:
        yield f"{place}  no run folders; fromraw train DATA makes one"
        return
    yield from table([_HEAD, *(cells for run in found for cells in _cells(run))])
    yield from (f"! {run.folder}: damaged: {run.problem}" for run in found if run.state == "damaged")
    of = [(run.place, headline.output) for run in found for headline in run.headlines]
    if len(set(of)) < len(of):
        yield "fromraw compare RUN RUN says which differences are more than chance; the best of many is flattered."


def _cells(run: "Listed") -> Iterator[Sequence[str]]:
    """Those of the run once, beside its first output."""
    from fromraw import __version__
    from fromraw.figures.wording import shorten

    minutes = "" if run.seconds is None else f"{run.seconds / 60:.1f}"
    rows = "" if run.rows is None else f"{run.rows:,} {run.tested_on}"
    by = f" (by {run.version})" if run.version not in ("", __version__) else ""
    day = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.date))
    data = shorten(Path(run.place).name or run.place, _WIDEST) if run.place else ""
    first, *rest = [_told(headline) for headline in run.headlines] or [("", "", "")]
    yield (run.folder.name, day, data, *first, rows, minutes, f"{run.state}{by}")
    yield from (("", "", "", *told, "", "", "") for told in rest)


def _told(headline: "Headline") -> tuple[str, str, str]:
    """The output; its score with the interval; the best baseline and its score."""
    from fromraw.figures.wording import in_words, shorten, write_plain, write_score

    score = f"{in_words(headline.metric)} {write_plain(headline.form, headline.score)}"
    value = headline.beside.get("value")
    beside = "" if value is None else f"{in_words(headline.baseline)} {write_score(headline.form, value)}"
    return shorten(headline.output, _WIDEST), score, beside


def _as_data(run: "Listed") -> dict[str, Any]:
    outputs = {
        h.output: {"score": h.metric, **h.score, "baseline": {"name": h.baseline, **h.beside} if h.baseline else None}
        for h in run.headlines
    }
    return {
        "run": str(run.folder), "state": run.state, "date": run.date, "version": run.version or None,
        "data": run.place or None, "tested_on": run.tested_on or None, "rows": run.rows, "seconds": run.seconds,
        "outputs": outputs, "problem": run.problem or None,
    }  # fmt: skip
