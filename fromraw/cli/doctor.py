"""`fromraw doctor`: what this machine is, whether it can train, and what to paste into the report of a fault."""

import typer

from fromraw.cli.options import Debug, Json


def doctor(json: Json = False, debug: Debug = False) -> None:
    """Look at this machine: versions, cores, memory, devices, disk, and whether torch computes right.

    Exit 1 where something would stop a training. What is printed is meant for the report of a fault.
    """
    from dataclasses import asdict

    from fromraw.cli.printing import print_json, table
    from fromraw.diagnosis import diagnose, verdict

    checks = diagnose()
    fine = not any(check.stops for check in checks)
    if json:
        listed = [{**asdict(check), "stops": check.stops} for check in checks]
        print_json({"format": 1, "fine": fine, "checks": listed, "verdict": verdict(checks)})
    else:
        said = [f"{check.text}{f'.  {check.remedy}' if check.stops else ''}" for check in checks]
        marked = [f"{'!' if check.stops else ' '} {check.topic}" for check in checks]
        typer.echo("\n".join([*table(list(zip(marked, said, strict=True))), verdict(checks)]))
    if not fine:
        raise typer.Exit(1)
