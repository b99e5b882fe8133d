"""How runs were made differently: by the plan's addresses, by what was asked of the data, by versions and machine."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fromraw.planning.plan import addresses, get
from fromraw.run import Run

Values = dict[str, Any]
"""Run's folder -> its value; a run that has no such thing is absent."""
Differences = dict[str, dict[str, Values]]
"""`plan`, `data` or `versions` -> name -> values, of what is not the same in all runs."""

_NO_WISH = ("data", "command")
"""What was asked that says where and how it was typed, and changes nothing."""
_OF_DATA = ("how", "groups", "used", "splits", "tested_on")


def find_differences(runs: Sequence[Run]) -> Differences:
    """What differs, in the order in which it stands in the runs."""
    tellers: dict[str, Callable[[Run], Mapping[str, Any]]] = {"plan": _plan, "data": _data, "versions": _versions}
    return {room: _unlike({str(run.folder): tell(run) for run in runs}) for room, tell in tellers.items()}


def _unlike(told: Mapping[str, Mapping[str, Any]]) -> dict[str, Values]:
    names = dict.fromkeys(name for of in told.values() for name in of)
    values = {name: {run: of[name] for run, of in told.items() if name in of} for name in names}
    return {
        name: of
        for name, of in values.items()
        if len(of) < len(told) or any(v != next(iter(of.values())) for v in of.values())
    }


def _plan(run: Run) -> dict[str, Any]:
    data = run.plan.model_dump(mode="json")
    return {address: get(data, key) for address, key in addresses(data).items()}


def _data(run: Run) -> dict[str, Any]:
    facts = run.facts()
    asked = {name: value for name, value in facts.get("asked", {}).items() if name not in _NO_WISH}
    return asked | {name: facts[name] for name in _OF_DATA if name in facts}


def _versions(run: Run) -> dict[str, Any]:
    facts = run.facts()
    return {"fromraw": facts.get("version"), **facts.get("versions", {}), "machine": facts.get("machine")}
