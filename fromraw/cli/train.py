"""`fromraw train DATA`: from raw data to a run folder."""

from fromraw.cli.calling import CALL
from fromraw.cli.options import Budget, Columns, Data, Debug, Json, Quiet, Where


def train(
    data: Data,
    columns: Columns,
    budget: Budget,
    where: Where,
    quiet: Quiet = False,
    json: Json = False,
    debug: Debug = False,
) -> None:
    """Train a net on the data, judge it, and write a run folder with its report."""
    from fromraw.api import options_of
    from fromraw.cli.asking import training_asked
    from fromraw.cli.printing import print_json
    from fromraw.learning.progress import Voice
    from fromraw.training import train as train_on

    call = CALL.get()
    asked = training_asked(columns, budget, where)
    options = options_of(data, **asked, command=str(call), started=call.started)
    run = train_on(options, Voice(quiet, to_stderr=json))
    if json:
        print_json(run.metrics | {"run": str(run.folder)})
