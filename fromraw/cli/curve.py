"""`fromraw curve RUN`: what more rows brought, and what yet more would bring."""

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import typer

from fromraw.cli.calling import CALL
from fromraw.cli.options import CurveMinutes, Debug, Json, Quiet, RunFolder

if TYPE_CHECKING:
    from fromraw.curve import Curve


def curve(
    run: RunFolder, minutes: CurveMinutes = 5.0, quiet: Quiet = False, json: Json = False, debug: Debug = False
) -> None:
    """Train a run's plan again on parts of its rows; say what twice as many rows should bring."""
    from fromraw.cli.printing import print_json
    from fromraw.evaluation.account import scores_of
    from fromraw.learning.progress import Voice
    from fromraw.run import Run

    told = Run(run)
    found = told.curve(minutes, Voice(quiet, to_stderr=json), CALL.get().started)
    if json:
        print_json(found.plain() | {"run": str(told.folder)})
        return
    typer.echo("\n".join(_lines(found, scores_of(told.plan), told.plan.budget.minutes)))
    typer.echo(f"Written to {told.folder / 'curve.json'}; drawn in {told.report}")


def _lines(
    curve: "Curve", forms: Mapping[str, Mapping[str, Any]], minutes_of_run: float | None = None
) -> Iterator[str]:
    """Whether the trainings were too short; of each output a line a size, then the sentences."""
    from fromraw.figures.rows_wording import size_lines, tell_outlook
    from fromraw.figures.wording import in_words
    from fromraw.how_many import how_many

    yield ""
    if curve.steps and curve.is_short:
        had = f"each training had {how_many(curve.steps, 'steps')}, the run itself {curve.steps_of_run:,}"
        yield f"! {had}; about as many take --minutes {_longer(curve, minutes_of_run)}."
    for name, outlook in curve.outputs.items():
        score = forms[name][outlook.score]
        yield f"{name}: {in_words(score.name)} by rows learned from       (95% intervals of the tested rows)"
        yield from (f"  {line}" for line in size_lines(score, outlook))
        yield from tell_outlook(score, outlook, curve.tested)


def _longer(curve: "Curve", minutes_of_run: float | None) -> int:
    """In proportion to the steps; no more than eight trainings of the run's own minutes, and as much again to end."""
    longer = curve.minutes * curve.steps_of_run / (curve.steps or 1)
    return math.ceil(min(longer, 9 * minutes_of_run) if minutes_of_run else longer)
