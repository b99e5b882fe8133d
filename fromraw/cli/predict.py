"""`fromraw predict RUN INPUT...`: answers to new rows, shown and written."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from fromraw.cli.options import Debug, Json, Out, Read, RunOrPack
from fromraw.how_many import how_many

_Inputs = Annotated[
    list[str], typer.Argument(metavar="INPUT...", help="Picture files, folders, or tables.", show_default=False)
]
SHOWN = 20
"""Rows that are printed."""


def predict(
    run: RunOrPack,
    inputs: _Inputs,
    out: Out = None,
    read: Read = None,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Answer new rows with a run: categories with probabilities, numbers with intervals."""
    from fromraw.cli.answers import answer_line, as_plain
    from fromraw.cli.asking import read_asked
    from fromraw.cli.printing import print_json
    from fromraw.cli.writing import Writer
    from fromraw.run import Run

    trained = Run(run)
    outputs = list(trained.plan.outputs)
    kept: list[dict[str, Any]] = []
    count, problems, flagged = 0, 0, 0
    beside: tuple[str, ...] = ()
    with Writer(out) as writer:
        for piece in _answers(trained, inputs, read_asked(read)):
            table = piece.table
            writer.write(table)
            problems += piece.problems
            flagged += piece.flagged
            beside = (*(piece.unlike or ())[1:], piece.problem)
            wanted = table.num_rows if json and not out else max(0, SHOWN - count)
            kept += table.slice(0, wanted).to_pylist()
            count += table.num_rows
    for note in dict.fromkeys([*trained.predictor.notes, *writer.notes]):
        typer.echo(f"! {note}", err=True)
    if json:
        answers = {} if out else {"answers": [as_plain(row) for row in kept]}
        print_json({"format": 1, "rows": count, "problems": problems, "unlike": flagged, "out": out, **answers})
        return
    for number, row in enumerate(kept, start=1):
        typer.echo(answer_line(number, row, outputs, beside))
    typer.echo(_summary(count, problems, flagged, len(kept), out))


def _summary(count: int, problems: int, flagged: int, shown: int, out: str | None) -> str:
    rows = how_many(count, "rows")
    more = f", the first {shown} shown" if shown < count else ""
    wrong = f"; {problems:,} with a problem" if problems else ""
    wrong += f"; {flagged:,} unlike anything it was trained on" if flagged else ""
    where = f"; all of them in {out}" if out else "; --out FILE.csv keeps them" if shown < count else ""
    return f"{rows} answered{more}{wrong}{where}"


def _answers(run: Any, inputs: list[str], read: dict[str, Any]) -> Iterator[Any]:
    """The answers to several files as to one list of pictures, or to one table after the other."""
    from fromraw.errors import UsageError
    from fromraw.sources.naming import is_picture

    if len(inputs) == 1 or all(is_picture(name) and Path(name).is_file() for name in inputs):
        yield from run.predictor.walk(run.open(inputs if len(inputs) > 1 else inputs[0], read))
        return
    first: list[str] | None = None
    for source in [run.open(name, read) for name in inputs]:
        for piece in run.predictor.walk(source):
            names = piece.table.column_names
            first = first or names
            if names != first:
                raise UsageError(f"{source.place}: other columns than {inputs[0]}; predict them one by one.")
            yield piece
