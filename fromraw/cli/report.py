"""`fromraw report RUN`: the report once more."""

import typer

from fromraw.cli.options import Debug, Json, NoExamples, RunFolder


def report(run: RunFolder, no_examples: NoExamples = False, json: Json = False, debug: Debug = False) -> None:
    """Write a run's report.html anew, with the data's rows in it or without, and methods.md."""
    from fromraw.cli.printing import print_json
    from fromraw.run import Run

    path = Run(run).rewrite_report(examples=not no_examples)
    if json:
        print_json({"format": 1, "report": str(path)})
    else:
        typer.echo(f"Report {path}")
