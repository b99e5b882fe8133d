"""From the options as they were typed to what the Python surface takes."""

import re
from collections.abc import Sequence
from typing import Any

from fromraw.cli.options import Budget, Columns, Where
from fromraw.errors import UsageError


def columns_asked(columns: Columns) -> dict[str, Any]:
    """The keyword arguments of `fromraw.describe`, and of `fromraw.train` as far as they concern columns."""
    return {
        "output": columns.output or (),
        "input": columns.input or (),
        "ignore": columns.ignore or (),
        "types": _pairs("--type", "COLUMN=TYPE", _parted(columns.type or ())),
        "group": columns.group,
        "time": columns.time,
        "valid": columns.valid,
        "test": columns.test,
        "read": read_asked(columns.read),
    }


def read_asked(words: Sequence[str] | None) -> dict[str, Any]:
    """`separator=;,header=2` as settings of `table`; a comma parts two of them only where another name follows."""
    pieces = [piece for word in words or () for piece in re.split(r",(?=[a-z]+=)", word)]
    pairs = _pairs("--read", "SETTING=VALUE", pieces)
    return {name: int(value) if re.fullmatch(r"-?\d+", value) else value for name, value in pairs.items()}


def training_asked(columns: Columns, budget: Budget, where: Where | None = None) -> dict[str, Any]:
    """The keyword arguments of `fromraw.train` and `fromraw.plan`."""
    import yaml

    settings = _pairs("--set", "PATH=VALUE", budget.set or ())
    try:
        values = {name: yaml.safe_load(text) for name, text in settings.items()}
    except yaml.YAMLError as error:
        raise UsageError(f"--set: a value is not YAML: {str(error).splitlines()[0]}.") from None
    asked = columns_asked(columns) | {
        "settings": values,
        "encoder": _pairs("--encoder", "INPUT=ENCODER", budget.encoder or ()),
    }
    asked["cost"] = _costs(budget.cost or ())
    names = ["metric", "minutes", "epochs", "steps", "plan", "no_test", "drop", "folds"]
    names += ["device", "threads", "memory", "seed"]
    asked |= {name: getattr(budget, name) for name in names}
    return asked | ({"run": where.run, "fresh": where.fresh} if where else {})


def _costs(words: Sequence[str]) -> dict[str, float]:
    """`no:yes=5,yes:no=2` as numbers."""
    pairs = _pairs("--cost", "TRUTH:ANSWER=COST", _parted(words))
    try:
        return {pair: float(cost) for pair, cost in pairs.items()}
    except ValueError:
        raise UsageError(f"--cost must be TRUTH:ANSWER=COST with a number, got {', '.join(words)}.") from None


def _parted(words: Sequence[str]) -> list[str]:
    """`zip=category,age=number` as two; what holds no `=` belongs to the name behind it, as in `a,b=category`."""
    found: list[str] = []
    for word in words:
        begun = ""
        for piece in word.split(","):
            begun = f"{begun},{piece}" if begun else piece
            if "=" in piece:
                found.append(begun)
                begun = ""
        found += [begun] if begun else []
    return found


def _pairs(option: str, form: str, words: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE, of which a later one wins."""
    pairs = {}
    for word in words:
        name, equals, value = word.partition("=") if option == "--set" else word.rpartition("=")
        if not equals or not name.strip() or not value.strip():
            raise UsageError(f"{option} must be {form}, got {word}.")
        pairs[name.strip()] = value.strip()
    return pairs
