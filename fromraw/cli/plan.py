"""`fromraw plan DATA`: every setting that `train` would use, with who chose it and why."""

import typer

from fromraw.cli.options import Budget, Columns, Data, Debug, Json


def plan(data: Data, columns: Columns, budget: Budget, json: Json = False, debug: Debug = False) -> None:
    """Print what `train` would do, as YAML that `--plan FILE` takes back."""
    from fromraw.api import plan as make_plan
    from fromraw.cli.asking import training_asked
    from fromraw.cli.printing import print_json

    made = make_plan(data, **training_asked(columns, budget))
    if json:
        reasons = {address: reason.model_dump() for address, reason in made.reasons.items()}
        print_json({"format": 1, "plan": made.plan.model_dump(mode="json"), "reasons": reasons})
    else:
        typer.echo(str(made), nl=False)
