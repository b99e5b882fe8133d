"""`fromraw evaluate RUN [DATA]`: the scores of a run, on its test rows or on other data."""

from typing import Annotated

import typer

from fromraw.cli.options import Debug, Json, Read, RunOrPack

_Other = Annotated[
    str | None, typer.Argument(metavar="[DATA]", help="Other rows, with answers; left out: the run's test rows.")
]


def evaluate(run: RunOrPack, data: _Other = None, read: Read = None, json: Json = False, debug: Debug = False) -> None:
    """Print a run's scores with their intervals, on its test rows or on other data."""
    from fromraw.cli.asking import read_asked
    from fromraw.cli.printing import metrics_lines, print_json
    from fromraw.evaluation.account import scores_of
    from fromraw.run import Run

    judged = Run(run)
    metrics = judged.evaluate(data, read_asked(read))
    if json:
        print_json(metrics)
    else:
        typer.echo("\n".join(metrics_lines(metrics, scores_of(judged.plan))))
