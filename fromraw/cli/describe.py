"""`fromraw describe DATA`: what the data are, and what is wrong with them."""

import typer

from fromraw.cli.options import Columns, Data, Debug, Json, Strict


def describe(data: Data, columns: Columns, strict: Strict = False, json: Json = False, debug: Debug = False) -> None:
    """Say what the data are: columns, types, the output, the split, and what was found."""
    from fromraw.api import describe as describe_data
    from fromraw.cli.asking import columns_asked
    from fromraw.cli.printing import print_json

    found = describe_data(data, **columns_asked(columns))
    if json:
        print_json(found.data)
    else:
        typer.echo(str(found))
    if strict and found.data["findings"]:
        raise typer.Exit(1)
