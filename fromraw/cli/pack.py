"""`fromraw pack RUN -o FILE.fromraw`: one file to hand on, without rows, pictures, paths or names of this machine."""

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from fromraw.cli.options import Debug, HideRare, Json, PackOut, RunOrPack, Unlike

if TYPE_CHECKING:
    from fromraw.run import Run

_SHOWN = 3


def pack(
    run: RunOrPack,
    out: PackOut = None,
    unlike: Unlike = False,
    hide_rare: HideRare = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Write a run as one file to hand on: it predicts the same, and holds no rows, pictures or paths."""
    from fromraw.cli.printing import print_json
    from fromraw.packing import Wanted, rare_names
    from fromraw.run import Run

    packed = Run(run)
    place = packed.pack(
        out or f"{Path(run).resolve().name.removesuffix('.fromraw')}.fromraw", unlike=unlike, hide_rare=hide_rare
    )
    rare = rare_names(packed, Wanted(unlike, hide_rare))
    if json:
        rows = {"unlike": unlike and packed.unlike is not None, "rare": rare}
        print_json({"format": 1, "pack": str(place), "bytes": place.stat().st_size, **rows})
    else:
        typer.echo("\n".join(_lines(packed, place, unlike, rare)))


def _lines(run: "Run", place: Path, unlike: bool, rare: dict[str, list[str]]) -> Iterator[str]:
    nets = f"{len(run.systems)} nets" if len(run.systems) > 1 else "1 net"
    holds = f"{', '.join(run.plan.outputs)} from {', '.join(run.plan.inputs)}; {nets}, scores, a model card"
    yield f"{place}  {place.stat().st_size / 1e6:,.2f} MB: {holds}"
    references = max((len(of) for of in run.unlike.references.values()), default=0) if run.unlike else 0
    if references and unlike:
        yield f"  ! what tells unlike rows is in it: {references:,} training rows, coarsely"
    elif references:
        yield f"  left out: what tells unlike rows ({references:,} training rows, coarsely); --unlike keeps it"
    for column, names in rare.items():
        remedy = "" if column in run.plan.outputs else "; --hide-rare leaves such names out"
        yield f"  ! {column}: {_told(names)}{remedy}"
    yield f"Use it: fromraw predict {shlex.quote(str(place))} NEW_DATA --out answers.csv"


def _told(names: list[str]) -> str:
    """`3 names that fewer than 5 training rows have are in the file (Ada, Ben and Carl)`."""
    from fromraw.figures.wording import list_some
    from fromraw.packing import FEWEST

    verb = "are" if len(names) > 1 else "is"
    return (
        f"{len(names):,} name{'s' if len(names) > 1 else ''} that fewer than {FEWEST} training rows have "
        f"{verb} in the file ({list_some(names, _SHOWN)})"
    )
