"""fromraw turns raw data into a trained deep net that a person can trust.

import fromraw
run = fromraw.train("churn.csv", output="churned", minutes=5)
run.predict(frame)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from fromraw.process import prepare_process

if TYPE_CHECKING:
    from fromraw.api import describe, evaluate, load, plan, train
    from fromraw.errors import DataError, FromrawError, MachineError, RunError, UsageError
    from fromraw.run import Run

__version__ = "0.1.0"

prepare_process()

_HOMES = {
    **dict.fromkeys(("describe", "evaluate", "load", "plan", "train"), "fromraw.api"),
    **dict.fromkeys(("DataError", "FromrawError", "MachineError", "RunError", "UsageError"), "fromraw.errors"),
    "Run": "fromraw.run",
}

__all__ = [
    "DataError",
    "FromrawError",
    "MachineError",
    "Run",
    "RunError",
    "UsageError",
    "describe",
    "evaluate",
    "load",
    "plan",
    "train",
]


def __getattr__(name: str) -> Any:
    """Names are fetched when they are asked for: `import fromraw` loads neither torch nor numpy."""
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'fromraw' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
